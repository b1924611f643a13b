//! Panics for some numbers where its inputs are joined.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};

/// Parameters.
#[derive(Params)]
pub struct PanicParams {
    /// One in so many numbers makes it panic; none does where it is 0.
    #[param(default = 1, min = 0)]
    refuse: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct PanicIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct PanicOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Panic;

impl Node for Panic {
    type Params = PanicParams;
    type In = PanicIn;
    type Out = PanicOut;

    fn about() -> About {
        About::new("fault.panic", "Panic", "Panics for some numbers where its inputs are joined.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: PanicParams, inputs: PanicIn, _: &Ctx) -> Result<PanicOut, NodeError> {
        assert!(!one_in(inputs.value, params.refuse), "fault kit: {} makes it panic", inputs.value);
        Ok(PanicOut { out: mix(inputs.value, 2) })
    }
}
