//! Takes the first number that was not skipped.

use windlass_core::prelude::*;

use crate::numbers::mix;

/// Inputs.
#[derive(Inputs)]
pub struct MergeIn {
    /// Numbers, the first one first.
    #[port(variadic, ty = "int")]
    values: Vec<i64>,
}

/// Outputs.
#[derive(Outputs)]
pub struct MergeOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Merge;

impl Node for Merge {
    type Params = ();
    type In = MergeIn;
    type Out = MergeOut;

    fn about() -> About {
        About::new("fault.merge", "Merge", "Takes the first number that was not skipped.")
            .tolerates(windlass_core::spec::Tolerance::Skips)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: MergeIn, _: &Ctx) -> Result<MergeOut, NodeError> {
        let count = i64::try_from(inputs.values.len()).unwrap_or(i64::MAX);
        let first = inputs.values.first().ok_or_else(|| NodeError::new("fired without a value"))?;
        Ok(MergeOut { out: mix(*first, count) })
    }
}
