//! The newest items of each step of a run, with their fates and causes.

use std::collections::VecDeque;

use windlass_core::event::{Event, Fate, What};

/// Items that are kept of each step.
const KEPT: usize = 200;
/// Items of a step whose files are being written at once.
const AT_ONCE: usize = 64;

/// The newest items of each step, newest first.
#[derive(Clone, Debug, Default)]
pub struct Items {
    steps: Vec<VecDeque<Item>>,
    /// Those that failed stay when many others have come behind them.
    failed: Vec<VecDeque<Item>>,
}

/// An item that left a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// Its stable name.
    pub name: String,
    /// How it left.
    pub fate: FateOf,
    /// How long the code ran, in milliseconds; `None` where it did not.
    pub took_ms: Option<f64>,
    /// The file that was written for it.
    pub file: Option<String>,
}

/// How an item left a step.
#[derive(Clone, Debug, PartialEq)]
pub enum FateOf {
    /// With a value.
    Emitted,
    /// Without one, and why.
    Skipped(String),
    /// With an error: its causes, and what to do.
    Failed(String, Option<String>),
}

impl Items {
    /// Takes one more event in.
    pub(super) fn take_in(&mut self, event: &Event) {
        match &event.what {
            What::RunStarted { steps, .. } => {
                self.steps = vec![VecDeque::new(); steps.len()];
                self.failed = vec![VecDeque::new(); steps.len()];
            }
            What::Saved { step, key, path, .. } => self.note_file(*step, key, path),
            What::Done { step, key, name, fate, took_ms } => self.note(*step, key, name, fate, *took_ms),
            _ => {}
        }
    }

    fn note(&mut self, step: usize, key: &str, name: &str, fate: &Fate, took_ms: Option<f64>) {
        let Some(items) = self.steps.get_mut(step) else { return };
        let fate = match fate {
            Fate::Emitted => FateOf::Emitted,
            Fate::Skipped { reason } => FateOf::Skipped(reason.clone()),
            Fate::Failed { causes, hint, .. } => FateOf::Failed(causes.join(": "), hint.clone()),
        };
        if let (FateOf::Failed(..), Some(failed)) = (&fate, self.failed.get_mut(step)) {
            let fate = fate.clone();
            failed.push_front(Item { key: key.to_owned(), name: name.to_owned(), fate, took_ms, file: None });
            failed.truncate(KEPT);
        }
        // What was saved for it came a moment before, and stands near the front.
        let is_begun = |item: &&mut Item| item.key == key && item.name.is_empty() && item.file.is_some();
        if let Some(item) = items.iter_mut().take(AT_ONCE).find(is_begun) {
            (item.name, item.fate, item.took_ms) = (name.to_owned(), fate, took_ms);
            return;
        }
        items.push_front(Item { key: key.to_owned(), name: name.to_owned(), fate, took_ms, file: None });
        items.truncate(KEPT);
    }

    fn note_file(&mut self, step: usize, key: &str, path: &str) {
        let Some(items) = self.steps.get_mut(step) else { return };
        if let Some(item) = items.iter_mut().find(|item| item.key == key) {
            item.file = Some(path.to_owned());
            return;
        }
        let (key, file) = (key.to_owned(), Some(path.to_owned()));
        items.push_front(Item { key, name: String::new(), fate: FateOf::Emitted, took_ms: None, file });
        items.truncate(KEPT);
    }

    /// Returns how many are kept of all steps.
    pub(super) fn count(&self) -> usize {
        self.steps.iter().chain(&self.failed).map(VecDeque::len).sum()
    }

    /// Returns the newest items of a step that failed, newest first.
    pub fn failed_of(&self, step: usize) -> impl Iterator<Item = &Item> {
        self.failed.get(step).into_iter().flatten()
    }

    /// Returns the items of a step, newest first.
    pub fn of(&self, step: usize) -> impl Iterator<Item = &Item> {
        self.steps.get(step).into_iter().flatten()
    }
}
