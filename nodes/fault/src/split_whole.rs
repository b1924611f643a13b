//! Makes several numbers of one on the compute pool; it cannot be replayed.

use windlass_core::prelude::*;

use crate::children::{From, Making, Many, make};
use crate::tries::Tries;

/// The node.
pub struct SplitWhole(Tries);

impl Node for SplitWhole {
    type Params = Making;
    type In = From;
    type Out = Many;

    fn about() -> About {
        About::new(
            "fault.split_whole",
            "Split whole",
            "Makes several numbers of one on the compute pool; it cannot be replayed.",
        )
        .reads()
        .cpu()
        .split(false)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, making: Making, inputs: From, ctx: &Ctx) -> Result<Many, NodeError> {
        Ok(make(&making, inputs.value, &self.0, ctx))
    }
}
