//! Makes a number of a failure: of its step, its key and its tries.

use windlass_core::prelude::*;

use crate::numbers::{fold, mix};

/// Inputs.
#[derive(Inputs)]
pub struct RescueIn {
    /// What failed.
    failure: Arc<windlass_core::value::Failure>,
}

/// Outputs.
#[derive(Outputs)]
pub struct RescueOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Rescue;

impl Node for Rescue {
    type Params = ();
    type In = RescueIn;
    type Out = RescueOut;

    fn about() -> About {
        About::new("fault.rescue", "Rescue", "Makes a number of a failure: of its step, its key and its tries.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: RescueIn, _: &Ctx) -> Result<RescueOut, NodeError> {
        let failure = inputs.failure;
        let text = failure.step.bytes().chain(failure.key.bytes()).map(i64::from);
        let tries = i64::try_from(failure.attempts.len()).unwrap_or(i64::MAX);
        Ok(RescueOut { out: mix(fold(text), tries) })
    }
}
