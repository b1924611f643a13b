//! What earlier processes did for a run, as its journal tells: what came of firings, what splits found, what was noted, and
//! the graph as it was. It is read when another process goes on with the run.
//!
//! Records are kept as their bytes: they are many, and most of them are looked at once.

mod listing;
mod notes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

use windlass_core::event::What;

use crate::journal::{Began, Listed, Record, Result, Told};
use crate::runs::Run;

pub use listing::Listing;
pub use notes::Note;
use notes::Notes;

/// What earlier processes did for a run.
#[derive(Default)]
pub struct Past {
    /// How many files of the journal it was read from.
    parts: usize,
    began: Option<Box<Began>>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    steps: HashMap<String, Step>,
    notes: Notes,
}

/// What was done in one step, by key.
#[derive(Default)]
struct Step {
    results: HashMap<Box<str>, Box<[u8]>>,
    listings: HashMap<Box<str>, Listing>,
    /// How many children groups had, where an event told it.
    counts: HashMap<Box<str>, u64>,
}

/// One file of the journal, as far as it was read.
#[derive(Default)]
struct Part {
    /// The names of the steps by their numbers, which may differ from file to file.
    names: Vec<String>,
    /// What came before the names were known.
    unnamed: Vec<Record>,
}

impl Past {
    /// Reads the journal of a run. Returns what is damaged in it, too, in words.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    pub fn read(run: &Run) -> io::Result<(Self, Vec<String>)> {
        let (mut past, mut part, mut damage) = (Self::default(), Part::default(), Vec::new());
        let mut reader = run.read()?;
        while let Some(told) = reader.next()? {
            if reader.part() != past.parts {
                past.parts = reader.part();
                part = Part::default();
            }
            damage.extend(told.damage());
            if let Told::Record(record) = told {
                past.take(record, &mut part);
            }
        }
        // The last ones may say nothing: their processes were killed before they could.
        past.parts = reader.part();
        past.settle_groups(!damage.is_empty());
        Ok((past, damage))
    }

    /// Returns how many files of the journal it was read from.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Returns what the run is; `None` where all that said so is lost.
    pub fn began(&self) -> Option<&Began> {
        self.began.as_deref()
    }

    /// Returns the files of the graph and the tables of its rows, by their path below the folder of the graph, or their
    /// whole path where they lie elsewhere.
    pub fn files(&self) -> &BTreeMap<PathBuf, Vec<u8>> {
        &self.files
    }

    /// Returns what came of the last firing of a step for a key.
    pub fn result(&self, step: &str, key: &str) -> Option<Result> {
        Result::from_bytes(self.steps.get(step)?.results.get(key)?)
    }

    /// Returns the children that a split found for a group; `None` where it found none.
    pub fn listing(&self, step: &str, group: &str) -> Option<&Listing> {
        self.steps.get(step)?.listings.get(group)
    }

    /// Returns what firings noted and still want.
    pub fn notes(&self) -> impl Iterator<Item = Note<'_>> {
        self.notes.all()
    }

    fn take(&mut self, record: Record, part: &mut Part) {
        match record {
            Record::Began(began) => self.begin(began, part),
            Record::GraphFile { path, content } => drop(self.files.insert(path, content)),
            Record::Noted(noted) => self.notes.take(noted),
            Record::Result(_) | Record::Listed(_) if part.names.is_empty() => part.unnamed.push(record),
            Record::Result(result) => self.take_result(&result, part),
            Record::Listed(listed) => self.take_listed(listed, part),
            Record::Event(event) => self.take_event(event.what, part),
            Record::Group(_) | Record::Ended(_) => {}
        }
    }

    /// Each process says what the run is; the first one that can be read counts.
    fn begin(&mut self, began: Box<Began>, part: &mut Part) {
        self.name(began.steps.clone(), part);
        self.began.get_or_insert(began);
    }

    fn name(&mut self, names: Vec<String>, part: &mut Part) {
        if !part.names.is_empty() || names.is_empty() {
            return;
        }
        part.names = names;
        for record in std::mem::take(&mut part.unnamed) {
            self.take(record, part);
        }
    }

    fn take_result(&mut self, result: &Result, part: &Part) {
        if let Some(step) = self.step(result.step, part) {
            step.results.insert(result.key.as_str().into(), result.to_bytes().into());
        }
    }

    fn take_listed(&mut self, listed: Listed, part: &Part) {
        if let Some(step) = self.step(listed.step, part) {
            step.listings.entry(listed.group.as_str().into()).or_default().take(&listed);
        }
    }

    fn take_event(&mut self, what: What, part: &mut Part) {
        match what {
            What::RunStarted { steps, .. } => self.name(steps.into_iter().map(|step| step.name).collect(), part),
            What::Group { step, key, count, .. } => {
                if let Some(step) = self.step(step, part) {
                    step.counts.insert(key.into(), count);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, number: usize, part: &Part) -> Option<&mut Step> {
        let name = part.names.get(number)?;
        if !self.steps.contains_key(name) {
            self.steps.insert(name.clone(), Step::default());
        }
        self.steps.get_mut(name)
    }

    /// Finds out which groups are whole. Where something is lost, it may have been children: a group then counts as whole
    /// only if their number is known.
    fn settle_groups(&mut self, is_damaged: bool) {
        for Step { results, listings, counts } in self.steps.values_mut() {
            for (group, listing) in listings {
                let is_counted = counts.get(group) == Some(&listing.len());
                listing.settle(results.contains_key(group) && (is_counted || !is_damaged));
            }
            *counts = HashMap::new();
        }
    }
}
