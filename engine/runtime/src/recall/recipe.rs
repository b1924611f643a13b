//! How a value is come by again: by the firing that gave it, with what that was given.

use std::sync::Arc;

use tokio::sync::Mutex;
use windlass_core::key::Place;
use windlass_core::plan::StepId;
use windlass_core::value::{Bag, Lazy};

/// The firing that gave a value.
pub struct Recipe {
    /// The step.
    pub step: StepId,
    /// The item.
    pub place: Arc<Place>,
    /// What it was given; large values are not there themselves.
    pub bag: Bag,
    /// The port that the value came on.
    pub port: Arc<str>,
    /// How long it takes to compute it again with all that is not kept of what it was given, in microseconds.
    pub cost_us: u64,
    /// Held by who computes it.
    pub turn: Mutex<()>,
}

/// Returns how a value is come by again.
pub fn recipe(lazy: &Lazy) -> Option<Arc<Recipe>> {
    lazy.origin().and_then(|origin| origin.clone().downcast().ok())
}
