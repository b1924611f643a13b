//! Writes a table to a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, WriterBuilder};
use serde_json::Value as Json;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;
use windlass_core::value::Cells;

use crate::shared::columns::text_of;
use crate::shared::dialect::delimiter;
use crate::shared::parquet::{self, Compression};

/// Where it goes, and in which form.
#[derive(Params)]
pub struct Settings {
    /// Path of the file, a template: `out/{stem}.parquet`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
    /// The form; `auto` goes by the ending of the path: `.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`, `.parquet`, `.md`.
    #[param(default = "auto")]
    format: Format,
    /// What stands between the fields of CSV: one character, `tab`, or `auto` for a comma (in `.tsv` a tab).
    #[param(default = "auto")]
    delimiter: String,
    /// How Parquet is compressed.
    #[param(default = "snappy")]
    compression: Compression,
}

/// The form of a file.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Format {
    /// By the ending of the path.
    Auto,
    /// Fields between delimiters, RFC 4180 with line feeds.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A JSON array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// A table of GitHub's Markdown.
    Markdown,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// The table. Empty cells are empty fields in CSV and Markdown, and null in JSON and Parquet.
    table: Arc<Table>,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file that was written.
    file: Arc<File>,
    /// Its path.
    path: PathBuf,
}

/// `table.save`
pub struct Save;

impl Node for Save {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.save",
            "Save table",
            "Writes a table as CSV, JSON Lines, JSON, Parquet or Markdown, whole or not at all. The same table gives \
             the same bytes. No form is held whole while it is written: of Parquet a row group is, of about 128 MiB at \
             most. CSV does not tell an empty text from an empty cell; Parquet keeps all types, `json` as \
             its JSON type.",
        )
        .search(&["write", "export", "csv", "tsv", "json lines", "parquet", "markdown", "sink"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out.csv").input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        between(&params.delimiter, params.path.as_path())?;
        params.path.check_ending(|path| form(params.format, path))
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let path = params.path.as_path();
        let format = form(params.format, path)?;
        let between = between(&params.delimiter, path)?;
        let failed = |error: std::io::Error| explain_io("write", path, &error);
        let saved = ctx.save(&params.path, params.if_exists, |out| match format {
            Format::Parquet => parquet::write(&inputs.table, params.compression, out, ctx)?.map_err(failed),
            Format::JsonLines => json(&inputs.table, out, ["", "\n", "\n"], ctx)?.map_err(failed),
            Format::Json => json(&inputs.table, out, ["[\n", ",\n", "\n]\n"], ctx)?.map_err(failed),
            Format::Markdown => markdown(&inputs.table, out, ctx)?.map_err(failed),
            Format::Csv | Format::Auto => csv(&inputs.table, between, out, ctx)?.map_err(failed),
        });
        let saved = saved.await?;
        let name = saved.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = File::on_disk(&saved.path, name, media_type(format));
        Ok(Out { file: Arc::new(file), path: saved.path })
    }
}

fn form(format: Format, path: &Path) -> Result<Format, NodeError> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    Ok(match (format, ending.as_str()) {
        (Format::Auto, "csv" | "tsv" | "txt") => Format::Csv,
        (Format::Auto, "jsonl" | "ndjson") => Format::JsonLines,
        (Format::Auto, "json") => Format::Json,
        (Format::Auto, "parquet" | "pq") => Format::Parquet,
        (Format::Auto, "md") => Format::Markdown,
        (Format::Auto, _) => {
            let error = format!("no form of a table goes by the ending of parameter `path`: `{}`", path.display());
            let hint = "end the path in `.csv`, `.tsv`, `.jsonl`, `.json`, `.parquet` or `.md`, or set `format`";
            return Err(NodeError::new(error).hint(hint).permanent());
        }
        (given, _) => given,
    })
}

fn media_type(format: Format) -> &'static str {
    match format {
        Format::JsonLines => "application/jsonl",
        Format::Json => "application/json",
        Format::Parquet => "application/vnd.apache.parquet",
        Format::Markdown => "text/markdown",
        Format::Csv | Format::Auto => "text/csv",
    }
}

fn between(given: &str, path: &Path) -> Result<u8, NodeError> {
    let by_name = if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tsv")) { b'\t' } else { b',' };
    delimiter(given).map(|delimiter| delimiter.unwrap_or(by_name))
}

type Written = Result<std::io::Result<()>, NodeError>;

fn csv(table: &Table, between: u8, out: &mut dyn Write, ctx: &Ctx) -> Written {
    let mut writer = WriterBuilder::new().delimiter(between).quote_style(QuoteStyle::Necessary).from_writer(out);
    let mut written = writer.write_record(table.columns().iter().map(|column| &*column.name));
    for row in 0..table.rows() {
        ctx.check_cancelled()?;
        written =
            written.and_then(|()| writer.write_record(table.columns().iter().map(|column| field(&column.cells, row))));
    }
    Ok(written.map_err(std::io::Error::from).and_then(|()| writer.flush()))
}

/// Returns a cell as a field; floats keep a point, so that they are read as floats again.
fn field(cells: &Cells, row: usize) -> String {
    match cells {
        Cells::Float(cells) => cells[row].map(|float| format!("{float:?}")).unwrap_or_default(),
        cells => match cells.json(row) {
            Json::Null => String::new(),
            json => text_of(&json),
        },
    }
}

fn json(table: &Table, out: &mut dyn Write, [before, between, after]: [&str; 3], ctx: &Ctx) -> Written {
    let mut written = out.write_all(before.as_bytes());
    for row in 0..table.rows() {
        ctx.check_cancelled()?;
        let between = if row == 0 { "" } else { between };
        written = written.and_then(|()| write!(out, "{between}{}", Json::Object(table.row(row))));
    }
    let after = if table.rows() == 0 && before.is_empty() { "" } else { after };
    Ok(written.and_then(|()| out.write_all(after.as_bytes())))
}

fn markdown(table: &Table, out: &mut dyn Write, ctx: &Ctx) -> Written {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('\r', "").replace('\n', "<br>");
    let columns = table.columns();
    let names: Vec<_> = columns.iter().map(|column| escape(&column.name)).collect();
    let rule = |cells: &Cells| if matches!(cells, Cells::Int(_) | Cells::Float(_)) { "---:" } else { "---" };
    let rules: Vec<_> = columns.iter().map(|column| rule(&column.cells)).collect();
    let mut written = write!(out, "| {} |\n| {} |\n", names.join(" | "), rules.join(" | "));
    for row in 0..table.rows() {
        ctx.check_cancelled()?;
        let cells: Vec<_> = columns.iter().map(|column| escape(&field(&column.cells, row))).collect();
        written = written.and_then(|()| writeln!(out, "| {} |", cells.join(" | ")));
    }
    Ok(written)
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
save:
  kind: table.save
  params: { path: out/customers.parquet, compression: zstd }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Harness, ctx};
    use windlass_core::value::Column;

    use super::*;
    use crate::open::Open;
    use crate::shared::specimen::{cause, table};

    fn bench(path: &str) -> Harness {
        let table = table(&[("id", &["1", "2"]), ("t|x", &["a,\"b\"", "line\nbreak"]), ("n", &["0.5", ""])]);
        Harness::of::<Save>().param("path", path).input("table", Value::Table(table))
    }

    fn text(path: &str) -> String {
        String::from_utf8(bench(path).fire().unwrap().file(path).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn each_form_goes_by_the_ending() {
        assert_eq!(text("a.csv"), "id,t|x,n\n1,\"a,\"\"b\"\"\",0.5\n2,\"line\nbreak\",\n");
        assert_eq!(text("a.tsv"), "id\tt|x\tn\n1\t\"a,\"\"b\"\"\"\t0.5\n2\t\"line\nbreak\"\t\n");
        let rows = [r#"{"id":1,"t|x":"a,\"b\"","n":0.5}"#, r#"{"id":2,"t|x":"line\nbreak","n":null}"#];
        assert_eq!(text("a.jsonl"), format!("{}\n{}\n", rows[0], rows[1]));
        assert_eq!(text("a.json"), format!("[\n{},\n{}\n]\n", rows[0], rows[1]));
        assert_eq!(
            text("a.md"),
            "| id | t\\|x | n |\n| ---: | --- | ---: |\n| 1 | a,\"b\" | 0.5 |\n| 2 | line<br>break |  |\n"
        );
        assert!(cause(bench("a.doc")).contains("no form of a table goes by the ending"));
        let file = bench("a.json").fire().unwrap().get::<Arc<File>>("file").unwrap();
        assert_eq!(file.media_type, "application/json");
    }

    #[test]
    fn parquet_is_read_back_as_it_was() {
        let float = vec![Some(f64::NAN), None, Some(-0.0)];
        let all = vec![
            Column { name: "b".into(), cells: Cells::Bool(vec![Some(true), None, Some(false)]) },
            Column { name: "i".into(), cells: Cells::Int(vec![Some(i64::MIN), None, Some(3)]) },
            Column { name: "f".into(), cells: Cells::Float(float) },
            Column { name: "t".into(), cells: Cells::Text(vec![Some("é".into()), None, Some("".into())]) },
            Column {
                name: "j".into(),
                cells: Cells::Json(vec![Some(windlass_core::json!([1, { "a": 2 }])), None, Some(Json::Null)]),
            },
        ];
        let all = Table::new(all).unwrap();
        for compression in ["snappy", "zstd", "none"] {
            let bench = Harness::of::<Save>().param("path", "a.parquet").param("compression", compression);
            let gave = bench.input("table", Value::Table(Arc::new(all.clone()))).fire().unwrap();
            let bytes = gave.file("a.parquet").unwrap().to_vec();
            let file = File::in_memory(bytes, "a.parquet", "application/vnd.apache.parquet");
            let back = Harness::of::<Open>().input("file", Value::File(Arc::new(file))).fire().unwrap();
            let back = back.get::<Arc<Table>>("table").unwrap();
            assert_eq!(format!("{back:?}"), format!("{:?}", Arc::new(all.clone())), "{compression}");
        }
    }

    #[test]
    fn an_empty_table_has_a_form_too() {
        let empty = |path: &str| {
            let gave = Harness::of::<Save>().param("path", path).input("table", Value::Table(Arc::default())).fire();
            gave.unwrap().file(path).unwrap().len()
        };
        assert_eq!((empty("a.jsonl"), empty("a.json")), (0, 5));
        assert!(empty("a.parquet") > 8);
    }

    /// Counts what is written, and how much of it at once.
    #[derive(Default)]
    struct Gauge {
        written: usize,
        largest: usize,
    }

    impl Write for Gauge {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.written += bytes.len();
            self.largest = self.largest.max(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_table_whose_text_is_long_is_never_held_as_text() {
        let long = Some(Arc::from("x".repeat(1 << 16)));
        let long = vec![Column { name: "long".into(), cells: Cells::Text(vec![long; 200]) }];
        let (long, ctx) = (Table::new(long).unwrap(), ctx());
        let seen = |write: &dyn Fn(&mut dyn Write) -> Written| {
            let mut gauge = Gauge::default();
            write(&mut gauge).unwrap().unwrap();
            assert!(gauge.written > 200 << 16 && gauge.largest <= 1 << 17, "{} at once", gauge.largest);
        };
        seen(&|out| csv(&long, b',', out, &ctx));
        seen(&|out| json(&long, out, ["[\n", ",\n", "\n]\n"], &ctx));
        seen(&|out| markdown(&long, out, &ctx));
    }

    #[test]
    fn a_long_saving_can_be_stopped() {
        for path in ["a.csv", "a.jsonl", "a.json", "a.md", "a.parquet"] {
            let bench = bench(path);
            bench.cancel().cancel();
            assert!(bench.fire().is_err_and(|error| error.is_cancelled()), "{path}");
        }
    }
}
