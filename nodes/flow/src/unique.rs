//! Lets each different item of a group through once.

use std::collections::HashSet;

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::shared;

/// What makes items different.
#[derive(Params)]
pub struct Settings {
    /// Expression over `value`, `name` (of the item), and whatever else it names, which becomes a port; items for which
    /// it gives the same are the same: `value.email|lower`.
    #[param(static, default = "value")]
    by: String,
}

/// `flow.unique`
pub struct Unique(Expr);

/// What was seen, by what tells it from others.
type Seen = HashSet<Box<str>>;

impl Ordered for Unique {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;
    type End = ();
    type State = Seen;

    fn about() -> About {
        About::new(
            "flow.unique",
            "Unique",
            "Lets the first of equal items of a group through, in order, and skips the others as `seen before`. \
             It remembers every different item of the group, each with a hundred bytes or so.",
        )
        .search(&["distinct", "duplicates", "deduplicate"])
        .example(EXAMPLE)
        .sample(Sample::new().param("by", "value").input("value", Value::Int(2)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::expression(statics, "by").map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let expr = statics.get("by").map(|_| shared::expression(statics, "by")).transpose()?;
        shared::add_inputs(spec, &expr)?;
        shared::add_output(spec, "value", "The item, the first time that it is seen.");
        Ok(())
    }

    async fn fire(&self, seen: &Seen, _: Settings, inputs: Bag, ctx: &Ctx) -> Result<Turn<Emission, Seen>, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        let key = shared::told_apart(&self.0.eval(&scene)?)?;
        let mut out = Emission::default();
        if seen.contains(&*key) {
            out.skip("value", "seen before");
            return Ok(Turn::new(out));
        }
        out.value("value", shared::item(&mut scene)?);
        Ok(Turn::new(out).change(|seen: &mut Seen| {
            seen.insert(key);
        }))
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
different:
  kind: flow.unique
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn passed(by: &str, values: &[&str]) -> Vec<bool> {
        let bench = Harness::of_ordered::<Unique>().param("by", by);
        let gave = bench.fire_group("value", values.iter().map(Value::text)).unwrap();
        gave.items.iter().map(|item| item.as_ref().unwrap().value("value").is_some()).collect()
    }

    #[test]
    fn the_first_of_equals_goes_through() {
        assert_eq!(passed("value", &["a", "b", "a", "A", "b"]), [true, true, false, true, false]);
        assert_eq!(passed("value|lower", &["a", "b", "a", "A"]), [true, true, false, false]);
    }

    #[test]
    fn large_items_are_remembered_by_little() {
        let large = ["a", "b", "a"].map(|last| "x".repeat(1 << 20) + last);
        assert_eq!(passed("value", &large.each_ref().map(String::as_str)), [true, true, false]);
    }

    #[test]
    fn what_cannot_be_compared_fails_its_item() {
        let gave =
            Harness::of_ordered::<Unique>().param("by", "value + 1").fire_group("value", [Value::text("a")]).unwrap();
        let error = gave.items[0].as_ref().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("`value + 1` cannot be computed: "), "{error}");
        let error = Harness::of_ordered::<Unique>().param("by", "value ?").open().unwrap_err();
        assert!(error.to_string().starts_with("parameter `by`: `value ?` is not an expression"), "{error}");
    }
}
