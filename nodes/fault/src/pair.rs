//! Mixes two numbers on the compute pool.

use windlass_core::prelude::*;

use crate::numbers::mix;

/// Inputs.
#[derive(Inputs)]
pub struct PairIn {
    /// A number.
    left: i64,
    /// Another number.
    right: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct PairOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Pair;

impl Node for Pair {
    type Params = ();
    type In = PairIn;
    type Out = PairOut;

    fn about() -> About {
        About::new("fault.pair", "Pair", "Mixes two numbers on the compute pool.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: PairIn, _: &Ctx) -> Result<PairOut, NodeError> {
        Ok(PairOut { out: mix(inputs.left, inputs.right) })
    }
}
