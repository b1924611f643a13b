//! Opens a table: a whole file in memory, in columns with types.

use encoding_rs::Encoding;
use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::Column;

use crate::decode::Utf8Reader;
use crate::delimited::{self, Dialect};
use crate::lines;
use crate::read::{Fields, Header, MAX_PARQUET_BYTES, within};
use crate::shared::bound::{Bound, Picking, json_bytes, of_rows};
use crate::shared::columns::{self, CellType, cast, pairs};
use crate::shared::dialect::{self, delimiter, encoding, quote};
use crate::shared::infer::Guess;
use crate::shared::json_rows;
use crate::shared::metered::MAX_ROW_BYTES;
use crate::shared::parquet::Parquet;

/// How the table is read.
#[derive(Params)]
pub struct Settings {
    /// Form of the file; `auto` goes by the ending of its name, and all that is unknown is CSV.
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
    /// What the columns of CSV become: texts, or the narrowest type that holds every cell (`bool`, `int`, `float`,
    /// `text`). A column with `007` or `+1` stays text. Empty fields are empty cells.
    #[param(default = "infer")]
    types: Fields,
    /// Types of columns, in place of those that are found: `{ price: float, code: text }`.
    #[param(default = {})]
    columns: Json,
    /// Encoding of a text file: `utf-8`, `windows-1252`. A byte order mark wins over it.
    #[param(static, default = "utf-8")]
    encoding: String,
    /// The most rows; more are an error.
    #[param(default = 10_000_000, min = 1, max = 1_000_000_000)]
    max_rows: u32,
    /// The most memory that the table may take; more is an error. A row of text may have 64 MiB.
    #[param(default = 1024, min = 1, max = 65_536, unit = "MiB")]
    max_size: u32,
}

/// The form of a file.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Format {
    /// By the ending of the file's name.
    Auto,
    /// Fields between delimiters, RFC 4180.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A JSON array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// What is read.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// The table.
    table: Arc<Table>,
    /// How many rows it has.
    rows: usize,
}

/// What to do about a table that is too large.
const HINT: &str = "raise `max_rows` or `max_size`, or read it row by row with `table.read`";

/// `table.open`
pub struct Open(&'static Encoding);

impl Node for Open {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.open",
            "Open table",
            "Reads a whole file as one table: CSV and its like, JSON Lines, a JSON array of objects, Parquet. What \
             does not fit in memory is read row by row with `table.read`. Of Parquet, days and times become texts in \
             ISO 8601, decimals of up to 15 digits floats and longer ones texts; fields of structs are columns of \
             their own (`a.b`), and lists are `json`.",
        )
        .search(&["csv", "tsv", "json lines", "parquet", "load", "import", "spreadsheet", "data frame"])
        .cpu()
        .version(2)
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
        let read = self.table(&params, &inputs.file, ctx).and_then(|table| declared(table, &params));
        let table = read.map_err(|error| within(&inputs.file.name, error))?;
        Ok(Out { rows: table.rows(), table: Arc::new(table) })
    }
}

impl Settings {
    fn bound(&self) -> Bound {
        Bound { rows: self.max_rows as usize, bytes: u64::from(self.max_size) << 20, hint: HINT }
    }
}

impl Open {
    fn table(&self, params: &Settings, file: &File, ctx: &Ctx) -> Result<Table, NodeError> {
        let bound = params.bound();
        let text = || Ok(Utf8Reader::new(ctx.open(file)?.reader, self.0));
        match form(params.format, file) {
            Format::Parquet => {
                let bytes = ctx.read(file, MAX_PARQUET_BYTES.min(bound.bytes))?;
                Parquet::open(bytes, bound).and_then(|parquet| parquet.table(ctx))
            }
            Format::JsonLines => json_lines(text()?, bound, ctx),
            Format::Json => json_rows::read(text()?, bound, ctx).and_then(|rows| of_rows(&rows, bound)),
            Format::Csv | Format::Auto => csv(text()?, params, bound, ctx),
        }
    }
}

fn form(format: Format, file: &File) -> Format {
    let ending = file.name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
    match (format, ending.as_str()) {
        (Format::Auto, "jsonl" | "ndjson") => Format::JsonLines,
        (Format::Auto, "json") => Format::Json,
        (Format::Auto, "parquet" | "pq") => Format::Parquet,
        (Format::Auto, _) => Format::Csv,
        (given, _) => given,
    }
}

fn csv(text: Utf8Reader, params: &Settings, bound: Bound, ctx: &Ctx) -> Result<Table, NodeError> {
    let quote = quote(&params.quote)?;
    let (delimiter, max_row_bytes) = (delimiter(&params.delimiter)?, bound.bytes.min(MAX_ROW_BYTES));
    let dialect = Dialect { delimiter, quote, header: params.header, fields: params.types, max_row_bytes };
    let mut rows = delimited::rows(text, dialect)?;
    let mut guesses = vec![Guess::default(); rows.columns().len()];
    let (mut count, mut bytes) = (0, 0);
    while rows.advance()? {
        ctx.check_cancelled()?;
        if count == 0 {
            guesses.resize(rows.columns().len(), Guess::default());
        }
        count += 1;
        bytes += Guess::bytes(rows.record());
        bound.check(count, bytes)?;
        rows.record().iter().zip(&mut guesses).for_each(|(text, guess)| guess.push(text));
    }
    let cells = |guess: Guess| match params.types {
        Fields::Infer => guess.into_cells(),
        Fields::Text => guess.into_texts(),
    };
    let named = rows.columns().iter().zip(guesses);
    let columns = named.map(|(name, guess)| Column { name: name.as_str().into(), cells: cells(guess) });
    Table::new(columns.collect()).map_err(|error| columns::explain(&error))
}

fn json_lines(text: Utf8Reader, bound: Bound, ctx: &Ctx) -> Result<Table, NodeError> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for row in lines::rows(text, bound.bytes.min(MAX_ROW_BYTES)) {
        let row = Json::Object(row?.fields);
        bytes += json_bytes(&row);
        if let Json::Object(fields) = row {
            rows.push(fields);
        }
        bound.check(rows.len(), bytes)?;
        ctx.check_cancelled()?;
    }
    of_rows(&rows, bound)
}

/// Gives columns the types that were declared.
fn declared(table: Table, params: &Settings) -> Result<Table, NodeError> {
    let types = pairs(&params.columns, "columns")?;
    let mut picking = Picking::new(params.bound());
    for (name, _) in &types {
        columns::find(&table, name)?;
    }
    let typed = |column: Column| match types.iter().find(|(name, _)| **name == *column.name) {
        Some((_, to)) => Ok(Column { cells: cast(&column, CellType::named(to)?, false, &mut picking)?, ..column }),
        None => Ok(column),
    };
    let columns = table.into_columns().into_iter().map(typed).collect::<Result<_, NodeError>>()?;
    Table::new(columns).map_err(|error| columns::explain(&error))
}

fn sample() -> File {
    File::in_memory(*b"name,age\nAda,36\n", "people.csv", "text/csv")
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  params: { columns: { total: float } }
  inputs: { file: open.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave};

    fn bench(name: &str, content: impl AsRef<[u8]>) -> Harness {
        let file = File::in_memory(content.as_ref(), name, "text/plain");
        Harness::of::<Open>().input("file", Value::File(Arc::new(file)))
    }

    fn types(bench: Harness) -> Vec<&'static str> {
        let table = bench.fire().unwrap().get::<Arc<Table>>("table").unwrap();
        table.columns().iter().map(|column| column.cells.type_name()).collect()
    }

    #[test]
    fn columns_have_the_types_of_their_cells_or_those_declared() {
        let csv = "n;x;t;b\n1;0.5;a;true\n;2;007;false\n";
        assert_eq!(gave(bench("a.csv", csv)), ["n|x|t|b", "1|0.5|a|true", "|2.0|007|false"]);
        assert_eq!(types(bench("a.csv", csv)), ["int", "float", "text", "bool"]);
        assert_eq!(types(bench("a.csv", csv).param("types", "text")), ["text"; 4]);
        let declared = json!({ "n": "float", "t": "json" });
        assert_eq!(types(bench("a.csv", csv).param("columns", declared)), ["float", "float", "json", "bool"]);
        assert!(
            cause(bench("a.csv", csv).param("columns", json!({ "t": "int" }))).ends_with("in column `t` is no `int`")
        );
        assert!(cause(bench("a.csv", csv).param("columns", json!({ "z": "int" }))).ends_with("has no column `z`"));
    }

    #[test]
    fn quotes_headers_and_delimiters_may_differ() {
        let bench = bench("a.txt", "'a#b'#2\n3#'it''s'").param("quote", "'").param("delimiter", "#");
        assert_eq!(gave(bench.clone().param("header", "none")), ["column_1|column_2", "a#b|2", "3|it's"]);
        assert!(cause(bench.param("quote", "''")).contains("`quote` must be one ASCII character"));
        let bench = || self::bench("a.txt", "a,b\n");
        assert!(cause(bench().param("quote", "\n")).contains("`quote` must be one ASCII character"));
    }

    #[test]
    fn json_arrays_and_lines_are_tables() {
        let rows = ["a|b", "1|x", "2|"];
        assert_eq!(gave(bench("a.json", r#"[{"a": 1, "b": "x"}, {"a": 2}]"#)), rows);
        assert_eq!(gave(bench("a.jsonl", "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2}")), rows);
        assert!(cause(bench("a.json", "[{}, 3]")).contains("row 1: a row must be a JSON object"));
        assert!(cause(bench("a.json", "{}")).contains("must be an array of objects"));
        assert!(cause(bench("a.json", "[{}")).contains("is no JSON"));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let many = format!("a\n{}", "1\n".repeat(5000));
        assert!(cause(bench("a.csv", &many).param("max_rows", 10)).contains("more than 10 rows"));
        let long = format!("[{}{{}}]", "{\"a\": \"bb\"},".repeat(100_000));
        assert!(cause(bench("a.json", &long).param("max_size", 1)).contains("more than 1 MiB"));
        let error = bench("a.json", &long).param("max_rows", 10).fire().map(|_| ()).unwrap_err();
        assert!(error.hint_text().is_some_and(|hint| hint.contains("table.read")));
        assert!(cause(bench("a.csv", "a,b\n1\n")).contains("line 2: the row has 1 fields"));
        assert!(cause(bench("a.parquet", "PAR1 no")).contains("no Parquet, or it is damaged"));
    }

    #[test]
    fn a_table_as_wide_as_a_file_is_long_is_refused() {
        let wide = (0..10_001).map(|at| at.to_string()).collect::<Vec<_>>().join(",");
        let refused = "the table would have 10001 columns, at most 10000 are made";
        assert!(cause(bench("a.csv", &wide)).contains(refused));
        assert!(cause(bench("a.csv", &wide).param("header", "none")).contains(refused));
        let rows: Vec<_> = (0..10_001).map(|at| format!("{{\"{at}\": 1}}")).collect();
        assert!(cause(bench("a.jsonl", rows.join("\n"))).contains(refused));
        assert!(cause(bench("a.json", format!("[{}]", rows.join(",")))).contains(refused));
        let some = rows[..1000].join("\n");
        assert!(cause(bench("a.jsonl", some).param("max_size", 8)).contains("more than 8 MiB"));
    }

    #[test]
    fn a_row_that_is_larger_than_all_may_be_is_refused_while_it_is_read() {
        let long = "x".repeat(2 << 20);
        let cause = |name, content: String| cause(bench(name, content).param("max_size", 1));
        assert!(cause("a.csv", format!("a\n\"{long}")).contains("line 2: the row is larger than 1048576 bytes"));
        assert!(cause("a.jsonl", format!("{{\"a\": \"{long}\"}}")).contains("line 1: the row is larger than"));
        let second = format!("[{{}}, {{\"a\": \"{long}\"}}]");
        assert!(cause("a.json", second).contains("row 1: the row is larger than 1048576 bytes"));
    }

    #[test]
    fn a_long_file_can_be_stopped() {
        for (name, content) in [("a.csv", "a\n1"), ("a.jsonl", "{}"), ("a.json", "[{}]")] {
            let bench = bench(name, content);
            bench.cancel().cancel();
            assert!(bench.fire().is_err_and(|error| error.is_cancelled()), "{name}");
        }
    }
}
