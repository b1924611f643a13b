//! What was done in one step of a run.

use std::collections::HashMap;

use windlass_core::event::StepInfo;

use super::Listing;
use crate::journal::{Listed, Result};

/// What was done in one step, by key.
#[derive(Default)]
pub struct Step {
    info: Option<StepInfo>,
    results: HashMap<Box<str>, Box<[u8]>>,
    listings: HashMap<Box<str>, Listing>,
    /// How many children groups had, where an event told it.
    pub(super) counts: HashMap<Box<str>, u64>,
}

impl Step {
    /// Returns what the step was, when it was last run; `None` where that is lost.
    pub fn info(&self) -> Option<&StepInfo> {
        self.info.as_ref()
    }

    /// Returns what came of the last firing for a key.
    pub fn result(&self, key: &str) -> Option<Result> {
        Result::from_bytes(self.results.get(key)?)
    }

    /// Returns what came of all firings, in no order.
    pub fn results(&self) -> impl Iterator<Item = Result> {
        self.results.values().filter_map(|bytes| Result::from_bytes(bytes))
    }

    /// Returns the children that were found for a group.
    pub fn listing(&self, group: &str) -> Option<&Listing> {
        self.listings.get(group)
    }

    /// Returns the children that were found for all groups, in no order: key of the group, children.
    pub fn listings(&self) -> impl Iterator<Item = (&str, &Listing)> {
        self.listings.iter().map(|(group, listing)| (&**group, listing))
    }

    pub(super) fn is(&mut self, info: StepInfo) {
        self.info = Some(info);
    }

    pub(super) fn take(&mut self, result: Result) {
        self.results.insert(result.key.as_str().into(), result.to_bytes().into());
    }

    pub(super) fn list(&mut self, listed: &Listed) {
        self.listings.entry(listed.group.as_str().into()).or_default().take(listed);
    }

    pub(super) fn count(&mut self, group: String, count: u64) {
        self.counts.insert(group.into(), count);
    }

    /// Finds out which groups are whole. Where something is lost, it may have been children: a group then counts as whole
    /// only if their number is known.
    pub(super) fn settle(&mut self, is_damaged: bool) {
        for (group, listing) in &mut self.listings {
            let is_counted = self.counts.get(group) == Some(&listing.len());
            listing.settle(self.results.contains_key(group) && (is_counted || !is_damaged));
        }
    }
}
