//! Sends each item down one of two branches.

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::shared;

/// Which branch.
#[derive(Params)]
pub struct Settings {
    /// Condition over `value`, `name` (of the item), and whatever else it names, which becomes a port:
    /// `value.width > value.height`.
    #[param(static, default = "true")]
    when: String,
}

/// `flow.if`
pub struct If(Expr);

impl Node for If {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.if",
            "If",
            "Sends each item on through `then` where a condition holds, through `else` where it does not; \
             the other branch is skipped. `flow.merge` brings the branches together again.",
        )
        .search(&["branch", "condition", "when", "else"])
        .example(EXAMPLE)
        .sample(Sample::new().param("when", "value == 'a'").input("value", Value::text("a")))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::expression(statics, "when").map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let expr = statics.get("when").map(|_| shared::expression(statics, "when")).transpose()?;
        shared::add_inputs(spec, &expr)?;
        shared::add_output(spec, "then", "The item, where the condition holds.");
        shared::add_output(spec, "else", "The item, where it does not.");
        Ok(())
    }

    async fn fire(&self, _: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        let (taken, left) = if self.0.holds(&scene)? { ("then", "else") } else { ("else", "then") };
        let mut out = Emission::default();
        out.value(taken, shared::item(&mut scene)?);
        out.skip(left, "branch not taken");
        Ok(out)
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
odd:
  kind: flow.if
  params: { when: value is odd }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(condition: &str) -> Harness {
        Harness::of::<If>().param("when", condition).input("value", Value::Int(5))
    }

    #[test]
    fn an_item_takes_one_branch_and_skips_the_other() {
        let gave = bench("value > limit").param("limit", 4).fire().unwrap();
        assert_eq!((gave.get("then"), gave.skipped("else")), (Ok(5), Some("branch not taken")));
        let gave = bench("value > limit").param("limit", 5).fire().unwrap();
        assert_eq!((gave.get("else"), gave.skipped("then")), (Ok(5), Some("branch not taken")));
    }

    #[test]
    fn a_condition_must_compile_and_must_be_true_or_false() {
        let error = bench("value ?").open().unwrap_err();
        assert!(error.to_string().starts_with("parameter `when`: `value ?` is not an expression"), "{error}");
        assert!(bench("'yes'").fire().is_err_and(|error| error.to_string().contains("must give true or false")));
    }
}
