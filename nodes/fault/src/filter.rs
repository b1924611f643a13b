//! Lets some numbers pass.

use windlass_core::prelude::*;

use crate::numbers::one_in;

/// Parameters.
#[derive(Params)]
pub struct FilterParams {
    /// One in so many numbers is dropped; none is where it is 0.
    #[param(default = 2, min = 0)]
    drop: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct FilterIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct FilterOut {
    /// The number, if it passes.
    out: Gate<i64>,
}

/// The node.
pub struct Filter;

impl Node for Filter {
    type Params = FilterParams;
    type In = FilterIn;
    type Out = FilterOut;

    fn about() -> About {
        About::new("fault.filter", "Filter", "Lets some numbers pass.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: FilterParams, inputs: FilterIn, _: &Ctx) -> Result<FilterOut, NodeError> {
        let out =
            if one_in(inputs.value, params.drop) { Gate::Shut("filtered".into()) } else { Gate::Open(inputs.value) };
        Ok(FilterOut { out })
    }
}
