//! The sequential reference: what each step must do with each item, worked out one after the other.
//!
//! Deliberately absent: edges, windows, slots, leases, threads; none of them may change what comes out.

mod cut;
mod evaluate;
mod fire;
mod join;
mod ordered;
mod rounds;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use windlass_core::event::Outcome;
use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};

pub use evaluate::evaluate;
pub use fire::answer_of;

/// An item of a step.
pub type At = (StepId, Key);

/// What a run must end as.
#[derive(Debug, Default)]
pub struct Expected {
    /// The fate of each item of each step.
    pub fates: BTreeMap<At, Fate>,
    /// The failures that are taken up.
    pub handled: BTreeSet<At>,
    /// For each group of each split: the number of its children, and whether it lacks some.
    pub groups: BTreeMap<At, (u64, bool)>,
    /// Groups that are taken without the members that failed: how many are taken, how many had failed.
    pub incomplete: BTreeMap<At, (u64, u64)>,
    /// What is written to the log.
    pub lines: BTreeMap<At, Vec<String>>,
    /// The values of the graph's outputs.
    pub outputs: BTreeMap<(String, Key), Json>,
    /// Groups that may be cut short, with the least number of children that they then have.
    pub cuts: BTreeMap<At, u64>,
}

impl Expected {
    /// Returns how a run ends that is left to itself.
    pub fn outcome(&self) -> Outcome {
        let is_open = self.fates.values().any(|fate| *fate == Fate::Open);
        if is_open { Outcome::Waiting } else { Outcome::Finished }
    }

    /// Returns whether an item fails in a step whose `error` port is not wired.
    pub fn has_unhandled(&self, plan: &Plan) -> bool {
        let mut failed = self.fates.iter().filter(|(_, fate)| matches!(fate, Fate::Failed(_)));
        // What fails at the end of a group, or as a child, lies in another scope than the port `error`.
        let lies_elsewhere = |(step, key): &At| key.depth() != plan.steps[*step].scope.len();
        failed.any(|(at, _)| !plan.steps[at.0].error_wired || lies_elsewhere(at))
    }
}

/// How an item leaves a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Emitted,
    /// Skipped, by a filter or a branch.
    Skipped,
    /// Skipped, because something failed further up.
    Upstream,
    /// Failed after so many tries.
    Failed(u32),
    /// It depends on a question that nobody answered.
    Open,
}
