//! Mixes several numbers in their order.

use windlass_core::prelude::*;

use crate::numbers::fold;

/// Inputs.
#[derive(Inputs)]
pub struct JoinIn {
    /// Numbers.
    #[port(variadic, ty = "int")]
    values: Vec<i64>,
}

/// Outputs.
#[derive(Outputs)]
pub struct JoinOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Join;

impl Node for Join {
    type Params = ();
    type In = JoinIn;
    type Out = JoinOut;

    fn about() -> About {
        About::new("fault.join", "Join", "Mixes several numbers in their order.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: JoinIn, _: &Ctx) -> Result<JoinOut, NodeError> {
        Ok(JoinOut { out: fold(inputs.values) })
    }
}
