//! Rows of CSV and its like: fields between delimiters, names in the header.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read};

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value as Json};
use windlass_core::node::NodeError;

use crate::decode::Utf8Reader;
use crate::quotes::Quotes;
use crate::read::{Fields, Header, Row};
use crate::shared::bound::check_columns;
use crate::shared::dialect::apart;
use crate::shared::infer;
use crate::shared::metered::{Meter, Metered};

/// How rows are read.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// The byte between fields; `None`: the one that the first line uses most.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold delimiters or line breaks.
    pub quote: u8,
    pub header: Header,
    pub fields: Fields,
    pub max_row_bytes: u64,
}

/// The rows of a file, one at a time.
pub(crate) struct Rows {
    reader: csv::Reader<Followed<Metered<BufReader<Utf8Reader>>>>,
    meter: Meter,
    columns: Vec<String>,
    record: StringRecord,
    fields: Fields,
}

/// Opens the rows and reads the header.
pub(crate) fn rows(text: Utf8Reader, dialect: Dialect) -> Result<Rows, NodeError> {
    let mut text = BufReader::new(text);
    let delimiter = match dialect.delimiter {
        Some(delimiter) => delimiter,
        None => guess(text.fill_buf().map_err(|error| NodeError::because("line 1", &error))?, dialect.quote),
    };
    apart(delimiter, dialect.quote)?;
    let (metered, meter) = Metered::new(text, dialect.max_row_bytes);
    let followed = Followed { inner: metered, quotes: Quotes::new(dialect.quote, delimiter), is_at_end: false };
    let mut reader =
        ReaderBuilder::new().has_headers(false).delimiter(delimiter).quote(dialect.quote).from_reader(followed);
    let columns = match dialect.header {
        Header::First => header(&mut reader)?,
        Header::None => Vec::new(),
    };
    Ok(Rows { reader, meter, columns, record: StringRecord::new(), fields: dialect.fields })
}

impl Iterator for Rows {
    type Item = Result<Row, NodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|there| there.then(|| self.row())).transpose()
    }
}

impl Rows {
    /// Reads the next row into the record; returns `false` at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, NodeError> {
        self.meter.begin();
        let line = self.reader.position().line();
        let there = self.reader.read_record(&mut self.record);
        refuse_open(&self.reader, &self.record)?;
        let there = there.map_err(|error| explain(&error, line))?;
        if there && self.columns.is_empty() {
            check_columns(self.record.len())?;
            self.columns = (1..=self.record.len()).map(|number| format!("column_{number}")).collect();
        }
        Ok(there)
    }

    /// Returns the names of the columns; without a header they are known once a row has been read.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the row that was read last.
    pub(crate) fn record(&self) -> &StringRecord {
        &self.record
    }

    fn row(&self) -> Row {
        let fields = self.columns.iter().cloned().zip(self.record.iter().map(|text| self.fields.value(text)));
        let line = self.record.position().map_or(0, csv::Position::line);
        Row { what: "line", line, fields: fields.collect::<Map<_, _>>() }
    }
}

impl Fields {
    fn value(self, text: &str) -> Json {
        match self {
            Self::Text => text.into(),
            Self::Infer => infer::scalar(text),
        }
    }
}

/// What a reader of rows takes from, with the quotes followed.
struct Followed<R> {
    inner: R,
    quotes: Quotes,
    is_at_end: bool,
}

impl<R: Read> Read for Followed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.is_at_end = count == 0;
        self.quotes.feed(&buffer[..count]);
        Ok(count)
    }
}

/// Refuses the last row where its quote is not closed: it has swallowed all rows behind it.
fn refuse_open<R: Read>(reader: &csv::Reader<Followed<R>>, row: &StringRecord) -> Result<(), NodeError> {
    let followed = reader.get_ref();
    if !followed.is_at_end || followed.quotes.open().is_none() {
        return Ok(());
    }
    let line = row.position().map_or(1, csv::Position::line);
    Err(NodeError::new(format!("line {line}: a quote of this row is not closed before the end of the file"))
        .hint("close it; a quote that belongs to a text stands twice: `\"a \"\"word\"\"\"`; `quote` names another sign, where this one is like any"))
}

fn header<R: Read>(reader: &mut csv::Reader<Followed<R>>) -> Result<Vec<String>, NodeError> {
    let mut record = StringRecord::new();
    let there = reader.read_record(&mut record);
    refuse_open(reader, &record)?;
    if !there.map_err(|error| explain(&error, 1))? {
        return Err(NodeError::new("the file is empty, it has not even a header"));
    }
    check_columns(record.len())?;
    let (mut columns, mut known) = (Vec::with_capacity(record.len()), HashSet::with_capacity(record.len()));
    for (at, name) in record.iter().enumerate() {
        let name = if name.trim().is_empty() { format!("column_{}", at + 1) } else { name.trim().to_owned() };
        if !known.insert(name.clone()) {
            return Err(NodeError::new(format!("line 1: column `{name}` stands twice in the header")));
        }
        columns.push(name);
    }
    Ok(columns)
}

fn explain(error: &csv::Error, line: u64) -> NodeError {
    let line = error.position().map_or(line, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            NodeError::new(format!("line {line}: the row has {len} fields, the ones before it {expected_len}"))
        }
        csv::ErrorKind::Io(error) => NodeError::new(format!("line {line}: {error}")),
        _ => NodeError::because(format!("line {line}"), error),
    }
}

/// Returns the likely delimiter that stands most often in the first line, outside of quotes.
fn guess(head: &[u8], quote: u8) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in head {
        match byte {
            byte if *byte == quote => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(known, _)| known == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // Of equal ones the last would win, so the order is turned round.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found_outside_of_quotes() {
        assert_eq!(guess(b"a;b;\"c,d,e,f\"\n,,,,,,,,", b'"'), b';');
        assert_eq!(guess(b"size 5\";name;'c,d,e,f'\n", b'\''), b';');
        assert_eq!(guess(b"a\tb\n", b'"'), b'\t');
        assert_eq!(guess(b"single\n", b'"'), b',');
        assert_eq!(guess(b"", b'"'), b',');
    }
}
