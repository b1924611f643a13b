//! Mixes all numbers of a group in their order.

use windlass_core::prelude::*;

use crate::numbers::fold;

/// Inputs.
#[derive(Inputs)]
pub struct SumIn {
    /// A group of numbers.
    values: Collected<i64>,
}

/// Outputs.
#[derive(Outputs)]
pub struct SumOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Sum;

impl Node for Sum {
    type Params = ();
    type In = SumIn;
    type Out = SumOut;

    fn about() -> About {
        About::new("fault.sum", "Sum", "Mixes all numbers of a group in their order.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SumIn, _: &Ctx) -> Result<SumOut, NodeError> {
        let numbers = inputs.values.iter().collect::<Result<Vec<_>, _>>()?;
        Ok(SumOut { out: fold(numbers) })
    }
}
