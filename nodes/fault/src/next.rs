//! Gives the next number: as little work as a node can do.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct NextIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct NextOut {
    /// The one that follows.
    out: i64,
}

/// The node.
pub struct Next;

impl Node for Next {
    type Params = ();
    type In = NextIn;
    type Out = NextOut;

    fn about() -> About {
        About::new("fault.next", "Next", "Gives the next number.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: NextIn, _: &Ctx) -> Result<NextOut, NodeError> {
        Ok(NextOut { out: inputs.value.wrapping_add(1) })
    }
}
