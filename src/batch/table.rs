//! `--each FILE`: one row for each row of a CSV or JSON Lines file. Tables of millions of rows are for a node, not for
//! here: the file is read whole.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use indexmap::IndexSet;
use serde_json::{Map, Value as Json};
use windlass_core::plan::{Given, Row, Rows};
use windlass_core::problem::{Problem, Source, Span};
use windlass_core::value::Value;
use windlass_table::Quotes;

use super::{Header, Level};
use crate::origin::Origin;

/// Columns that name a row, the first that a table has.
const NAMES: [&str; 2] = ["name", "id"];
/// More cells than a table of rows can have; they are held in memory.
const MAX_CELLS: usize = 4_000_000;

type Refused = Box<Problem>;

/// Reads a table; returns its bytes, too. Relative paths in it are relative to its folder.
pub(super) fn read(path: &Path, origin: &Origin) -> Result<(Level, Vec<u8>), Refused> {
    let name = path.display().to_string();
    let bytes = origin.read_table(path).map_err(|error| {
        let hint = error.hint_text().map(str::to_owned);
        Problem::error("unreadable", format!("`--each`: {error}")).maybe_hint(hint)
    })?;
    let source = text(name, &bytes)?;
    if source.text.trim().is_empty() {
        let hint = "the first line names the columns, each further one is a row";
        return Err(Box::new(Problem::error("no-rows", format!("`{}` is empty", source.name)).hint(hint)));
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let table = match ending.as_deref() {
        Some("csv") => delimited(&source, guess(&source.text)),
        Some("tsv") => delimited(&source, b'\t'),
        Some("jsonl" | "ndjson") => lines(&source),
        _ => {
            let hint = "the name tells what it is: `.csv`, `.tsv`, `.jsonl` or `.ndjson`";
            Err(Box::new(Problem::error("unknown-table", format!("`{}` is no table", source.name)).hint(hint)))
        }
    }?;
    let folder = origin.here().join(path.parent().unwrap_or(Path::new("")));
    Ok((table.into_level(source, folder), bytes))
}

/// Returns the text of a file, with which problems show where they are.
fn text(name: String, bytes: &[u8]) -> Result<Arc<Source>, Refused> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(Source { name, text: text.to_owned() })),
        Err(error) => {
            let at = error.valid_up_to();
            let text = String::from_utf8_lossy(bytes).into_owned();
            let message = format!("`{name}` is not UTF-8: byte {} cannot be read", at + 1);
            let place = Span { source: Arc::new(Source { name, text }), range: at..at + 1 };
            let problem = Problem::error("not-utf-8", message).at(Some(place));
            Err(Box::new(problem.hint("save it as UTF-8")))
        }
    }
}

/// A table as it was read.
struct Table {
    columns: Vec<String>,
    /// Where the columns are named.
    header: Span,
    rows: Vec<(Vec<Given>, Span)>,
}

impl Table {
    fn into_level(self, source: Arc<Source>, folder: std::path::PathBuf) -> Level {
        let naming = NAMES.iter().find_map(|name| self.columns.iter().position(|column| column == name));
        let name = |at: usize, values: &[Given]| match naming.and_then(|column| values.get(column)) {
            Some(Given::Text(text)) if !text.trim().is_empty() => text.clone(),
            Some(Given::Value(Value::Int(number))) => number.to_string(),
            _ => at.to_string(),
        };
        let rows = self.rows.into_iter().enumerate();
        let rows = rows.map(|(at, (values, place))| Row { name: name(at, &values), values, place: Some(place) });
        let header = Header {
            file: source.name.clone(),
            place: self.header,
            names: naming.map(|column| self.columns[column].clone()),
        };
        let rows =
            Rows { name: format!("--each {}", source.name), columns: self.columns, rows: rows.collect(), folder };
        Level { rows, header: Some(header) }
    }
}

/// Returns the delimiter that stands most often in the first line, a comma where there is none.
fn guess(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| line.bytes().filter(|byte| byte == delimiter).count();
    // Of equal ones the last would win.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn delimited(source: &Arc<Source>, delimiter: u8) -> Result<Table, Refused> {
    refuse_open_quote(source, delimiter)?;
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(source.text.as_bytes());
    let mut records = reader.records();
    let refused = |error: &csv::Error| Box::new(refused(error, source));
    let (mut columns, mut header, mut rows) = (Vec::new(), span(source, 0), Vec::new());
    if let Some(first) = records.next() {
        let first = first.map_err(|error| refused(&error))?;
        header = place(&first, source);
        columns = first.iter().map(|name| name.trim().to_owned()).collect();
        refuse_columns(&columns, &header)?;
    }
    for record in records {
        let record = record.map_err(|error| refused(&error))?;
        refuse_size(rows.len() + 1, columns.len(), &header)?;
        rows.push((record.iter().map(|cell| Given::Text(cell.to_owned())).collect(), place(&record, source)));
    }
    Ok(Table { columns, header, rows })
}

/// Refuses a table in which a row would swallow all that stand behind it.
fn refuse_open_quote(source: &Arc<Source>, delimiter: u8) -> Result<(), Refused> {
    let mut quotes = Quotes::new(b'"', delimiter);
    quotes.feed(source.text.as_bytes());
    let Some(at) = quotes.open().and_then(|at| usize::try_from(at).ok()) else { return Ok(()) };
    let problem = Problem::error("bad-row", "this quote is not closed before the end of the file");
    let hint = "close it; a quote that belongs to a cell stands twice, as in `\"a \"\"word\"\"\"`";
    Err(Box::new(problem.at(Some(Span { source: source.clone(), range: at..at + 1 })).hint(hint)))
}

fn refuse_columns(columns: &[String], header: &Span) -> Result<(), Refused> {
    let mut seen = HashSet::new();
    let twice = columns.iter().find(|column| !seen.insert(*column));
    let message = match (columns.iter().position(String::is_empty), twice) {
        (Some(at), _) => format!("column {} has no name", at + 1),
        (None, Some(column)) => format!("column `{column}` stands twice in the header"),
        (None, None) => return Ok(()),
    };
    Err(Box::new(Problem::error("bad-header", message).at(Some(header.clone()))))
}

fn refuse_size(rows: usize, columns: usize, header: &Span) -> Result<(), Refused> {
    if rows.saturating_mul(columns) <= MAX_CELLS {
        return Ok(());
    }
    let message = format!("`{}` has more than {MAX_CELLS} cells", header.source.name);
    let hint = "a table of any length is read by a node, `table.read`";
    Err(Box::new(Problem::error("too-many-rows", message).hint(hint)))
}

fn refused(error: &csv::Error, source: &Arc<Source>) -> Problem {
    let at = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} cells, the header {expected_len}")
        }
        _ => format!("the row cannot be read: {error}"),
    };
    let hint = "a cell with a comma or a line break stands in quotes";
    Problem::error("bad-row", message).at(Some(span(source, at))).hint(hint)
}

fn place(record: &StringRecord, source: &Arc<Source>) -> Span {
    let at = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    span(source, at)
}

/// Returns the place of the line that begins at `at`, or of the first one behind it that is not empty.
fn span(source: &Arc<Source>, at: usize) -> Span {
    let rest = source.text.get(at..).unwrap_or_default();
    let at = at + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    let line = source.text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    Span { source: source.clone(), range: at..at + line.len() }
}

fn lines(source: &Arc<Source>) -> Result<Table, Refused> {
    let mut objects = Vec::new();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            objects.push((object(line, source, at)?, span(source, at)));
        }
        at += line.len();
    }
    let columns: IndexSet<String> = objects.iter().flat_map(|(object, _)| object.keys().cloned()).collect();
    let header = span(source, 0);
    refuse_size(objects.len(), columns.len(), &header)?;
    let cell = |object: &mut Map<String, Json>, column: &String| match object.remove(column) {
        Some(Json::String(text)) => Given::Text(text),
        Some(json) => Given::Value(Value::from_constant(&json)),
        None => Given::Value(Value::Absent),
    };
    let row = |(mut object, place): (Map<_, _>, Span)| {
        (columns.iter().map(|column| cell(&mut object, column)).collect(), place)
    };
    let rows = objects.into_iter().map(row).collect();
    Ok(Table { columns: columns.iter().cloned().collect(), header, rows })
}

fn object(line: &str, source: &Arc<Source>, at: usize) -> Result<Map<String, Json>, Refused> {
    let (message, column) = match serde_json::from_str(line) {
        Ok(Json::Object(object)) => return Ok(object),
        Ok(_) => ("the line is no object".to_owned(), 0),
        Err(error) => {
            // Its own place is one in this line alone.
            let words = error.to_string();
            let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
            (format!("the line is not JSON: {words}"), error.column().saturating_sub(1))
        }
    };
    let at = at + column.min(line.trim_end().len());
    let place = Span { source: source.clone(), range: at..at + 1 };
    Err(Box::new(Problem::error("bad-row", message).at(Some(place)).hint(r#"each line is a row: `{"size": 64}`"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(file: &str, content: &[u8]) -> Result<Level, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, content).unwrap();
        read(&path, &Origin::disk().unwrap()).map(|(level, _)| level).map_err(|problem| {
            let (line, column) = problem.span.as_ref().map_or((0, 0), Span::line_column);
            let message = problem.message.replace(&path.display().to_string(), file);
            format!("{line}:{column}: {message}")
        })
    }

    fn shown(file: &str, content: &str) -> Vec<String> {
        let level = level(file, content.as_bytes()).unwrap();
        let value = |given: &Given| match given {
            Given::Text(text) => text.clone(),
            Given::Value(value) => value.to_json().map_or("absent".into(), |json| json.to_string()),
        };
        let row = |row: &Row| {
            let (line, _) = row.place.as_ref().unwrap().line_column();
            format!("{line} {}: {}", row.name, row.values.iter().map(value).collect::<Vec<_>>().join(" "))
        };
        std::iter::once(level.rows.columns.join(" ")).chain(level.rows.rows.iter().map(row)).collect()
    }

    #[test]
    fn rows_of_csv_have_names_and_places() {
        let rows = shown("a.csv", "size,name\n64,small\n\n\"1\n2\",large\n3,\n");
        assert_eq!(rows, ["size name", "2 small: 64 small", "4 large: 1\n2 large", "6 2: 3 "]);
        assert_eq!(shown("a.csv", "\u{feff}id;size\r\n7;64\r\n"), ["id size", "2 7: 7 64"]);
        assert_eq!(shown("a.tsv", "size\tid\n1,5\tx\n"), ["size id", "2 x: 1,5 x"]);
        assert_eq!(shown("a.csv", "size\n"), ["size"]);
    }

    #[test]
    fn rows_of_json_lines_may_lack_what_others_have() {
        let rows = shown("a.jsonl", "{\"size\": 64, \"word\": \"12\"}\n\n{\"name\": \"b\", \"size\": [1]}");
        assert_eq!(rows, ["size word name", "1 0: 64 12 null", "3 b: [1] null b"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let said = [
            level("a.csv", b""),
            level("a.csv", b" \n"),
            level("a.txt", b"size\n1\n"),
            level("a.csv", b"size\ncaf\xE9\n"),
            level("a.csv", b"size,size\n1,2\n"),
            level("a.csv", b"size,\n1,2\n"),
            level("a.csv", b"size,word\n1,2\n3\n"),
            level("a.csv", b"size,word\n1,\"a\"\"\n3,4\n"),
            level("a.jsonl", b"{\"size\": 1}\n{\"size\": }\n"),
            level("a.jsonl", b"{\"size\": 1}\n[2]\n"),
            level("a.jsonl", (0..2_001).map(|row| format!("{{\"c{row}\": 1}}\n")).collect::<String>().as_bytes()),
        ];
        let said: Vec<_> = said.into_iter().map(|level| level.map(|_| ()).unwrap_err()).collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
