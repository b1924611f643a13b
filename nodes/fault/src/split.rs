//! Makes several numbers of one, or of none; it can be replayed.

use windlass_core::prelude::*;

use crate::children::{From, Making, Many, make};
use crate::tries::Tries;

/// The node.
pub struct Split(Tries);

impl Node for Split {
    type Params = Making;
    type In = From;
    type Out = Many;

    fn about() -> About {
        About::new("fault.split", "Split", "Makes several numbers of one, or of none; it can be replayed.")
            .reads()
            .split(true)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, making: Making, inputs: From, ctx: &Ctx) -> Result<Many, NodeError> {
        Ok(make(&making, inputs.value, &self.0, ctx))
    }
}
