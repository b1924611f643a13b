//! Sends each number down one of two branches.

use windlass_core::prelude::*;

/// Inputs.
#[derive(Inputs)]
pub struct SwitchIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct SwitchOut {
    /// The even ones.
    even: Gate<i64>,
    /// The odd ones.
    odd: Gate<i64>,
}

/// The node.
pub struct Switch;

impl Node for Switch {
    type Params = ();
    type In = SwitchIn;
    type Out = SwitchOut;

    fn about() -> About {
        About::new("fault.switch", "Switch", "Sends each number down one of two branches.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SwitchIn, _: &Ctx) -> Result<SwitchOut, NodeError> {
        let (open, shut) = (Gate::Open(inputs.value), Gate::Shut("branch not taken".into()));
        let (even, odd) = if inputs.value % 2 == 0 { (open, shut) } else { (shut, open) };
        Ok(SwitchOut { even, odd })
    }
}
