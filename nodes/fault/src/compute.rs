//! Mixes a number with another one on the compute pool, and fails when told to.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};
use crate::tries::Tries;

/// Parameters.
#[derive(Params)]
pub struct ComputeParams {
    /// The number to mix in.
    #[param(default = 1)]
    salt: i64,
    /// One in so many numbers is refused at every try; none is where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
    /// How many tries of each item fail.
    #[param(default = 0, min = 0)]
    flaky: i64,
    /// How long each try takes, in microseconds.
    #[param(default = 0, min = 0, unit = "µs")]
    busy_us: u64,
}

/// Inputs.
#[derive(Inputs)]
pub struct ComputeIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct ComputeOut {
    /// The mixed number.
    out: i64,
}

/// The node.
pub struct Compute(Tries);

impl Node for Compute {
    type Params = ComputeParams;
    type In = ComputeIn;
    type Out = ComputeOut;

    fn about() -> About {
        About::new("fault.compute", "Compute", "Mixes a number with another one on the compute pool.").reads().cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, params: ComputeParams, inputs: ComputeIn, ctx: &Ctx) -> Result<ComputeOut, NodeError> {
        if params.busy_us > 0 {
            std::thread::sleep(std::time::Duration::from_micros(params.busy_us));
        }
        if params.flaky > 0 && self.0.next(ctx) <= params.flaky {
            return Err(NodeError::new("it is too early"));
        }
        if one_in(inputs.value, params.refuse) {
            return Err(NodeError::new(format!("{} is refused", inputs.value)));
        }
        Ok(ComputeOut { out: mix(inputs.value, params.salt) })
    }
}
