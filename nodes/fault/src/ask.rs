//! Asks a person for a number and mixes it in.

use windlass_core::context::Question;
use windlass_core::prelude::*;
use windlass_core::types::Type;

use crate::numbers::{mix, one_in};

/// Parameters.
#[derive(Params)]
pub struct AskParams {
    /// One in so many numbers asks, the others pass; none asks where it is 0.
    #[param(default = 1, min = 0)]
    ask: i64,
    /// One in so many numbers fails, once it has its answer; none does where it is 0.
    #[param(default = 0, min = 0)]
    refuse: i64,
}

/// Inputs.
#[derive(Inputs)]
pub struct AskIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct AskOut {
    /// Another number.
    out: i64,
}

/// The node.
pub struct Ask;

impl Node for Ask {
    type Params = AskParams;
    type In = AskIn;
    type Out = AskOut;

    fn about() -> About {
        About::new("fault.ask", "Ask", "Asks a person for a number and mixes it in.").reads()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: AskParams, inputs: AskIn, ctx: &Ctx) -> Result<AskOut, NodeError> {
        let mut out = inputs.value;
        if one_in(out, params.ask) {
            let question = Question::new(format!("which number goes with {out}?"), &Type::int());
            let answer: i64 = windlass_core::value::FromValue::from_value(ctx.ask(question)?)?;
            out = mix(out, answer);
        }
        if one_in(inputs.value, params.refuse) {
            return Err(NodeError::new(format!("{} is refused", inputs.value)));
        }
        Ok(AskOut { out })
    }
}
