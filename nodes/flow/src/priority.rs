//! Lets the most urgent items of a group go first.

use windlass_core::expr::Expr;
use windlass_core::prelude::*;

use crate::order::{Texts, rank};
use crate::pairs::numbers;
use crate::shared;

/// What is urgent.
#[derive(Params)]
pub struct Settings {
    /// Expression over `value` and `name` (of the item): the item for which it gives the most goes first.
    #[param(static, default = "value")]
    by: String,
    /// How many items go on at most; the others are skipped. All, where it is not given.
    #[param(default = null)]
    limit: Option<u64>,
}

/// The group.
#[derive(Inputs)]
pub struct In {
    /// The items of one group.
    #[port(same = "T")]
    values: Collected<Value>,
}

/// One item.
#[derive(Outputs)]
pub struct Item {
    /// The item.
    #[port(same = "T")]
    value: Gate<Value>,
}

/// The items, the most urgent first.
#[derive(Outputs)]
pub struct Out {
    /// The items one by one.
    #[children]
    items: Children<Item>,
}

/// `flow.priority`
pub struct Priority(Expr);

impl Node for Priority {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.priority",
            "Priority",
            "Waits for a whole group and lets its items go on by their priority: the highest are let into the window first, \
             so that what lies behind works on them first, and a run that is stopped has done the most urgent ones. Within \
             the window (`policy: { window: 1 }` for one after the other) order is free, as everywhere. Equal ones go as they \
             came, those without a priority last.",
        )
        .search(&["schedule", "urgent", "queue", "first", "importance"])
        .cpu()
        .pair()
        .sample(Sample::new().input("values", numbers(&[1, 3, 2])))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::key_expression(statics, "by").map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let list = inputs.values.list().clone();
        let ranked = rank(&self.0, &list, Texts::Plain, true, ctx)?;
        let failed: Vec<_> =
            ranked.failed.into_iter().map(|(at, error)| (list.name(at).to_string(), Err(error))).collect();
        let limit = params.limit.unwrap_or(u64::MAX);
        let items = ranked.places.into_iter().zip(0..).map(move |(at, before)| {
            let value = match before < limit {
                true => Gate::Open(list.members()[at].read()?),
                false => Gate::Shut("not urgent enough".into()),
            };
            Ok((list.name(at).to_string(), Ok(Item { value })))
        });
        Ok(Out { items: Children::some_failing(items.chain(failed.into_iter().map(Ok))) })
    }
}

const EXAMPLE: &str = r#"
jobs:
  kind: flow.constant
  params: { value: [{ name: a, due: 3 }, { name: b, due: 1 }, { name: c, due: 2 }] }
each:
  kind: flow.each
  inputs: { values: jobs.value }
next:
  kind: flow.priority
  params: { by: "-value.due" }
  inputs: { values: each.value }
  policy: { window: 1 }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    #[test]
    fn the_highest_go_first_and_those_without_a_priority_last() {
        let rows = json!([{ "p": 1 }, {}, { "p": 9 }, { "p": 1 }]);
        let bench = Harness::of::<Priority>().input("values", Value::from_constant(&rows)).param("by", "value.p");
        let names = |bench: &Harness| -> Vec<String> {
            bench.fire().unwrap().children().iter().filter_map(|child| child.name().map(str::to_owned)).collect()
        };
        assert_eq!(names(&bench), ["2", "0", "3", "1"]);
        let gave = bench.param("limit", 2).fire().unwrap();
        let skipped: Vec<_> = gave.children().iter().map(|child| child.skipped("value")).collect();
        assert_eq!(skipped, [None, None, Some("not urgent enough"), Some("not urgent enough")]);
    }

    #[test]
    fn an_item_whose_priority_cannot_be_computed_fails_alone() {
        let bench = Harness::of::<Priority>().input("values", Value::from_constant(&json!([1, "x"])));
        let gave = bench.param("by", "value - 0").fire().unwrap();
        assert_eq!(gave.children()[0].get("value"), Ok(1));
        assert!(gave.children()[1].failure().is_some_and(|error| error.to_string().starts_with("`1` has no key")));
        let error = Harness::of::<Priority>().param("by", "value +").open().unwrap_err();
        assert!(error.to_string().starts_with("parameter `by`: `value +` is not an expression"), "{error}");
    }
}
