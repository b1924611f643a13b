//! Rows of JSON Lines: one object a line.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value as Json;
use windlass_core::node::NodeError;

use crate::decode::Utf8Reader;
use crate::read::Row;

/// The rows of a file, one at a time.
pub(crate) struct Rows {
    text: BufReader<Utf8Reader>,
    line: u64,
    buffer: Vec<u8>,
    max_row_bytes: u64,
}

/// Opens the rows.
pub(crate) fn rows(text: Utf8Reader, max_row_bytes: u64) -> Rows {
    Rows { text: BufReader::new(text), line: 0, buffer: Vec::new(), max_row_bytes }
}

impl Iterator for Rows {
    type Item = Result<Row, NodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.line += 1;
            let found = self.next_line().transpose()?.and_then(|()| self.row());
            match found {
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Rows {
    /// Reads a line into the buffer; `None` at the end.
    fn next_line(&mut self) -> Result<Option<()>, NodeError> {
        self.buffer.clear();
        let limit = self.max_row_bytes.saturating_add(1);
        let read = self.text.by_ref().take(limit).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|error| NodeError::new(format!("line {}: {error}", self.line)))?;
        if read as u64 == limit {
            return Err(NodeError::new(format!("line {}: the row is larger than {} bytes", self.line, limit - 1)));
        }
        Ok((read > 0).then_some(()))
    }

    /// Returns the row in the buffer; `None` for an empty line.
    fn row(&self) -> Result<Option<Row>, NodeError> {
        let line = self.line;
        if self.buffer.trim_ascii().is_empty() {
            return Ok(None);
        }
        match serde_json::from_slice(&self.buffer) {
            Ok(Json::Object(fields)) => Ok(Some(Row { what: "line", line, fields })),
            Ok(_) => Err(NodeError::new(format!("line {line}: a row must be a JSON object"))),
            Err(error) => Err(NodeError::because(format!("line {line} is not JSON"), &error)),
        }
    }
}
