//! Makes several numbers of one after waiting for a while; it can be replayed.

use windlass_core::prelude::*;

use crate::children::{From, Making, Many, make};
use crate::tries::Tries;

/// The node.
pub struct Stream(Tries);

impl Node for Stream {
    type Params = Making;
    type In = From;
    type Out = Many;

    fn about() -> About {
        About::new(
            "fault.stream",
            "Stream",
            "Makes several numbers of one after waiting for a while; it can be replayed.",
        )
        .reads()
        .io()
        .split(true)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, making: Making, inputs: From, ctx: &Ctx) -> Result<Many, NodeError> {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        Ok(make(&making, inputs.value, &self.0, ctx))
    }
}
