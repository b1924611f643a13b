//! Which value came from which, by which firing: worked out of a plan and of what the journal of its run tells.
//!
//! A journal tells of the firings that cost something. What lies between them follows from the plan: an item's key says which
//! items it came out of, and the splits around two steps say which part of their keys is the same.
//!
//! Deliberately absent: how any of it is shown, and where plans come from.

mod down;
mod find;
mod keys;
mod names;
mod up;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use windlass_core::key::Key;
use windlass_core::plan::{Plan, Step, StepId, StepInput};

use crate::journal::{Came, Child, FileSeen, Given, Result};
use crate::past::Past;

pub use find::{Hit, Trace, Wanted, content_of, hash_of};
pub use keys::Keys;
pub use names::Names;

/// The firings that something came from, or that it went into.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lineage {
    /// What of each step takes part.
    pub uses: BTreeMap<StepId, Use>,
}

/// The firings of one step that take part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// Their keys.
    pub firings: Keys,
    /// Of a split: the children that take part.
    pub children: Keys,
    /// The ports whose values take part; none where the whole firing is meant.
    pub ports: BTreeSet<Arc<str>>,
    /// Whether the journal tells of these firings; else their keys follow from the plan alone.
    pub is_recorded: bool,
    /// Whether some of them may take no part: a step behind them takes some of a group, and nothing says which.
    pub is_at_most: bool,
}

/// Where what is followed begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// What a firing gave and wrote.
    Firing(StepId, Key),
    /// A child that a split found, under its key.
    Child(StepId, Key),
}

/// A file that a run took from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Key of the item that it is.
    pub key: Key,
    /// Stable name of the item.
    pub name: String,
    /// The file, as it was when it was found.
    pub seen: FileSeen,
}

impl Use {
    /// Hands over what came of these firings, in the order of their keys, as far as the journal tells.
    pub fn results<'a>(
        &'a self,
        plan: &Plan,
        past: &'a Past,
        step: StepId,
    ) -> impl Iterator<Item = (Key, Result)> + 'a {
        let name = plan.steps.get(step).map_or(String::new(), |step| step.name.clone());
        let mut keys: Vec<Key> = results_of(past, &name).filter_map(|result| self.told(&result.key)).collect();
        keys.sort_unstable();
        keys.into_iter().filter_map(move |key| past.result(&name, &key.to_string()).map(|result| (key, result)))
    }

    /// Hands over the files from outside among the children that take part, in the order of their keys.
    pub fn sources<'a>(&'a self, plan: &Plan, past: &'a Past, step: StepId) -> impl Iterator<Item = SourceFile> + 'a {
        let name = plan.steps.get(step).map_or(String::new(), |step| step.name.clone());
        let groups = past.step(&name).into_iter().flat_map(|step| step.listings());
        let mut groups: Vec<Key> = groups.filter_map(|(group, _)| group.parse().ok()).collect();
        groups.sort_unstable();
        let of_group = move |group: Key| {
            let listing = past.listing(&name, &group.to_string());
            let children = listing.into_iter().flat_map(|listing| listing.from(0)).zip(0..);
            children.filter_map(move |(child, place)| source(child, group.child(place)))
        };
        groups.into_iter().flat_map(of_group).filter(|source| self.children.contains(&source.key))
    }

    fn told(&self, key: &str) -> Option<Key> {
        key.parse().ok().filter(|key| self.firings.contains(key))
    }

    /// Leaves of the firings those that the journal tells of and that gave a value on one of the ports; all, where it tells
    /// of none.
    fn narrow(&mut self, step: &Step, past: &Past) {
        if step.spec.is_split() {
            self.is_recorded = knows(past, &step.name);
            return;
        }
        let took_part = |result: &Result| self.ports.is_empty() || self.ports.iter().any(|port| gave(result, port));
        let told = |result: Result| self.told(&result.key).filter(|_| took_part(&result));
        let found: Keys = results_of(past, &step.name).filter_map(told).collect();
        if !found.is_empty() {
            (self.firings, self.is_recorded) = (found, true);
        }
    }
}

/// Returns what came of the firings of a step, in no order.
fn results_of(past: &Past, step: &str) -> impl Iterator<Item = Result> {
    past.step(step).into_iter().flat_map(|step| step.results())
}

/// Returns whether the journal tells anything of the firings of a step.
fn knows(past: &Past, step: &str) -> bool {
    let is_told = |step: &crate::past::Step| step.results().next().is_some() || step.listings().next().is_some();
    past.step(step).is_some_and(is_told)
}

fn source(child: Child, key: Key) -> Option<SourceFile> {
    let name = child.name.unwrap_or_else(|| key.index().unwrap_or_default().to_string());
    Some(SourceFile { name, key, seen: child.file? })
}

/// Returns whether a firing gave a value on a port, a failure on the port for those.
fn gave(result: &Result, port: &str) -> bool {
    match &result.came {
        Came::Failed { .. } => port == "error",
        Came::Gave(ports) => ports.iter().any(|(name, given)| name == port && matches!(given, Given::Value(_))),
    }
}

/// Returns whether a wire hides which of a group took part: behind a batch, and into what pairs groups.
fn hides(from: &Step, input: &StepInput, to: &Step) -> bool {
    let is_batch = from.spec.is_ordered() && from.spec.output(&input.from_port).is_some_and(|port| port.many);
    is_batch || to.spec.is_pairing()
}

/// Returns the splits that what feeds a wire lies inside of where the wire begins.
fn scope_before(input: &StepInput) -> Vec<StepId> {
    let mut scope = input.scope.clone();
    if let Some(replays) = input.replays {
        scope.drain(replays.at..replays.at + replays.levels);
    }
    scope
}
