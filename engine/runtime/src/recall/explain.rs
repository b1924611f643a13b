//! A run that only finds out what would run: nothing is computed but light steps, nothing is read but listings, nothing is written.

use windlass_core::key::Place;
use windlass_core::plan::{Step, StepId};
use windlass_core::spec::{Cost, Purity};

use super::Known;

/// Is told what would run.
pub trait Explain: Send + Sync {
    /// Takes note of a firing of which no result is found. Without `known` it is not known what it depends on, because that is not
    /// computed yet, or cannot be read.
    fn missed(&self, step: StepId, place: &Place, known: Option<&Known>);
}

/// Returns whether a step fires although nothing is to run: it says what there is, and is not heavy.
pub fn fires_anyway(step: &Step) -> bool {
    let is_light = step.spec.is_split() || step.spec.cost == Cost::Light;
    step.spec.purity == Purity::Reads && is_light && step.spec.permissions.is_empty()
}
