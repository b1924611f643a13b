//! What a firing needs to be tried again.

use windlass_core::node::NodeError;
use windlass_core::plan::Step;
use windlass_core::value::{Attempt, Bag};

/// What a firing needs to be tried again, and what is known about the tries so far.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    /// Parameters and inputs.
    pub bag: Bag,
    /// Failed tries so far.
    pub failed: Vec<Attempt>,
    /// Children that a replay must not send again.
    pub skip: u64,
    /// The names of those children, as one number.
    pub names: u64,
    /// What is told of what it was given, where that was let go: it goes on, and cannot begin anew.
    pub told: Option<Vec<(String, String)>>,
}

impl Retry {
    /// Returns a firing that was not tried yet.
    pub fn first(bag: Bag) -> Self {
        Self { bag, ..Self::default() }
    }

    /// Returns a firing that goes on without what it was given.
    pub fn without(step: &Step, bag: &Bag) -> Self {
        Self { told: Some(told(step, bag)), ..Self::default() }
    }

    /// Returns whether what it was given was let go.
    pub fn has_let_go(&self) -> bool {
        self.told.is_some()
    }

    /// Returns what is told of what it was given, by input.
    pub fn inputs(&self, step: &Step) -> Vec<(String, String)> {
        self.told.clone().unwrap_or_else(|| told(step, &self.bag))
    }

    /// Makes an error final that wants a firing to begin anew which cannot.
    pub fn explained(&self, error: NodeError) -> NodeError {
        let begins_anew = error.is_disk_full() || error.question().is_some();
        match begins_anew && self.has_let_go() {
            true => NodeError::because(ANEW, &error).hint(HINT).permanent(),
            false => error,
        }
    }
}

const ANEW: &str = "it would have to begin anew, and what it was given was let go when it had made its last file";
const HINT: &str = "the node is at fault: what it saves with `save_last` has to be the last thing that it does";

fn told(step: &Step, bag: &Bag) -> Vec<(String, String)> {
    let is_input = |name: &str| step.inputs.iter().any(|input| *input.name == *name);
    bag.iter().filter(|(name, _)| is_input(name)).map(|(name, value)| (name.to_owned(), value.summary())).collect()
}
