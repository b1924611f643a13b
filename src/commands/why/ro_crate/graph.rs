//! The description of a crate: JSON-LD, written entity by entity, so that many firings take no memory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::report::when;

/// A description under way. It gets its name when it is whole.
pub struct Graph {
    out: BufWriter<File>,
    path: PathBuf,
    is_first: bool,
}

impl Graph {
    /// Begins a description.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create_new(unfinished(path))?);
        write!(out, "{{\n\"@context\": {},\n\"@graph\": [", context())?;
        Ok(Self { out, path: path.to_owned(), is_first: true })
    }

    /// Adds an entity.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn add(&mut self, entity: &Json) -> io::Result<()> {
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        write!(self.out, "{comma}\n{entity}")
    }

    /// Ends the description.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn end(self) -> io::Result<()> {
        let mut out = self.out;
        out.write_all(b"\n]\n}\n")?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(unfinished(&self.path), &self.path)
    }
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("json.unfinished")
}

/// Returns the context: the one of RO-Crate, and the terms of Provenance Run Crates that it lacks, so that a reader without a
/// network needs one document alone.
fn context() -> Json {
    let terms = ["ParameterConnection", "connection", "sourceParameter", "targetParameter"];
    let terms: serde_json::Map<_, _> = terms
        .iter()
        .map(|term| ((*term).to_owned(), format!("https://w3id.org/ro/terms/workflow-run#{term}").into()))
        .collect();
    json!(["https://w3id.org/ro/crate/1.1/context", terms])
}

/// Returns a reference to an entity.
pub fn link(id: &str) -> Json {
    json!({ "@id": id })
}

/// Returns references to entities; one of them stands by itself.
pub fn links<T: AsRef<str>>(ids: &[T]) -> Json {
    match ids {
        [only] => link(only.as_ref()),
        ids => ids.iter().map(|id| link(id.as_ref())).collect(),
    }
}

/// Returns a name as part of a URI: bytes that mean something there are written as `%20`.
pub fn id(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => encoded.push(byte.into()),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// Returns a time as ISO 8601 has it, in UTC.
pub fn iso(unix_ms: u64) -> String {
    let text = when(unix_ms);
    let (date, time) = text.trim_end_matches(" UTC").split_once(' ').unwrap_or((&text, "00:00:00"));
    format!("{date}T{time}.{:03}+00:00", unix_ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_uris() {
        assert_eq!(id("a b/ä (round).png"), "a%20b/%C3%A4%20%28round%29.png");
        assert_eq!(iso(1_795_267_205_007), "2026-11-21T13:20:05.007+00:00");
    }
}
