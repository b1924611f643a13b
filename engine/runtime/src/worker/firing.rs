//! A firing, from what it is begun with to what came of it.

use std::sync::Arc;
use std::time::Duration;

use windlass_core::key::Place;
use windlass_core::node::{Child, Emission, ErasedChildren, InOrder, NodeError};
use windlass_core::plan::StepId;

use super::Retry;
use crate::chain::Ahead;
use crate::credits::{Permit, Token};
use crate::lease::Lease;
use crate::recall::Known;
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
    /// Whether it was done before, and only what it gave is wanted again.
    pub is_again: bool,
    /// What it depends on, where that is known.
    pub known: Option<Box<Known>>,
    /// What its inputs hold stays counted until it has come to its end.
    pub _held: Slots,
}

impl Firing {
    /// Makes the firing of an item for the first time.
    pub fn first(step: StepId, place: Arc<Place>, token: Option<Arc<Token>>, retry: Retry) -> Self {
        let _held = Slots::new();
        Self { step, place, token, slot: None, retry, said: 0, fed: None, is_again: false, known: None, _held }
    }

    /// Makes a firing that was done before.
    pub fn again(step: StepId, place: Arc<Place>, retry: Retry) -> Self {
        Self { is_again: true, ..Self::first(step, place, None, retry) }
    }

    /// Ends the firing; what its inputs hold is not counted any more.
    pub fn end(self, result: FiringResult, took: Duration, lease: Option<Lease>) -> FiringEnd {
        let Self { step, place, token, slot, retry, .. } = self;
        FiringEnd { step, place, token, slot, result, retry, took, lease }
    }
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
    /// It would have to be done, and nothing is to be.
    Unknown,
    /// The run is being stopped; the item stays open.
    Open,
}

/// What a firing gave.
#[derive(Default)]
pub struct Gave {
    /// Values and skips by port.
    pub emission: Emission,
    /// Children that are all there.
    pub children: Vec<Child>,
    /// Children that come as they are asked for.
    pub stream: Option<ErasedChildren>,
    /// What has been made of a value already.
    pub ahead: Option<Ahead>,
    /// Whether all of it was given before, and the code was not called.
    pub is_recalled: bool,
    /// Whether it is recorded already.
    pub is_kept: bool,
    /// How many of the children were found before.
    pub recorded: u64,
}

impl Gave {
    /// Wraps what a firing without children gave.
    pub fn of(emission: Emission) -> Self {
        Self { emission, ..Self::default() }
    }
}

impl std::fmt::Debug for Gave {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gave").field("ports", &self.emission.ports).finish_non_exhaustive()
    }
}
