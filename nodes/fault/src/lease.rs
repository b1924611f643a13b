//! Asks for more cores and memory than there are.

use windlass_core::prelude::*;
use windlass_core::spec::Needs;

use crate::numbers::mix;

/// Inputs.
#[derive(Inputs)]
pub struct LeaseIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct LeaseOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Lease;

impl Node for Lease {
    type Params = ();
    type In = LeaseIn;
    type Out = LeaseOut;

    fn about() -> About {
        About::new("fault.lease", "Lease", "Asks for more cores and memory than there are.").cpu().needs(Needs {
            cores: 1_000,
            memory_bytes: 1 << 60,
            device: false,
        })
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: LeaseIn, _: &Ctx) -> Result<LeaseOut, NodeError> {
        Ok(LeaseOut { out: mix(inputs.value, 3) })
    }
}
