//! Takes the first number that did not fail.

use windlass_core::prelude::*;

use crate::numbers::mix;

/// Inputs.
#[derive(Inputs)]
pub struct FallbackIn {
    /// Numbers, the first one first.
    #[port(variadic, ty = "int")]
    values: Vec<i64>,
}

/// Outputs.
#[derive(Outputs)]
pub struct FallbackOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Fallback;

impl Node for Fallback {
    type Params = ();
    type In = FallbackIn;
    type Out = FallbackOut;

    fn about() -> About {
        About::new("fault.fallback", "Fallback", "Takes the first number that did not fail.")
            .tolerates(windlass_core::spec::Tolerance::Failures)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: FallbackIn, _: &Ctx) -> Result<FallbackOut, NodeError> {
        let count = i64::try_from(inputs.values.len()).unwrap_or(i64::MAX);
        let first = inputs.values.first().ok_or_else(|| NodeError::new("fired without a value"))?;
        Ok(FallbackOut { out: mix(*first, count) })
    }
}
