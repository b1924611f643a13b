//! Mixes what a large text says with a number.

use windlass_core::prelude::*;

use crate::numbers::mix;

/// Inputs.
#[derive(Inputs)]
pub struct WeighIn {
    /// A number with leading zeros.
    text: String,
    /// A number beside it.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct WeighOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Weigh;

impl Node for Weigh {
    type Params = ();
    type In = WeighIn;
    type Out = WeighOut;

    fn about() -> About {
        About::new("fault.weigh", "Weigh", "Mixes what a large text says with a number.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: WeighIn, _: &Ctx) -> Result<WeighOut, NodeError> {
        let text = inputs.text.parse().map_err(|error| NodeError::because("the text is no number", &error))?;
        Ok(WeighOut { out: mix(text, inputs.value) })
    }
}
