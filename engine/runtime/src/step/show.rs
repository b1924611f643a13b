//! Shows the newest values that a step gave to whoever looks at the run; does nothing where nobody does.

use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::node::Outcome;
use windlass_core::plan::StepId;
use windlass_core::types::Type;
use windlass_core::value::{Bag, Value};

use super::Step;
use crate::block::Block;

impl Step {
    pub(super) fn show(&self, step: StepId, port: &str, place: &Arc<Place>, value: &Value) {
        if let Some(peeks) = &self.shared.peeks {
            peeks.given(step, port, place, value);
        }
    }

    /// Shows what an item was given, where that is a picture.
    pub(super) fn show_before(&self, place: &Arc<Place>, given: &Bag) {
        let Some(peeks) = &self.shared.peeks else { return };
        if let Some((_, picture)) = given.iter().find(|(_, value)| value.type_of() == Type::Image) {
            peeks.was_given(self.id, place, picture);
        }
    }

    /// Shows the last of the siblings that have a value.
    pub(super) fn show_last(&self, step: StepId, port: &str, block: &Block) {
        let Some(peeks) = &self.shared.peeks else { return };
        let values = block.cells.iter().enumerate().rev();
        let last = values.filter_map(|(at, cell)| match cell {
            Some(Outcome::Value(value)) => Some((at, value)),
            _ => None,
        });
        for (at, value) in last.take(1) {
            peeks.given(step, port, &block.group.child(block.first + at as u64, None), value);
        }
    }
}
