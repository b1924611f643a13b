//! Asks a person about each item.

use windlass_core::context::Question;
use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::types::Type;

/// What is asked.
#[derive(Params)]
pub struct Settings {
    /// The question: `Keep this one?`. Wired, it may say more about each item.
    question: String,
    /// The type of the answer: `text`, `bool`, `int(1..5)`, `text("keep"|"drop")`.
    #[param(static, default = "text")]
    answers: String,
}

/// `flow.ask`
pub struct Ask(Type);

impl Node for Ask {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.ask",
            "Ask",
            "Asks a person about each item, and gives the answer. The item waits; all that does not need the answer goes \
             on. `windlass answer` answers; a run that nobody answers ends with exit code 5.",
        )
        .reads()
        .search(&["question", "approve", "review", "human", "prompt", "confirm"])
        .example(EXAMPLE)
        .sample(Sample::new().param("question", "Keep this one?").param("answers", "bool"))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        answers(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let doc = "What is asked about; unwired, the question is asked once.";
        spec.inputs.push(PortSpec { optional: true, ..PortSpec::new("value", Type::Any, doc) });
        spec.outputs.push(PortSpec::new("answer", answers(statics)?, "What the person answered."));
        Ok(())
    }

    async fn fire(&self, params: Settings, _: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let answer = ctx.ask(Question::new(params.question, &self.0))?;
        let mut out = Emission::default();
        out.value("answer", answer);
        Ok(out)
    }
}

fn answers(statics: &Statics) -> Result<Type, NodeError> {
    let text = statics.get("answers").and_then(serde_json::Value::as_str).unwrap_or("text");
    let ty: Type = text.parse().map_err(|error| NodeError::because("parameter `answers`", &error))?;
    match is_typed(&ty) {
        true => Ok(ty),
        false => Err(NodeError::new(format!("parameter `answers` is `{ty}`, which nobody can type"))
            .hint("use `text`, `bool`, `int`, `float`, `json`, or a choice like `text(\"keep\"|\"drop\")`")),
    }
}

/// Returns whether a person can type values of a type.
fn is_typed(ty: &Type) -> bool {
    ty.members()
        .iter()
        .all(|member| matches!(member, Type::Bool | Type::Int(..) | Type::Float(..) | Type::Text(_) | Type::Json))
}

const EXAMPLE: &str = r#"
choice:
  kind: flow.ask
  params: { question: "Which of them?", answers: 'text("first"|"second")' }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench() -> Harness {
        Harness::of::<Ask>().param("question", "How many?").param("answers", "int(1..5)")
    }

    #[test]
    fn it_asks_until_there_is_an_answer() {
        let error = bench().fire().err().unwrap();
        let question = error.question().unwrap();
        assert_eq!((question.text(), question.answers()), ("How many?", "int(1..5)"));
        assert_eq!(bench().answer(3).fire().unwrap().get::<i64>("answer"), Ok(3));
    }

    #[test]
    fn answers_must_be_of_a_type_that_can_be_typed() {
        let cause = |ty: &str| bench().param("answers", ty).open().err().map(|error| error.to_string());
        assert!(cause("image").unwrap().contains("nobody can type"));
        assert!(cause("itn").unwrap().contains("did you mean `int`?"));
        assert_eq!(cause("text(\"a\"|\"b\")"), None);
    }
}
