//! Sends each item down one of several branches.

use serde_json::{Map, Value as Json};
use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::shared;

/// The branch of what meets no condition.
const OTHER: &str = "other";

/// Which branches.
#[derive(Params)]
pub struct Settings {
    /// The branches in order, each with its condition over `value`, `name` (of the item), and whatever else it names,
    /// which becomes a port: `{ wide: "value.width > value.height", tall: "value.width < value.height" }`.
    #[param(static, default = {})]
    cases: Json,
}

/// `flow.switch`
pub struct Switch(Vec<Case>);

struct Case {
    port: String,
    condition: Expr,
}

impl Node for Switch {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        let cases = windlass_core::json!({ "small": "value < 10", "large": "value > 99" });
        About::new(
            "flow.switch",
            "Switch",
            "Sends each item on through the port of the first condition that holds, or through `other`; \
             all other branches are skipped. At most 64 conditions.",
        )
        .search(&["branch", "case", "match", "route", "condition"])
        .example(EXAMPLE)
        .sample(Sample::new().param("cases", cases).input("value", Value::Int(5)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        cases(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let cases = cases(statics)?;
        shared::add_inputs(spec, cases.iter().map(|case| &case.condition))?;
        for case in &cases {
            shared::add_output(spec, &case.port, "The item, where this condition is the first that holds.");
        }
        shared::add_output(spec, OTHER, "The item, where no condition holds.");
        Ok(())
    }

    async fn fire(&self, _: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        let taken = self.taken(&scene)?.to_owned();
        let mut out = Emission::default();
        for port in self.0.iter().map(|case| case.port.as_str()).chain([OTHER]).filter(|port| *port != taken) {
            out.skip(port.to_owned(), "branch not taken");
        }
        out.value(taken, shared::item(&mut scene)?);
        Ok(out)
    }
}

impl Switch {
    fn taken(&self, scene: &Bag) -> Result<&str, NodeError> {
        for case in &self.0 {
            if case.condition.holds(scene).map_err(|error| error.within(format!("case `{}`", case.port)))? {
                return Ok(&case.port);
            }
        }
        Ok(OTHER)
    }
}

fn cases(statics: &Statics) -> Result<Vec<Case>, NodeError> {
    let none = Map::new();
    let cases = match statics.get("cases") {
        None => &none,
        Some(Json::Object(cases)) => cases,
        Some(_) => {
            let error = NodeError::new("parameter `cases` must name each branch with its condition");
            return Err(error.hint("write it like `cases: { wide: \"value.width > value.height\" }`"));
        }
    };
    if cases.len() > shared::MAX_CASES {
        let (found, most) = (cases.len(), shared::MAX_CASES);
        return Err(NodeError::new(format!("parameter `cases` has {found} conditions, at most {most} are allowed")));
    }
    cases.iter().map(|(port, condition)| case(port, condition)).collect()
}

fn case(port: &str, condition: &Json) -> Result<Case, NodeError> {
    let word = port.starts_with(|c: char| c.is_ascii_alphabetic())
        && port.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if !word {
        return Err(NodeError::new(format!("parameter `cases`: `{port}` is no name for a port")));
    }
    if matches!(port, OTHER | "error") {
        return Err(NodeError::new(format!("parameter `cases`: every switch has a port `{port}` of its own")));
    }
    let text = condition.as_str();
    let text =
        text.ok_or_else(|| NodeError::new(format!("parameter `cases`: the condition of `{port}` must be a text")))?;
    Ok(Case { port: port.to_owned(), condition: shared::compile(text, &format!("cases.{port}"))? })
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
by_size:
  kind: flow.switch
  params: { cases: { small: value < 2, large: value > 4 } }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn bench(value: i64) -> Harness {
        let cases = json!({ "small": "value < 10", "even": "value % 2 == 0" });
        Harness::of::<Switch>().param("cases", cases).input("value", Value::Int(value))
    }

    #[test]
    fn the_first_condition_that_holds_decides() {
        for (value, port) in [(4, "small"), (12, "even"), (13, "other")] {
            let gave = bench(value).fire().unwrap();
            assert_eq!(gave.get(port), Ok(value));
            let skipped = ["small", "even", "other"].map(|port| gave.skipped(port).is_some());
            assert_eq!(skipped.iter().filter(|skipped| **skipped).count(), 2);
        }
    }

    #[test]
    fn wrong_cases_are_refused_before_anything_runs() {
        let cause = |cases: Json| Harness::of::<Switch>().param("cases", cases).open().unwrap_err().to_string();
        assert!(cause(json!(["a"])).contains("must name each branch"));
        assert!(cause(json!({ "other": "true" })).contains("a port `other` of its own"));
        assert!(cause(json!({ "a b": "true" })).contains("`a b` is no name"));
        assert!(cause(json!({ "a": 1 })).contains("must be a text"));
        assert!(cause(json!({ "a": "value >" })).starts_with("parameter `cases.a`: `value >` is not an expression"));
        let many: Map<_, _> = (0..65).map(|n| (format!("c{n}"), Json::from("true"))).collect();
        assert!(cause(Json::Object(many)).contains("at most 64"));
    }
}
