//! Mixes a number with another one and depends on nothing else, so that it may be fused; fails, drops and waits when
//! told to.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};

/// Parameters.
#[derive(Params)]
pub struct LightParams {
    /// The number to mix in.
    #[param(default = 1)]
    salt: i64,
    /// One in so many numbers is refused; none is where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
    /// One in so many numbers is dropped; none is where it is 0.
    #[param(default = 0, min = 0)]
    drop: i64,
    /// For one in so many numbers the code waits, which light code should not; for none where it is 0.
    #[param(default = 0, min = 0)]
    wait: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct LightIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct LightOut {
    /// The mixed number, if it was not dropped.
    out: Gate<i64>,
}

/// The node.
pub struct Light;

impl Node for Light {
    type Params = LightParams;
    type In = LightIn;
    type Out = LightOut;

    fn about() -> About {
        About::new("fault.light", "Light", "Mixes a number with another one, and depends on nothing else.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: LightParams, inputs: LightIn, _: &Ctx) -> Result<LightOut, NodeError> {
        let LightIn { value } = inputs;
        if one_in(value, params.wait) {
            tokio::task::yield_now().await;
        }
        if one_in(value, params.refuse) {
            return Err(NodeError::new(format!("{value} is refused")));
        }
        let mixed = mix(value, params.salt);
        Ok(LightOut { out: if one_in(value, params.drop) { Gate::Shut("dropped".into()) } else { Gate::Open(mixed) } })
    }
}
