//! Gives a text away in every way that a node has.

use windlass_core::prelude::*;

/// Parameters.
#[derive(Params)]
pub struct TellParams {
    /// What to give away.
    text: String,
    /// How.
    #[param(default = "output")]
    how: How,
}

/// How a text is given away.
#[derive(Clone, Copy, Choice)]
pub enum How {
    /// As a value.
    Output,
    /// In an error with causes and a hint.
    Error,
    /// In the message of a panic.
    Panic,
    /// In the log, and as a reason to skip.
    Log,
    /// Cut off in the middle.
    Cut,
    /// As a member of a list that is not there.
    Quote,
}

/// Inputs.
#[derive(Inputs)]
pub struct TellIn {
    /// Any value; it lets the node fire.
    #[port(optional)]
    after: Option<Value>,
}

/// Outputs.
#[derive(Outputs)]
pub struct TellOut {
    /// The text.
    text: Gate<String>,
}

/// The node.
pub struct Tell;

impl Node for Tell {
    type Params = TellParams;
    type In = TellIn;
    type Out = TellOut;

    fn about() -> About {
        About::new("fault.tell", "Tell", "Gives a text away in every way that a node has.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: TellParams, inputs: TellIn, ctx: &Ctx) -> Result<TellOut, NodeError> {
        let TellParams { text, how } = params;
        drop(inputs.after);
        match how {
            How::Output => Ok(TellOut { text: Gate::Open(text) }),
            How::Error => Err(NodeError::new(format!("no luck with {text}"))
                .within(format!("the server refused `{text}`"))
                .hint(format!("is {text} right?"))),
            How::Panic => panic!("fault kit: {text}"),
            How::Log => {
                ctx.log(format!("trying {text}"));
                ctx.preview(Value::text(&text));
                Ok(TellOut { text: Gate::Shut(format!("nothing came of {text}").into()) })
            }
            How::Cut => Err(NodeError::new(format!("found `{}…`", text.chars().take(9).collect::<String>()))),
            How::Quote => Err(NodeError::new(format!("found {text:?} and {}", windlass_core::json!(text)))),
        }
    }
}
