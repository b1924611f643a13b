//! Blocks its thread until it is cancelled.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct HangIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct HangOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Hang;

impl Node for Hang {
    type Params = ();
    type In = HangIn;
    type Out = HangOut;

    fn about() -> About {
        About::new("fault.hang", "Hang", "Blocks its thread until it is cancelled.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: HangIn, ctx: &Ctx) -> Result<HangOut, NodeError> {
        while !ctx.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Err(NodeError::cancelled().within(format!("{} was waited for in vain", inputs.value)))
    }
}
