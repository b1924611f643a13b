//! What firings noted and still want.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::journal::Noted;

/// Notes by step and key of the firing, then by their name.
#[derive(Default)]
pub(super) struct Notes(BTreeMap<(String, String), BTreeMap<String, Json>>);

/// A note of a firing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note<'a> {
    /// Name of the step.
    pub step: &'a str,
    /// Key of the item.
    pub key: &'a str,
    /// Name of the note.
    pub name: &'a str,
    /// What was noted, without secrets.
    pub content: &'a Json,
}

impl Notes {
    pub(super) fn take(&mut self, noted: Noted) {
        let firing = (noted.step, noted.key);
        match noted.note {
            Some((name, content)) => drop(self.0.entry(firing).or_default().insert(name, content)),
            None => drop(self.0.remove(&firing)),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Note<'_>> {
        self.0
            .iter()
            .flat_map(|((step, key), notes)| notes.iter().map(move |(name, content)| Note { step, key, name, content }))
    }
}
