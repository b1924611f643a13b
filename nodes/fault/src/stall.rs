//! Waits for ever without holding a thread.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct StallIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct StallOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Stall;

impl Node for Stall {
    type Params = ();
    type In = StallIn;
    type Out = StallOut;

    fn about() -> About {
        About::new("fault.stall", "Stall", "Waits for ever without holding a thread.").io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: StallIn, _: &Ctx) -> Result<StallOut, NodeError> {
        std::future::pending::<()>().await;
        Ok(StallOut { out: inputs.value })
    }
}
