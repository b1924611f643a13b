//! Children on their way from the code that makes them to the step that lets them out: what lies ready is taken together,
//! and nothing that is ready waits for what is not.

use std::sync::{Arc, Mutex, PoisonError};

use windlass_core::key::Key;
use windlass_core::node::Child;

use super::{StepRef, ToStep};

/// The children that have been made since a split was asked for more, and were not taken yet.
#[derive(Clone)]
pub struct Lot {
    made: Arc<Mutex<Vec<Child>>>,
    group: Key,
    step: StepRef,
}

impl Lot {
    /// Makes an empty lot for a group of a step.
    pub fn new(group: Key, step: StepRef) -> Self {
        Self { made: Arc::default(), group, step }
    }

    /// Adds a child, and tells the step of the first that lies there.
    pub fn add(&self, child: Child) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push(child);
        if made.len() == 1 {
            drop(made);
            self.step.tell(ToStep::Made { group: self.group.clone(), lot: self.clone() });
        }
    }

    /// Takes what lies ready.
    pub fn take(&self) -> Vec<Child> {
        std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether it is the same lot: code that came too late still has an old one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.made, &other.made)
    }
}
