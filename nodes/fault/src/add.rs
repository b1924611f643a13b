//! Mixes a number with another one, in no time, and fails when told to.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};
use crate::tries::Tries;

/// Parameters.
#[derive(Params)]
pub struct AddParams {
    /// The number to mix in.
    #[param(default = 1)]
    salt: i64,
    /// One in so many numbers is refused at every try; none is where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
    /// How many tries of each item fail.
    #[param(default = 0, min = 0)]
    flaky: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct AddIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct AddOut {
    /// The mixed number.
    out: i64,
}

/// The node.
pub struct Add(Tries);

impl Node for Add {
    type Params = AddParams;
    type In = AddIn;
    type Out = AddOut;

    fn about() -> About {
        About::new("fault.add", "Add", "Mixes a number with another one, in no time.").reads()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Tries::default()))
    }

    async fn fire(&self, params: AddParams, inputs: AddIn, ctx: &Ctx) -> Result<AddOut, NodeError> {
        if params.flaky > 0 && self.0.next(ctx) <= params.flaky {
            return Err(NodeError::new("it is too early"));
        }
        if one_in(inputs.value, params.refuse) {
            return Err(NodeError::new(format!("{} is refused", inputs.value)));
        }
        Ok(AddOut { out: mix(inputs.value, params.salt) })
    }
}
