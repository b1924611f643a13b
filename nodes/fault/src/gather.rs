//! Mixes all numbers of a group with one beside it.

use windlass_core::prelude::*;

use crate::numbers::{fold, mix};

/// Inputs.
#[derive(Inputs)]
pub struct GatherIn {
    /// A group of numbers.
    values: Collected<i64>,
    /// A number beside the group.
    beside: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct GatherOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Gather;

impl Node for Gather {
    type Params = ();
    type In = GatherIn;
    type Out = GatherOut;

    fn about() -> About {
        About::new("fault.gather", "Gather", "Mixes all numbers of a group with one beside it.").io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: GatherIn, _: &Ctx) -> Result<GatherOut, NodeError> {
        let numbers = inputs.values.iter().collect::<Result<Vec<_>, _>>()?;
        Ok(GatherOut { out: mix(fold(numbers), inputs.beside) })
    }
}
