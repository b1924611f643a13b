//! The records of a journal, as bytes and back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use windlass_core::event::{Event, Outcome, StepInfo};

use super::bytes::{Bytes, Wrong, put_bytes, put_number};
use super::events;
use super::results::{Listed, Result};

const GROUP: u8 = 0;
const BEGAN: u8 = 1;
const FILE: u8 = 2;
const EVENT: u8 = 3;
const RESULT: u8 = 4;
const LISTED: u8 = 5;
const NOTED: u8 = 6;
const ENDED: u8 = 7;
const DIGEST: u8 = 8;

const NONE: u8 = 0;
const SOME: u8 = 1;

/// Something that a journal says.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Records follow that reach the disk together; the first group has the number 0.
    Group(u64),
    /// A process began to work on the run.
    Began(Box<Began>),
    /// A file that the graph was made of, or a table of its rows.
    GraphFile {
        /// Its path, relative to the folder of the graph where it lies in it.
        path: PathBuf,
        /// What it said.
        content: Vec<u8>,
    },
    /// An event, as whoever watched the run was told.
    Event(Event),
    /// A firing came to its end. It stands in front of the event that says so.
    Result(Result),
    /// A split found children.
    Listed(Listed),
    /// A firing noted something, or what it had noted is wanted no more.
    Noted(Noted),
    /// The process ended the run, or its part of it.
    Ended(Ended),
    /// What a digest of a journal speaks for; it stands in no journal.
    Digest(Box<Digest>),
}

/// What a run is, and which process works on it: enough to go on with it. The files of the graph and the tables of its
/// rows stand behind it, in the first file of a journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Began {
    /// Name of the run.
    pub run: String,
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
    /// Version of the program.
    pub windlass: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Path of the graph file.
    pub graph: PathBuf,
    /// How the run was called, also where another process goes on with it.
    pub call: Call,
    /// What sources of kinds said, by their name: hash and listing.
    pub pins: Vec<(String, String, serde_json::Value)>,
    /// Root of all randomness; the journals of older programs do not say it here.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The names of the steps, by their number in this file of the journal.
    #[serde(default)]
    pub steps: Vec<String>,
    /// The run whose failed items this one runs again.
    #[serde(default)]
    pub retries: Option<String>,
    /// The files that matched each `--each name=GLOB`, as it was typed.
    #[serde(default)]
    pub matched: BTreeMap<String, Vec<PathBuf>>,
}

/// How a program was called; without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The current folder.
    pub folder: PathBuf,
    /// What was typed behind the name of the program.
    pub args: Vec<String>,
}

/// A note of a firing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// Name of the step.
    pub step: String,
    /// Key of the item.
    pub key: String,
    /// Name and content of the note; `None`: all notes of the firing are wanted no more.
    pub note: Option<(String, serde_json::Value)>,
}

/// How a run ended, in figures, so that a list of runs needs not read all of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// Items that left a step with a value.
    pub emitted: u64,
    /// Items that left one without.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Those of the failed that were taken up.
    pub handled: u64,
    /// Items without a fate.
    pub open: u64,
    /// How long it took, in milliseconds.
    pub at_ms: u64,
}

/// What a digest of a journal speaks for: it says in one file what the first files of the journal came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The sizes of these files, in bytes.
    pub files: Vec<u64>,
    /// The steps, by their number in the digest, and what each was when it was last run.
    pub steps: Vec<(String, Option<StepInfo>)>,
}

impl Record {
    /// Returns the record as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    /// Adds the record to bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Group(number) => tagged(GROUP, out, |out| put_number(*number, out)),
            Self::Began(began) => tagged(BEGAN, out, |out| put_json(began, out)),
            Self::GraphFile { path, content } => tagged(FILE, out, |out| {
                put_json(path, out);
                out.extend(content);
            }),
            Self::Event(event) => write_event(event, out),
            Self::Result(result) => tagged(RESULT, out, |out| result.write(out)),
            Self::Listed(listed) => tagged(LISTED, out, |out| listed.write(out)),
            Self::Noted(noted) => tagged(NOTED, out, |out| put_json(noted, out)),
            Self::Ended(ended) => tagged(ENDED, out, |out| put_json(ended, out)),
            Self::Digest(digest) => tagged(DIGEST, out, |out| put_json(digest, out)),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// The bytes are none.
    pub(super) fn read(bytes: &[u8]) -> std::result::Result<Self, Wrong> {
        let mut bytes = Bytes(bytes);
        let record = match bytes.byte()? {
            GROUP => Self::Group(bytes.number()?),
            BEGAN => Self::Began(Box::new(bytes.json()?)),
            FILE => Self::GraphFile { path: bytes.json()?, content: std::mem::take(&mut bytes.0).to_owned() },
            EVENT => Self::Event(events::take(&mut bytes)?),
            RESULT => Self::Result(Result::read(&mut bytes)?),
            LISTED => Self::Listed(Listed::read(&mut bytes)?),
            NOTED => Self::Noted(bytes.json()?),
            ENDED => Self::Ended(bytes.json()?),
            DIGEST => Self::Digest(Box::new(bytes.json()?)),
            other => return Err(Wrong(format!("no record begins with {other}"))),
        };
        bytes.end()?;
        Ok(record)
    }
}

/// Returns whether these bytes are a record that means nothing once its run is over: the beginning of a group, most events.
pub(super) fn is_passing(bytes: &[u8]) -> bool {
    match bytes.split_first() {
        Some((&GROUP, _)) => true,
        Some((&EVENT, event)) => events::is_passing(event),
        _ => false,
    }
}

/// Adds the record of an event to bytes.
pub(super) fn write_event(event: &Event, out: &mut Vec<u8>) {
    tagged(EVENT, out, |out| events::put(event, out));
}

/// Adds what stands behind a byte that says what it is.
pub(super) fn tagged(tag: u8, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    write(out);
}

/// Adds something as JSON.
pub(super) fn put_json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // What has no JSON, a path that is not Unicode, is said to be missing; whoever reads it back refuses that.
    put_bytes(&serde_json::to_vec(value).unwrap_or_default(), out);
}

/// Adds what may be there.
pub(super) fn put_option<T>(value: Option<T>, out: &mut Vec<u8>, put: impl FnOnce(T, &mut Vec<u8>)) {
    match value {
        Some(value) => tagged(SOME, out, |out| put(value, out)),
        None => out.push(NONE),
    }
}

/// Takes what may be there.
pub(super) fn take_option<'a, T>(
    bytes: &mut Bytes<'a>,
    take: impl FnOnce(&mut Bytes<'a>) -> std::result::Result<T, Wrong>,
) -> std::result::Result<Option<T>, Wrong> {
    match bytes.byte()? {
        NONE => Ok(None),
        SOME => take(bytes).map(Some),
        other => Err(Wrong(format!("expected 0 or 1, found {other}"))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use windlass_core::event::{Fate, What};

    use super::super::results::tests::samples;
    use super::*;

    /// One record of each kind.
    pub fn records() -> Vec<Record> {
        let what =
            What::Done { step: 2, key: "3/0".into(), name: "a.jpg".into(), fate: Fate::Emitted, took_ms: Some(1.5) };
        let (gave, failure, listed) = samples();
        let call = Call { folder: "/p".into(), args: vec!["run".into(), "g.yaml".into()] };
        let began =
            Began { run: "19a-1".into(), call, pins: vec![("c".into(), "h".into(), 1.into())], ..Began::default() };
        let note = Some(("ticket".to_owned(), serde_json::json!([1])));
        let (step, key) = ("ask".to_owned(), "0".to_owned());
        let (emitted, skipped, failed, handled, open, at_ms) = (1, 2, 3, 4, 5, 6);
        vec![
            Record::Began(Box::new(began)),
            Record::GraphFile { path: "g.yaml".into(), content: b"windlass: 1".to_vec() },
            Record::Event(Event { seq: 0, at_ms: 0, what: What::StepFinished { step: 1 } }),
            Record::Event(Event { seq: 1, at_ms: 2, what }),
            Record::Result(gave),
            Record::Result(failure),
            Record::Listed(listed),
            Record::Noted(Noted { step: step.clone(), key: key.clone(), note }),
            Record::Noted(Noted { step, key, note: None }),
            Record::Ended(Ended { outcome: Outcome::Stopped, emitted, skipped, failed, handled, open, at_ms }),
            Record::Digest(Box::new(Digest { files: vec![7, 9], steps: vec![("ask".into(), None)] })),
        ]
    }

    #[test]
    fn what_is_written_is_read_alike_and_no_cut_of_it_is() {
        for record in records() {
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            assert_eq!(Record::read(&bytes).unwrap(), record);
            let whole = matches!(record, Record::GraphFile { .. });
            for end in (0..bytes.len()).filter(|_| !whole) {
                assert!(Record::read(&bytes[..end]).is_err(), "{record:?} cut at {end}");
            }
        }
    }
}
