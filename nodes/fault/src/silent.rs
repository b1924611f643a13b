//! Never gives anything.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct SilentIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct SilentOut {
    /// Nothing.
    out: Gate<i64>,
}

/// The node.
pub struct Silent;

impl Node for Silent {
    type Params = ();
    type In = SilentIn;
    type Out = SilentOut;

    fn about() -> About {
        About::new("fault.silent", "Silent", "Never gives anything.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SilentIn, _: &Ctx) -> Result<SilentOut, NodeError> {
        Ok(SilentOut { out: Gate::Shut(format!("nothing to say about {}", inputs.value).into()) })
    }
}
