//! Fails items that are not as they have to be.

use windlass_core::expr::{Expr, Template};
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::shared;

/// What has to hold.
#[derive(Params)]
pub struct Settings {
    /// Condition over `value`, `name` (of the item), and whatever else it names, which becomes a port:
    /// `value.width >= 640`.
    #[param(static, default = "true")]
    that: String,
    /// What is said of an item for which it does not hold, a text with placeholders of the same names:
    /// `{{ name }} is only {{ value.width }} px wide`. The condition itself, where it is not given.
    #[param(static, default = "")]
    message: String,
}

/// `flow.assert`
pub struct Assert {
    that: Expr,
    text: String,
    message: Option<Template>,
}

impl Node for Assert {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.assert",
            "Assert",
            "Hands an item on unchanged where a condition holds, and fails it with a message where it does not. Where \
             `flow.filter` leaves out what is not wanted, this says that it should not have come.",
        )
        .search(&["check", "ensure", "require", "guard", "fail", "test", "validate"])
        .sample(Sample::new().param("that", "value > 1").input("value", Value::Int(2)))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let that = shared::expression(statics, "that")?;
        Ok(Self { that, text: statics.text("that")?.to_owned(), message: message(statics)? })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let that = statics.get("that").map(|_| shared::expression(statics, "that")).transpose()?;
        let message = if statics.get("message").is_some() { message(statics)? } else { None };
        let names = that.iter().flat_map(Expr::names).chain(message.iter().flat_map(Template::names));
        shared::add_inputs_called(spec, names, &[])?;
        shared::add_output(spec, "value", "The item, where the condition holds.");
        Ok(())
    }

    async fn fire(&self, _: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        if !self.that.holds(&scene)? {
            return Err(self.failed(&scene));
        }
        let mut out = Emission::default();
        out.value("value", shared::item(&mut scene)?);
        Ok(out)
    }
}

impl Assert {
    fn failed(&self, scene: &Bag) -> NodeError {
        let message = match &self.message {
            Some(message) => message.render(scene),
            None => Ok(format!("`{}` does not hold", self.text)),
        };
        // A message that cannot be made hides nothing.
        message
            .map_or_else(
                |error| error.within(format!("`{}` does not hold, and its message fails", self.text)),
                NodeError::new,
            )
            .permanent()
    }
}

fn message(statics: &Statics) -> Result<Option<Template>, NodeError> {
    match statics.text("message")? {
        "" => Ok(None),
        text => Template::compile(text).map(Some).map_err(|error| error.within("parameter `message`")),
    }
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
open:
  kind: image.open
  inputs: { file: find.file }
large_enough:
  kind: flow.assert
  params: { that: value.width >= 16, message: "{{ name }} is only {{ value.width }} px wide" }
  inputs: { value: open.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(that: &str, message: &str) -> Harness {
        Harness::of::<Assert>()
            .param("that", that)
            .param("message", message)
            .input("value", Value::Int(5))
            .item("a.jpg")
    }

    #[track_caller]
    fn cause(bench: Harness) -> String {
        let error = bench.fire().map(|_| ()).unwrap_err();
        assert!(error.is_permanent());
        error.to_string()
    }

    #[test]
    fn what_holds_goes_on_unchanged() {
        assert_eq!(bench("value == 5 and name == 'a.jpg'", "").fire().unwrap().get("value"), Ok(5));
    }

    #[test]
    fn what_does_not_hold_fails_with_its_message() {
        assert_eq!(cause(bench("value > 5", "")), "`value > 5` does not hold");
        let said = bench("value > least", "{{ name }} has {{ value }}, not {{ least }}").param("least", 9);
        assert_eq!(cause(said), "a.jpg has 5, not 9");
        assert!(
            cause(bench("value > 5", "{{ value.x.y }}"))
                .starts_with("`value > 5` does not hold, and its message fails: ")
        );
    }

    #[test]
    fn names_of_both_become_ports_and_wrong_texts_are_refused() {
        let spec = bench("value > least", "{{ unit }}").spec().unwrap();
        let inputs: Vec<_> = spec.inputs.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(inputs, ["value", "least", "unit"]);
        assert!(bench("value >", "").open().unwrap_err().to_string().starts_with("parameter `that`"));
        assert!(bench("true", "{{").open().unwrap_err().to_string().starts_with("parameter `message`"));
        assert!(cause(bench("value", "")).contains("must give true or false"));
    }
}
