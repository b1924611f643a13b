//! A firing, from what it is begun with to what came of it.

use std::sync::Arc;
use std::time::Duration;

use windlass_core::key::Place;
use windlass_core::node::{Child, Emission, ErasedChildren, InOrder, NodeError};
use windlass_core::plan::StepId;
use windlass_core::value::{Attempt, Bag};

use crate::chain::Ahead;
use crate::credits::{Permit, Token};
use crate::lease::Lease;
use crate::step::{Asking, Slots};

/// A firing to be done.
pub struct Firing {
    /// The step.
    pub step: StepId,
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// Its slot.
    pub slot: Option<Permit>,
    /// What is known about its tries.
    pub retry: Retry,
    /// The last try that was said to begin.
    pub said: u32,
    /// What an ordered node is fed beside its inputs.
    pub fed: Option<InOrder>,
    /// What its inputs hold stays counted until it has come to its end.
    pub _held: Slots,
}

impl Firing {
    /// Ends the firing; what its inputs hold is not counted any more.
    pub fn end(self, result: FiringResult, took: Duration, lease: Option<Lease>) -> FiringEnd {
        let Self { step, place, token, slot, retry, .. } = self;
        FiringEnd { step, place, token, slot, result, retry, took, lease }
    }
}

/// What a firing needs to be tried again, and what is known about the tries so far.
#[derive(Clone)]
pub struct Retry {
    /// Parameters and inputs.
    pub bag: Bag,
    /// Failed tries so far.
    pub failed: Vec<Attempt>,
    /// Children that a replay must not send again.
    pub skip: u64,
    /// The names of those children, as one number.
    pub names: u64,
}

/// A firing that has come to its end.
pub struct FiringEnd {
    /// The step.
    pub step: StepId,
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// Its slot.
    pub slot: Option<Permit>,
    /// What came of it.
    pub result: FiringResult,
    /// What is known about its tries.
    pub retry: Retry,
    /// Time of the last try.
    pub took: Duration,
    /// The lease, where a test breaks the rule that it is given back first.
    pub lease: Option<Lease>,
}

/// What came of a firing.
pub enum FiringResult {
    /// It gave something.
    Gave(Gave),
    /// It failed for good.
    Failed(NodeError),
    /// It waits for a person.
    Asks(Box<Firing>, Asking),
    /// The run is being stopped; the item stays open.
    Open,
}

/// What a firing gave.
pub struct Gave {
    /// Values and skips by port.
    pub emission: Emission,
    /// Children that are all there.
    pub children: Vec<Child>,
    /// Children that come as they are asked for.
    pub stream: Option<ErasedChildren>,
    /// What has been made of a value already.
    pub ahead: Option<Ahead>,
}

impl Gave {
    /// Wraps what a firing without children gave.
    pub fn of(emission: Emission) -> Self {
        Self { emission, children: Vec::new(), stream: None, ahead: None }
    }
}

impl std::fmt::Debug for Gave {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gave").field("ports", &self.emission.ports).finish_non_exhaustive()
    }
}
