//! Lets through what meets a condition.

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::shared;

/// What is let through.
#[derive(Params)]
pub struct Settings {
    /// Condition over `value`, `name` (of the item), and whatever else it names, which becomes a port:
    /// `value.width >= least`.
    #[param(static, default = "true")]
    r#where: String,
}

/// `flow.filter`
pub struct Filter(Expr);

impl Node for Filter {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.filter",
            "Filter",
            "Lets an item through where a condition holds, and skips it as `filtered` where it does not. \
             A collect behind it takes what was let through.",
        )
        .search(&["where", "condition", "select", "drop"])
        .example(EXAMPLE)
        .sample(Sample::new().param("where", "value > 1").input("value", Value::Int(2)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::expression(statics, "where").map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let expr = statics.get("where").map(|_| shared::expression(statics, "where")).transpose()?;
        shared::add_inputs(spec, &expr)?;
        shared::add_output(spec, "value", "The item, where the condition holds.");
        Ok(())
    }

    async fn fire(&self, _: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        let holds = self.0.holds(&scene)?;
        let mut out = Emission::default();
        match holds {
            true => out.value("value", shared::item(&mut scene)?),
            false => out.skip("value", "filtered"),
        }
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
large:
  kind: flow.filter
  params: { where: value > 2 }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(condition: &str) -> Harness {
        Harness::of::<Filter>().param("where", condition).input("value", Value::Int(5)).item("a/b.jpg")
    }

    #[test]
    fn what_does_not_meet_the_condition_is_skipped() {
        assert_eq!(bench("value > 4").fire().unwrap().get::<i64>("value"), Ok(5));
        assert_eq!(bench("value > 5").fire().unwrap().skipped("value"), Some("filtered"));
        assert_eq!(bench("name is endingwith('.jpg')").fire().unwrap().get::<i64>("value"), Ok(5));
    }

    #[test]
    fn other_names_become_ports() {
        let bench = bench("value >= least");
        assert!(bench.spec().unwrap().input("least").is_some_and(|port| port.constant));
        assert_eq!(bench.clone().param("least", 9).fire().unwrap().skipped("value"), Some("filtered"));
        assert_eq!(bench.clone().input("least", Value::Int(2)).fire().unwrap().get::<i64>("value"), Ok(5));
        assert_eq!(bench.fire().map(|_| ()).unwrap_err().to_string(), "input `least` is not wired");
    }

    #[test]
    fn a_wrong_condition_is_refused_before_anything_runs_and_an_odd_one_fails_the_item() {
        assert!(bench("value >").open().unwrap_err().to_string().starts_with("parameter `where`: `value >` is not"));
        assert!(bench("where == 1").open().unwrap_err().to_string().contains("is a parameter of this node"));
        let error = bench("value + 1").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "`value + 1` must give true or false, it gave 6");
    }
}
