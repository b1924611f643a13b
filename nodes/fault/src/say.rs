//! Writes its number to the log of the item.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct SayIn {
    /// A number.
    value: i64,
}

/// The node.
pub struct Say;

impl Node for Say {
    type Params = ();
    type In = SayIn;
    type Out = ();

    fn about() -> About {
        About::new("fault.say", "Say", "Writes its number to the log of the item.").writes()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SayIn, ctx: &Ctx) -> Result<(), NodeError> {
        ctx.log(inputs.value.to_string());
        Ok(())
    }
}
