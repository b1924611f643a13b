//! Makes one value of a group by going through it in order.

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::types::Type;

use crate::shared;

/// How.
#[derive(Params)]
pub struct Settings {
    /// Expression that makes the next total of `total` and `value`; it also sees `name` (of the item), and whatever
    /// else it names becomes a port: `total + value * weight`.
    #[param(static, default = "total + value")]
    with: String,
    /// The total before the first item, and that of an empty group.
    #[param(static, default = 0, ty = "json")]
    start: Value,
}

/// `flow.reduce`
pub struct Reduce {
    with: Expr,
    start: Value,
}

impl Ordered for Reduce {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;
    type End = Emission;
    type State = Option<Value>;

    fn about() -> About {
        About::new(
            "flow.reduce",
            "Reduce",
            "Goes through a group in order and makes a total of it: what it has so far for each item, and the whole \
             once for the group. What was filtered or failed is left out. A total may take 64 MiB.",
        )
        .search(&["fold", "accumulate", "sum", "aggregate", "scan"])
        .example(EXAMPLE)
        .sample(Sample::new().param("with", "total + value").input("value", Value::Int(2)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let start = statics.get("start").map_or(Value::Int(0), Value::from_constant);
        Ok(Self { with: shared::expression(statics, "with")?, start })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let expr = statics.get("with").map(|_| shared::expression(statics, "with")).transpose()?;
        shared::add_inputs_beside(spec, &expr, &["total"])?;
        let running = PortSpec::new("running", Type::Any, "The total up to and including the item.");
        let total = PortSpec::new("total", Type::Any, "The total of the whole group.");
        spec.outputs.extend([running, PortSpec { at_end: true, ..total }]);
        Ok(())
    }

    async fn fire(
        &self,
        total: &Option<Value>,
        _: Settings,
        inputs: Bag,
        ctx: &Ctx,
    ) -> Result<Turn<Emission, Option<Value>>, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        scene.set("total", total.clone().unwrap_or_else(|| self.start.clone()));
        let next = self.with.eval(&scene)?;
        let mut out = Emission::default();
        out.value("running", next.clone());
        Ok(Turn::new(out).change(|total| *total = Some(next)))
    }

    fn end(&self, total: &Option<Value>, _: &Ctx) -> Result<Emission, NodeError> {
        let mut out = Emission::default();
        out.value("total", total.clone().unwrap_or_else(|| self.start.clone()));
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
product:
  kind: flow.reduce
  params: { with: total * value, start: 1 }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn totals_run_and_end_with_the_whole() {
        let gave = Harness::of_ordered::<Reduce>().fire_group("value", [1, 2, 4]).unwrap();
        let running: Vec<i64> = gave.items.iter().map(|item| item.as_ref().unwrap().get("running").unwrap()).collect();
        assert_eq!(running, [1, 3, 7]);
        assert_eq!(gave.end.get::<i64>("total"), Ok(7));
    }

    #[test]
    fn an_empty_group_has_the_start_as_its_total() {
        let bench = Harness::of_ordered::<Reduce>().param("start", "none").param("with", "total ~ value");
        let gave = bench.fire_group("value", [0_i64; 0]).unwrap();
        assert_eq!(gave.end.get::<String>("total"), Ok("none".into()));
    }

    #[test]
    fn an_item_that_fails_leaves_the_total_alone() {
        let bench = Harness::of_ordered::<Reduce>().param("with", "total + 12 // value");
        let gave = bench.fire_group("value", [4, 0, 3]).unwrap();
        let error = gave.items[1].as_ref().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("`total + 12 // value` cannot be computed: "), "{error}");
        assert_eq!(gave.end.get::<i64>("total"), Ok(7));
    }

    #[test]
    fn a_total_that_grows_with_each_item_is_bounded() {
        let doubled = Harness::of_ordered::<Reduce>().param("with", "total ~ total").param("start", "x");
        let gave = doubled.fire_group("value", [0; 40]).unwrap();
        let error = gave.items[39].as_ref().map(|_| ()).unwrap_err();
        assert!(error.to_string().ends_with("it gives more than 67108864 bytes"), "{error}");
        let nested = Harness::of_ordered::<Reduce>().param("with", "[total]").fire_group("value", [0; 10_000]).unwrap();
        let error = nested.items[9_999].as_ref().map(|_| ()).unwrap_err();
        assert!(error.to_string().ends_with("nested more than 127 deep"), "{error}");
    }

    #[test]
    fn other_names_become_ports() {
        let spec = Harness::of_ordered::<Reduce>().param("with", "total + value * weight").spec().unwrap();
        let inputs: Vec<_> = spec.inputs.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(inputs, ["value", "weight"]);
        assert!(spec.output("total").is_some_and(|port| port.at_end));
    }
}
