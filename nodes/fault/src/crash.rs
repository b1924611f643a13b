//! Panics for some numbers on the compute pool.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};

/// Parameters.
#[derive(Params)]
pub struct CrashParams {
    /// One in so many numbers makes it panic; none does where it is 0.
    #[param(default = 1, min = 0)]
    refuse: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct CrashIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct CrashOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Crash;

impl Node for Crash {
    type Params = CrashParams;
    type In = CrashIn;
    type Out = CrashOut;

    fn about() -> About {
        About::new("fault.crash", "Crash", "Panics for some numbers on the compute pool.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: CrashParams, inputs: CrashIn, _: &Ctx) -> Result<CrashOut, NodeError> {
        assert!(!one_in(inputs.value, params.refuse), "fault kit: {} makes it panic", inputs.value);
        Ok(CrashOut { out: mix(inputs.value, 2) })
    }
}
