//! Mixes the numbers of a group in their order: what it has so far for each, and all of them at the end.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};
use crate::tries::Tries;

/// Parameters.
#[derive(Params)]
pub struct Settings {
    /// One in so many numbers is refused at every try; none is where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
    /// How many tries of each item fail.
    #[param(default = 0, min = 0)]
    flaky: i64,
    /// The end of a group with so many numbers fails; none does where it is 0.
    #[param(default = 0, min = 0, static)]
    refuse_end: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct In {
    /// A number.
    value: i64,
}

/// What is given for each number.
#[derive(Outputs)]
pub struct Out {
    /// The mix so far.
    out: i64,
}

/// What is given for the group.
#[derive(Default, Outputs)]
pub struct End {
    /// The mix of all, and of how many there are.
    total: i64,
}

/// The node.
pub struct Tally {
    tries: Tries,
    refuse_end: i64,
}

/// What is known of a group.
#[derive(Clone, Default)]
pub struct Known {
    mixed: i64,
    count: i64,
}

impl Ordered for Tally {
    type Params = Settings;
    type In = In;
    type Out = Out;
    type End = End;
    type State = Known;

    fn about() -> About {
        About::new("fault.tally", "Tally", "Mixes the numbers of a group in their order.").reads()
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let refuse_end = statics.get("refuse_end").and_then(|json| json.as_i64()).unwrap_or(0);
        Ok(Self { tries: Tries::default(), refuse_end })
    }

    async fn fire(
        &self,
        known: &Known,
        params: Settings,
        inputs: In,
        ctx: &Ctx,
    ) -> Result<Turn<Out, Known>, NodeError> {
        if params.flaky > 0 && self.tries.next(ctx) <= params.flaky {
            return Err(NodeError::new("it is too early"));
        }
        if one_in(inputs.value, params.refuse) {
            return Err(NodeError::new(format!("{} is refused", inputs.value)));
        }
        let out = mix(known.mixed, inputs.value);
        Ok(Turn::new(Out { out }).change(move |known: &mut Known| {
            known.mixed = out;
            known.count += 1;
        }))
    }

    fn end(&self, known: &Known, _: &Ctx) -> Result<End, NodeError> {
        if self.refuse_end > 0 && known.count == self.refuse_end {
            return Err(NodeError::new(format!("{} numbers are refused", known.count)));
        }
        Ok(End { total: mix(known.mixed, known.count) })
    }
}
