//! Reads a table, one item for each row.

use encoding_rs::Encoding;
use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::decode::Utf8Reader;
use crate::delimited::{self, Dialect};
use crate::key::Keys;
use crate::lines;
use crate::shared::bound::Bound;
use crate::shared::dialect::{self, delimiter, encoding, quote};
use crate::shared::parquet::Parquet;

/// The largest Parquet file: it is held in memory, because its description stands at its end.
pub(crate) const MAX_PARQUET_BYTES: u64 = 1 << 30;

/// How the table is read.
#[derive(Params)]
pub struct Settings {
    /// Form of the file; `auto` goes by its name: `.jsonl` and `.ndjson` are JSON Lines, `.parquet` is Parquet, all else
    /// is CSV, but for `.json`, which `table.open` reads.
    #[param(default = "auto")]
    format: Format,
    /// What stands between the fields of CSV: one character, `tab`, or `auto` for the one of `,` `;` tab `|` that the
    /// first line uses most.
    #[param(default = "auto")]
    delimiter: String,
    /// What stands around fields of CSV that hold delimiters or line breaks: one character, doubled inside.
    #[param(default = "\"")]
    quote: String,
    /// Where CSV has the names of its columns; without, they are `column_1`, `column_2`, ...
    #[param(default = "first")]
    header: Header,
    /// What the fields of CSV become: texts, or also numbers and truth values where that loses nothing, and null
    /// where a field is empty.
    #[param(default = "text")]
    types: Fields,
    /// The column that names each row; names must differ. Without it a row is named by its index.
    #[param(default = null)]
    key: Option<String>,
    /// Encoding of the file: `utf-8`, `windows-1252`. A byte order mark wins over it.
    #[param(static, default = "utf-8")]
    encoding: String,
    /// The largest row.
    #[param(default = 16, min = 1, max = 1024, unit = "MiB")]
    max_row: u32,
}

/// The form of a table.
#[derive(Clone, Copy, Choice)]
pub enum Format {
    /// By the file's name.
    Auto,
    /// Fields between delimiters, RFC 4180.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

/// Where the names of columns are.
#[derive(Clone, Copy, Choice)]
pub enum Header {
    /// In the first line.
    First,
    /// Nowhere.
    None,
}

/// What the fields of CSV become.
#[derive(Clone, Copy, Choice)]
pub enum Fields {
    /// Texts.
    Text,
    /// Numbers and truth values where that loses nothing.
    Infer,
}

/// What is read.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
}

/// One row.
#[derive(Outputs)]
pub struct One {
    /// The row: an object with a field for each column.
    row: Json,
    /// Its place among the rows, counted from 0.
    index: usize,
}

/// The rows.
#[derive(Outputs)]
pub struct Out {
    /// The rows.
    #[children]
    rows: Children<One>,
}

/// `table.read`
pub struct Read(&'static Encoding);

impl Node for Read {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.read",
            "Read table",
            "Reads CSV, JSON Lines or Parquet, one item for each row, in constant memory: of Parquet, the file (at most \
             1 GiB) and one row group at a time; with a key column, 8 bytes more for each row. A malformed row ends the \
             table, and its line is named.",
        )
        .search(&["csv", "json lines", "rows", "spreadsheet", "mail merge", "parquet", "tsv"])
        .cpu()
        .version(2)
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(sample()))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        encoding(statics).map(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        dialect::check(&params.delimiter, &params.quote)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let name = inputs.file.name.clone();
        let rows = rows(self.0, &params, &inputs.file, ctx)?;
        let rows = rows.map(move |row| row.map_err(|error| within(&name, error)));
        Ok(Out { rows: children(rows, params.key) })
    }
}

/// One row of a table.
pub(crate) struct Row {
    /// What its place is counted in: `line` or `row`.
    pub what: &'static str,
    /// Where it begins; lines are counted from 1, rows from 0.
    pub line: u64,
    /// Values by column, in the order of the columns.
    pub fields: Map<String, Json>,
}

type Rows = Box<dyn Iterator<Item = Result<Row, NodeError>> + Send>;

fn rows(encoding: &'static Encoding, params: &Settings, file: &File, ctx: &Ctx) -> Result<Rows, NodeError> {
    let max_row_bytes = u64::from(params.max_row) << 20;
    let delimiter = delimiter(&params.delimiter)?;
    refuse_json(params.format, file)?;
    let text = || Ok(Utf8Reader::new(ctx.open(file)?.reader, encoding));
    match form(params.format, file) {
        Format::Parquet => {
            let bytes = ctx.read(file, MAX_PARQUET_BYTES)?;
            let parquet = Parquet::open(bytes, Bound::default()).map_err(|error| within(&file.name, error))?;
            Ok(Box::new(by_groups(parquet, ctx.clone())))
        }
        Format::JsonLines => Ok(Box::new(lines::rows(text()?, max_row_bytes))),
        Format::Csv | Format::Auto => {
            let quote = quote(&params.quote)?;
            let dialect = Dialect { delimiter, quote, header: params.header, fields: params.types, max_row_bytes };
            Ok(Box::new(delimited::rows(text()?, dialect).map_err(|error| within(&file.name, error))?))
        }
    }
}

/// Reads a row group when the one before it has been taken.
fn by_groups(parquet: Parquet, ctx: Ctx) -> impl Iterator<Item = Result<Row, NodeError>> + Send {
    let mut before = 0;
    (0..parquet.groups()).flat_map(move |group| -> Box<dyn Iterator<Item = Result<Row, NodeError>> + Send> {
        match parquet.group(group, &ctx) {
            Ok(table) => {
                let first = before;
                before += table.rows() as u64;
                let row = move |at| Ok(Row { what: "row", line: first + at as u64, fields: table.row(at) });
                let rows = (0..before - first).map(|at| usize::try_from(at).unwrap_or_default());
                Box::new(rows.map(row))
            }
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    })
}

pub(crate) fn within(file: &str, error: NodeError) -> NodeError {
    if error.is_cancelled() {
        return error;
    }
    error.within(format!("the table cannot be read: `{file}`")).permanent()
}

/// A document would be taken for CSV without an error, with its first line for the header.
fn refuse_json(format: Format, file: &File) -> Result<(), NodeError> {
    if !matches!(format, Format::Auto) || !file.name.to_ascii_lowercase().ends_with(".json") {
        return Ok(());
    }
    let error = NodeError::new("a JSON document is not read row by row");
    let error = error.hint("`table.open` reads an array of objects; `format: json_lines` is for one object a line");
    Err(within(&file.name, error))
}

/// Returns the form of a file, by its name where it is not given.
fn form(format: Format, file: &File) -> Format {
    let name = file.name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
    match format {
        Format::Auto if ends(&[".parquet"]) => Format::Parquet,
        Format::Auto if ends(&[".jsonl", ".ndjson"]) || file.media_type == "application/jsonl" => Format::JsonLines,
        Format::Auto => Format::Csv,
        given => given,
    }
}

/// The first bad row is the last thing that comes.
fn children(rows: impl Iterator<Item = Result<Row, NodeError>> + Send + 'static, key: Option<String>) -> Children<One> {
    let mut broken = false;
    let rows = rows.take_while(move |row| !std::mem::replace(&mut broken, row.is_err())).enumerate();
    match key.map(Keys::new) {
        None => Children::indexed(rows.map(|(index, row)| Ok(one(index, row?)))),
        Some(mut keys) => Children::named(rows.map(move |(index, row)| {
            let row = row?;
            Ok((keys.name(&row)?, one(index, row)))
        })),
    }
}

fn one(index: usize, row: Row) -> One {
    One { row: Json::Object(row.fields), index }
}

fn sample() -> File {
    File::in_memory(*b"name,town\nAda,London\n", "people.csv", "text/csv")
}

const EXAMPLE: &str = r#"
months:
  kind: files.open
  params: { path: samples/months/2024-01.csv }
each:
  kind: table.read
  params: { types: infer }
  inputs: { file: months.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;

    use super::*;

    fn bench(name: &str, content: impl AsRef<[u8]>) -> Harness {
        let file = File::in_memory(content.as_ref(), name, "text/plain");
        Harness::of::<Read>().input("file", Value::File(Arc::new(file)))
    }

    fn rows(gave: &Gave) -> Vec<Json> {
        gave.children().iter().map(|child| child.get("row").unwrap()).collect()
    }

    #[track_caller]
    fn cause(bench: Harness) -> String {
        bench.fire().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn rows_of_csv_keep_columns_in_order_and_numbers_as_text() {
        let gave = bench("a.csv", "\u{feff}z;a\r\n1;\"x;\ny\"\r\n\r\n2;é\r\n").fire().unwrap();
        assert_eq!(rows(&gave), [json!({ "z": "1", "a": "x;\ny" }), json!({ "z": "2", "a": "é" })]);
        assert_eq!(gave.children()[1].get("index"), Ok(1));
        assert_eq!(gave.children()[1].name(), None);
        let gave = bench("a.csv", "n,b\n1,\n").param("types", "infer").fire().unwrap();
        assert_eq!(rows(&gave), [json!({ "n": 1, "b": null })]);
    }

    #[test]
    fn a_table_may_lack_a_header_or_use_any_delimiter() {
        let gave = bench("a.txt", "1#2").param("header", "none").param("delimiter", "#").fire().unwrap();
        assert_eq!(rows(&gave), [json!({ "column_1": "1", "column_2": "2" })]);
        let gave = bench("a.tsv", b"n\xE9\t\n1\t2").param("encoding", "windows-1252").fire().unwrap();
        assert_eq!(rows(&gave), [json!({ "né": "1", "column_2": "2" })]);
        assert!(cause(bench("a.csv", "a").param("delimiter", "ab")).contains("one ASCII character"));
    }

    #[test]
    fn rows_of_json_lines_are_read() {
        let gave = bench("a.jsonl", "{\"a\": 1}\n\n{\"a\": [2]}").fire().unwrap();
        assert_eq!(rows(&gave), [json!({ "a": 1 }), json!({ "a": [2] })]);
    }

    #[test]
    fn a_key_column_names_the_rows() {
        let gave = bench("a.csv", "id,x\na,1\nb,1\n").param("key", "id").fire().unwrap();
        let names: Vec<_> = gave.children().iter().filter_map(|child| child.name()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(cause(bench("a.csv", "id\na\na\n").param("key", "id")).ends_with("`id` is `a`, as in a row before"));
        assert!(
            cause(bench("a.csv", "id,b\n,1\n").param("key", "id")).ends_with("line 2: the key column `id` is empty")
        );
        let error = bench("a.csv", "name\na\n").param("key", "nmae").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean `name`?"));
    }

    #[test]
    fn a_malformed_row_is_named_by_its_line() {
        assert!(cause(bench("a.csv", "a,b\n1,2\n3\n")).contains("line 3: the row has 1 fields, the ones before it 2"));
        assert!(cause(bench("a.csv", "a,a\n")).contains("column `a` stands twice"));
        let open = "a quote of this row is not closed before the end of the file";
        for (text, line) in [("a,b\n1,2\n\"3,4\n5,6\n", 3), ("a,b\n1,\"2\n", 2), ("\"a,b\n1,2\n", 1)] {
            assert!(cause(bench("a.csv", text)).contains(&format!("line {line}: {open}")), "{text}");
        }
        let inches = bench("a.csv", "a\n\"5\n").param("quote", "'").fire().unwrap();
        assert_eq!(inches.children().len(), 1, "what stands around fields may be something else");
        assert!(cause(bench("a.csv", "a,b\n").param("quote", ",")).contains("the delimiter are the same: `,`"));
        assert!(cause(bench("a.jsonl", "{}\n[1]\n")).contains("line 2: a row must be a JSON object"));
        assert!(cause(bench("a.jsonl", "{}\n{\"a\":\n")).contains("line 2 is not JSON"));
    }

    #[test]
    fn what_is_empty_is_told_apart() {
        assert!(cause(bench("a.csv", "")).contains("not even a header"));
        assert!(cause(bench("a.json", "[{}]")).contains("not read row by row"));
        assert!(bench("a.csv", "a,b\n").fire().unwrap().children().is_empty());
        assert!(bench("a.jsonl", "").fire().unwrap().children().is_empty());
    }

    #[test]
    fn a_row_without_end_and_bytes_of_another_encoding_are_refused() {
        let open_quote = format!("a\n\"{}", "x".repeat(3 << 20));
        assert!(
            cause(bench("a.csv", &open_quote).param("max_row", 1)).contains("the row is larger than 1048576 bytes")
        );
        assert!(cause(bench("a.jsonl", &open_quote[2..]).param("max_row", 1)).contains("line 1: the row is larger"));
        assert!(cause(bench("a.csv", b"a\n\xE9\n")).contains("byte 2 is not UTF-8"));
        assert!(cause(bench("a.csv", b"a\n1\n").param("encoding", "klingon")).contains("no known encoding: `klingon`"));
    }
}
