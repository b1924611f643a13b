//! Mixes a number with another one after waiting for a while, and fails when told to.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};
use crate::tries::Tries;

/// Parameters.
#[derive(Params)]
pub struct WaitParams {
    /// The number to mix in.
    #[param(default = 1)]
    salt: i64,
    /// One in so many numbers is refused at every try; none is where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
    /// How many tries of each item fail.
    #[param(default = 0, min = 0)]
    flaky: i64,
    /// How long each try takes, in milliseconds.
    #[param(default = 1, min = 0, unit = "ms")]
    wait_ms: u64,
}

/// Inputs.
#[derive(Inputs)]
pub struct WaitIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct WaitOut {
    /// The mixed number.
    out: i64,
}

/// The node.
pub struct Wait(Tries);

impl Node for Wait {
    type Params = WaitParams;
    type In = WaitIn;
    type Out = WaitOut;

    fn about() -> About {
        About::new("fault.wait", "Wait", "Mixes a number with another one after waiting for a while.").reads().io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, params: WaitParams, inputs: WaitIn, ctx: &Ctx) -> Result<WaitOut, NodeError> {
        if params.wait_ms > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(params.wait_ms)).await;
        }
        if params.flaky > 0 && self.0.next(ctx) <= params.flaky {
            return Err(NodeError::new("it is too early"));
        }
        if one_in(inputs.value, params.refuse) {
            return Err(NodeError::new(format!("{} is refused", inputs.value)));
        }
        Ok(WaitOut { out: mix(inputs.value, params.salt) })
    }
}
