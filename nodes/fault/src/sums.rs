//! Mixes the numbers of two groups.

use windlass_core::prelude::*;

use crate::numbers::{fold, mix};

/// Inputs.
#[derive(Inputs)]
pub struct SumsIn {
    /// A group of numbers.
    left: Collected<i64>,
    /// A group of numbers.
    right: Collected<i64>,
}

/// Outputs.
#[derive(Outputs)]
pub struct SumsOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Sums;

impl Node for Sums {
    type Params = ();
    type In = SumsIn;
    type Out = SumsOut;

    fn about() -> About {
        About::new("fault.sums", "Sums", "Mixes the numbers of two groups.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SumsIn, _: &Ctx) -> Result<SumsOut, NodeError> {
        let left = inputs.left.iter().collect::<Result<Vec<_>, _>>()?;
        let right = inputs.right.iter().collect::<Result<Vec<_>, _>>()?;
        Ok(SumsOut { out: mix(fold(left), fold(right)) })
    }
}
