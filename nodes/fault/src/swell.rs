//! Makes a large text of a number, large enough to be counted against the memory of a run.

use windlass_core::prelude::*;

/// Parameters.
#[derive(Params)]
pub struct SwellParams {
    /// Size of the text in bytes.
    #[param(default = 5000, min = 0, unit = "bytes")]
    size: usize,
}

/// Inputs.
#[derive(Inputs)]
pub struct SwellIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct SwellOut {
    /// The number with leading zeros.
    out: String,
}

/// The node.
pub struct Swell;

impl Node for Swell {
    type Params = SwellParams;
    type In = SwellIn;
    type Out = SwellOut;

    fn about() -> About {
        About::new("fault.swell", "Swell", "Makes a large text of a number.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: SwellParams, inputs: SwellIn, _: &Ctx) -> Result<SwellOut, NodeError> {
        Ok(SwellOut { out: format!("{:0size$}", inputs.value, size = params.size.min(65_535)) })
    }
}
