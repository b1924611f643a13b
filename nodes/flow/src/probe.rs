//! Says what passes.

use windlass_core::prelude::*;

/// What to say.
#[derive(Params)]
pub struct Settings {
    /// Words put before each line.
    #[param(default = "")]
    label: String,
}

/// What passes.
#[derive(Inputs)]
pub struct In {
    /// Any value.
    #[port(same = "T")]
    value: Value,
}

/// What passed.
#[derive(Outputs)]
pub struct Out {
    /// The same value.
    #[port(same = "T")]
    value: Value,
    /// The value in a few words.
    summary: String,
}

/// `flow.probe`
pub struct Probe;

impl Node for Probe {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.probe",
            "Probe",
            "Hands each value on unchanged, and logs and shows what it is: type, size in memory, a few words. \
             A text is quoted in part, so keep it away from personal data.",
        )
        .search(&["debug", "print", "log", "inspect", "tap"])
        .example(EXAMPLE)
        .sample(Sample::new().input("value", Value::text("hello")))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let value = inputs.value;
        let summary = value.summary();
        ctx.log(line(&params.label, &value, &summary));
        ctx.preview(value.clone());
        Ok(Out { value, summary })
    }
}

fn line(label: &str, value: &Value, summary: &str) -> String {
    let gap = if label.is_empty() { "" } else { ": " };
    format!("{label}{gap}{} of {} bytes, {summary}", value.type_of(), value.size_bytes())
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
look:
  kind: flow.probe
  params: { label: number }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn the_value_passes_and_is_described() {
        let gave = Harness::of::<Probe>().param("label", "before").input("value", Value::text("hi")).fire().unwrap();
        assert_eq!(gave.get::<String>("value"), Ok("hi".into()));
        assert_eq!(gave.get::<String>("summary"), Ok("\"hi\"".into()));
        assert!(gave.logs().iter().any(|line| line.starts_with("before: text of ")), "{:?}", gave.logs());
        assert_eq!(gave.previews().len(), 1);
    }

    #[test]
    fn little_is_said_of_a_large_value_and_what_is_not_wired_is_refused() {
        let large = Value::text("x".repeat(8 << 20));
        let gave = Harness::of::<Probe>().input("value", large).fire().unwrap();
        assert!(gave.logs()[0].len() < 400 && gave.get::<String>("summary").unwrap().len() < 400);
        let error = Harness::of::<Probe>().fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `value` is not wired");
    }
}
