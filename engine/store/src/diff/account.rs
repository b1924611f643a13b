//! What a run came to, item by item, as its journal tells.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

use blake3::Hash;
use serde_json::Value as Json;
use windlass_core::event::{Event, Fate, RunState, What};
use windlass_core::key::Key;

use crate::artifacts::Stored;
use crate::journal::{Began, Came, Given, Record, Result, Told, Wrote};
use crate::runs::Run;

/// What a run came to.
#[derive(Default)]
pub struct Account {
    /// What it is, where that can still be read.
    pub began: Option<Began>,
    /// The files that its graph was made of, and the tables of its rows.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The fold of its events.
    pub state: RunState,
    /// What is damaged in its journal, in words.
    pub damage: Vec<String>,
    /// The items of each step, by their stable names; by their keys where they have none.
    pub items: BTreeMap<String, BTreeMap<String, Item>>,
    /// What graph outputs were, in the order of their keys.
    pub outputs: BTreeMap<String, BTreeMap<Key, Json>>,
}

/// What became of an item in a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Why it left without a value; `None` where it left with one.
    pub left: Option<Box<str>>,
    /// What it gave, by port.
    pub gave: Vec<(Box<str>, Gave)>,
    /// The files that it put in place.
    pub wrote: Vec<Wrote>,
}

/// A value that an item gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Gave {
    /// What stands for it in fingerprints.
    pub identity: Hash,
    /// Where it is kept.
    pub stored: Option<Stored>,
}

/// What a reading keeps besides: the steps of the part that is read, and what came of firings of which no event has told yet.
#[derive(Default)]
struct Reading {
    account: Account,
    part: usize,
    names: Vec<String>,
    pending: HashMap<(usize, Box<str>), Item>,
}

impl Account {
    /// Reads the journal of a run.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    pub fn read(run: &Run) -> io::Result<Self> {
        let (mut reading, mut reader) = (Reading::default(), run.read()?);
        while let Some(told) = reader.next()? {
            if reader.part() != reading.part {
                reading.part = reader.part();
                reading.end_part();
            }
            reading.account.damage.extend(told.damage());
            if let Told::Record(record) = told {
                reading.take(record);
            }
        }
        reading.end_part();
        Ok(reading.account)
    }
}

impl Reading {
    fn take(&mut self, record: Record) {
        match record {
            Record::Began(began) => {
                self.names.clone_from(&began.steps);
                self.account.began.get_or_insert(*began);
            }
            Record::GraphFile { path, content } => drop(self.account.files.insert(path, content)),
            Record::Event(event) => self.event(event),
            Record::Result(result) => {
                self.pending.insert((result.step, result.key.as_str().into()), item(result));
            }
            _ => {}
        }
    }

    fn event(&mut self, event: Event) {
        self.account.state.apply(&event);
        match event.what {
            What::RunStarted { steps, .. } => self.names = steps.into_iter().map(|step| step.name).collect(),
            What::Done { step, key, name, fate, .. } => {
                let mut item = self.pending.remove(&(step, key.as_str().into())).unwrap_or_default();
                item.left = left(&fate);
                self.put(step, if name.is_empty() { key } else { name }, item);
            }
            What::Output { name, key, value } => {
                if let Ok(key) = key.parse() {
                    self.account.outputs.entry(name).or_default().insert(key, value);
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, step: usize, name: String, item: Item) {
        let Some(step) = self.names.get(step) else { return };
        self.account.items.entry(step.clone()).or_default().insert(name, item);
    }

    /// What light steps did is told in figures, so that their items are known by their keys alone.
    fn end_part(&mut self) {
        for ((step, key), item) in std::mem::take(&mut self.pending) {
            self.put(step, key.into(), item);
        }
    }
}

fn left(fate: &Fate) -> Option<Box<str>> {
    match fate {
        Fate::Emitted => None,
        Fate::Skipped { reason } => Some(format!("skipped: {reason}").into()),
        Fate::Failed { causes, .. } => Some(format!("failed: {}", causes.join(": ")).into()),
    }
}

fn item(result: Result) -> Item {
    let (mut left, mut gave) = (None, Vec::new());
    match result.came {
        Came::Failed { causes, .. } => left = Some(format!("failed: {}", causes.join(": ")).into()),
        Came::Gave(ports) => gave.extend(ports.into_iter().filter_map(|(port, given)| match given {
            Given::Skip(_) => None,
            Given::Value(kept) => Some((port.into(), Gave { identity: kept.identity, stored: kept.stored })),
        })),
    }
    Item { left, gave, wrote: result.wrote }
}
