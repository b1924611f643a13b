//! What earlier processes did for a run, as its journal tells: what came of firings, what splits found, what was noted, and
//! the graph as it was. It is read when another process goes on with the run.
//!
//! Records are kept as their bytes: they are many, and most of them are looked at once.

mod digest;
mod failures;
mod listing;
mod notes;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

use windlass_core::event::{StepInfo, What};

use crate::journal::{Began, Listed, Record, Result, Told};
use crate::runs::Run;

pub use failures::Failure;
use failures::Failures;
pub use listing::Listing;
pub use notes::Note;
use notes::Notes;
pub use step::Step;

/// What earlier processes did for a run.
#[derive(Default)]
pub struct Past {
    /// How many files of the journal it was read from.
    parts: usize,
    /// How long these are, in bytes, as far as they were read.
    lengths: Vec<u64>,
    /// How many of them a digest spoke for, and the size of that in bytes.
    digested: usize,
    digest_bytes: u64,
    is_damaged: bool,
    began: Option<Box<Began>>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    steps: Vec<(String, Step)>,
    /// Where each step stands in `steps`.
    places: HashMap<String, usize>,
    failures: Failures,
    notes: Notes,
}

/// One file of the journal, as far as it was read.
#[derive(Default)]
struct Part {
    /// Where the steps stand in the past, by the numbers that they have in this file.
    places: Vec<usize>,
    /// What came before they were known.
    unnamed: Vec<Record>,
}

impl Past {
    /// Reads the journal of a run. Returns what is damaged in it, too, in words.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    pub fn read(run: &Run) -> io::Result<(Self, Vec<String>)> {
        let mut past = Self::digested(run).unwrap_or_default();
        let (mut part, mut damage) = (Part::default(), Vec::new());
        let mut reader = run.read()?.behind(past.parts).lasting();
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
        past.lengths.extend(reader.lengths());
        past.is_damaged = !damage.is_empty();
        past.steps.iter_mut().for_each(|(_, step)| step.settle(!damage.is_empty()));
        Ok((past, damage))
    }

    /// Reads what a run is, and the graph as it was when it began; nothing of what was done.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    pub fn of_graph(run: &Run) -> io::Result<Self> {
        let (mut past, mut part, mut reader) = (Self::default(), Part::default(), run.read()?);
        while let Some(Told::Record(record @ (Record::Began(_) | Record::GraphFile { .. }))) = reader.next()? {
            past.take(record, &mut part);
        }
        Ok(past)
    }

    /// Returns how many files of the journal it was read from.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Returns what the run is; `None` where all that said so is lost.
    pub fn began(&self) -> Option<&Began> {
        self.began.as_deref()
    }

    /// Returns whether the run has got so far that something could happen in it.
    pub fn has_started(&self) -> bool {
        self.steps.iter().any(|(_, step)| step.info().is_some())
    }

    /// Returns the files of the graph and the tables of its rows, by their path below the folder of the graph, or their
    /// whole path where they lie elsewhere.
    pub fn files(&self) -> &BTreeMap<PathBuf, Vec<u8>> {
        &self.files
    }

    /// Returns what came of the last firing of a step for a key.
    pub fn result(&self, step: &str, key: &str) -> Option<Result> {
        self.step(step)?.result(key)
    }

    /// Returns the children that a split found for a group; `None` where it found none.
    pub fn listing(&self, step: &str, group: &str) -> Option<&Listing> {
        self.step(step)?.listing(group)
    }

    /// Returns what was done in a step; `None` where the run had none of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.places.get(name).map(|place| &self.steps[*place].1)
    }

    /// Returns what was done in each step.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &Step)> {
        self.steps.iter().map(|(name, step)| (name.as_str(), step))
    }

    /// Returns the items that failed, by step and key.
    pub fn failures(&self) -> impl Iterator<Item = Failure<'_>> {
        self.failures.all()
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
            Record::Result(_) | Record::Listed(_) if part.places.is_empty() => part.unnamed.push(record),
            Record::Result(result) => self.take_result(result, part),
            Record::Listed(listed) => self.take_listed(&listed, part),
            Record::Event(event) => self.take_event(event.what, part),
            Record::Group(_) | Record::Ended(_) | Record::Digest(_) => {}
        }
    }

    /// Each process says what the run is; the first one that can be read counts.
    fn begin(&mut self, began: Box<Began>, part: &mut Part) {
        self.name(&began.steps, part);
        self.began.get_or_insert(began);
    }

    fn name(&mut self, names: &[String], part: &mut Part) {
        if !part.places.is_empty() || names.is_empty() {
            return;
        }
        part.places = names.iter().map(|name| self.place(name)).collect();
        for record in std::mem::take(&mut part.unnamed) {
            self.take(record, part);
        }
    }

    fn take_result(&mut self, result: Result, part: &Part) {
        if let Some((name, step)) = part.places.get(result.step).map(|place| &mut self.steps[*place]) {
            self.failures.take(name, &result);
            step.take(result);
        }
    }

    fn take_listed(&mut self, listed: &Listed, part: &Part) {
        if let Some(place) = part.places.get(listed.step) {
            self.steps[*place].1.list(listed);
        }
    }

    fn take_event(&mut self, what: What, part: &mut Part) {
        if let What::RunStarted { steps, .. } = what {
            return self.start(steps, part);
        }
        let place = what.step().and_then(|step| part.places.get(step));
        let Some((name, step)) = place.map(|place| &mut self.steps[*place]) else { return };
        self.failures.see(name, &what);
        if let What::Group { key, count, .. } = what {
            step.count(key, count);
        }
    }

    fn start(&mut self, steps: Vec<StepInfo>, part: &mut Part) {
        self.name(&steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>(), part);
        for info in steps {
            let place = self.place(&info.name);
            self.steps[place].1.is(info);
        }
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.steps.push((name.to_owned(), Step::default()));
        self.places.insert(name.to_owned(), self.steps.len() - 1);
        self.steps.len() - 1
    }
}
