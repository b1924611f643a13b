//! The items that failed, whatever process it was in.

use std::collections::BTreeMap;

use windlass_core::event::{Fate, What};

use crate::journal::{Came, Result};

/// By step and key: whether something took the failure up.
#[derive(Default)]
pub(super) struct Failures(BTreeMap<(String, String), bool>);

/// An item that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// Name of the step.
    pub step: &'a str,
    /// Key of the item.
    pub key: &'a str,
    /// Whether something took it up: an error port, a fallback.
    pub is_handled: bool,
}

impl Failures {
    pub(super) fn see(&mut self, step: &str, what: &What) {
        match what {
            What::Done { key, fate: Fate::Failed { .. }, .. } => self.add(step, key),
            What::Done { key, .. } => self.remove(step, key),
            What::Handled { key, .. } => drop(self.0.insert((step.to_owned(), key.clone()), true)),
            _ => {}
        }
    }

    /// A result stands in front of the event that tells of it, and alone after a kill.
    pub(super) fn take(&mut self, step: &str, result: &Result) {
        match result.came {
            Came::Failed { .. } => self.add(step, &result.key),
            Came::Gave(_) => self.remove(step, &result.key),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Failure<'_>> {
        self.0.iter().map(|((step, key), is_handled)| Failure { step, key, is_handled: *is_handled })
    }

    fn add(&mut self, step: &str, key: &str) {
        self.0.entry((step.to_owned(), key.to_owned())).or_default();
    }

    fn remove(&mut self, step: &str, key: &str) {
        if !self.0.is_empty() {
            self.0.remove(&(step.to_owned(), key.to_owned()));
        }
    }
}
