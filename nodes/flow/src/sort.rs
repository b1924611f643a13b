//! Brings the items of a group into an order.

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::value::List;

use crate::order::{Ranked, Texts, rank};
use crate::pairs::numbers;
use crate::shared;

/// Which order.
#[derive(Params)]
pub struct Settings {
    /// Expression over `value` and `name` (of the item) that items are ordered by: `value.width * value.height`. A list
    /// orders by its first member, where that is the same by its second: `[value.city, value.age]`.
    #[param(static, default = "value")]
    by: String,
    /// Which item comes first.
    #[param(default = "ascending")]
    direction: Direction,
    /// How texts compare.
    #[param(default = "plain")]
    texts: Texts,
}

/// Which item comes first.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
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
    value: Value,
    /// Its place in the order, counted from 0.
    index: usize,
}

/// The items in order.
#[derive(Outputs)]
pub struct Out {
    /// All items as one list.
    #[port(same = "T")]
    sorted: Arc<List>,
    /// The items one by one.
    #[children]
    items: Children<Item>,
}

/// `flow.sort`
pub struct Sort(Expr);

impl Node for Sort {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.sort",
            "Sort",
            "Waits for a whole group and sends its items on in order, under the names they had; also as one list. Equal \
             items stay in the order in which they came; truth values come before numbers, numbers before texts, and items \
             whose key is null last. An item whose key cannot be computed fails. The keys are held in memory, the items \
             need not be.",
        )
        .search(&["order by", "rank", "arrange", "ascending", "descending", "natural"])
        .cpu()
        .pair()
        .sample(Sample::new().input("values", numbers(&[3, 1, 2])))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::key_expression(statics, "by").map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let list = inputs.values.list().clone();
        let ranked = rank(&self.0, &list, params.texts, params.direction == Direction::Descending, ctx)?;
        Ok(Out { sorted: Arc::new(in_order(&list, &ranked)), items: items(list, ranked) })
    }
}

fn in_order(list: &List, ranked: &Ranked) -> List {
    let members = ranked.places.iter().map(|at| list.members()[*at].clone()).collect();
    List::new(members).named(ranked.places.iter().map(|at| list.name(*at)).collect())
}

/// Those without a key come behind the others, and fail.
fn items(list: Arc<List>, ranked: Ranked) -> Children<Item> {
    let failed: Vec<_> = ranked.failed.into_iter().map(|(at, error)| (list.name(at).to_string(), Err(error))).collect();
    let items =
        ranked.places.into_iter().enumerate().map(move |(index, at)| {
            Ok((list.name(at).to_string(), Ok(Item { value: list.members()[at].read()?, index })))
        });
    Children::some_failing(items.chain(failed.into_iter().map(Ok)))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
longest_name_first:
  kind: flow.sort
  params: { by: "[value.stem|length, value.stem]", direction: descending }
  inputs: { values: find.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;

    use super::*;

    fn bench(values: serde_json::Value) -> Harness {
        Harness::of::<Sort>().input("values", Value::from_constant(&values))
    }

    fn sorted(gave: &Gave) -> Vec<(Option<&str>, serde_json::Value)> {
        gave.children().iter().map(|child| (child.name(), child.get("value").unwrap())).collect()
    }

    #[test]
    fn items_come_in_order_with_their_names_and_equal_ones_as_they_came() {
        let rows = json!([{ "a": 2, "b": 1 }, { "a": 1, "b": 2 }, { "a": 2, "b": 3 }, { "b": 4 }]);
        let gave = bench(rows.clone()).param("by", "value.a").fire().unwrap();
        let names: Vec<_> = sorted(&gave).into_iter().map(|(name, _)| name.unwrap().to_owned()).collect();
        assert_eq!(names, ["1", "0", "2", "3"]);
        let gave = bench(rows).param("by", "value.a").param("direction", "descending").fire().unwrap();
        let names: Vec<_> = sorted(&gave).into_iter().map(|(name, _)| name.unwrap().to_owned()).collect();
        assert_eq!(names, ["0", "2", "1", "3"]);
        assert_eq!(gave.children()[0].get("index"), Ok(0));
    }

    #[test]
    fn the_whole_is_a_list_too_and_texts_may_be_natural() {
        let gave = bench(json!(["b10", "b9", "A"])).param("texts", "natural").fire().unwrap();
        assert_eq!(gave.get("sorted"), Ok(vec!["A".to_owned(), "b9".into(), "b10".into()]));
        assert_eq!(bench(json!([])).fire().unwrap().get::<Vec<i64>>("sorted"), Ok(vec![]));
    }

    #[test]
    fn an_item_without_a_key_fails_alone() {
        let gave = bench(json!([4, "x", 1])).param("by", "value - 0").fire().unwrap();
        assert_eq!(gave.get("sorted"), Ok(vec![1, 4]));
        let failed = &gave.children()[2];
        assert_eq!(failed.name(), Some("1"));
        assert!(failed.failure().is_some_and(|error| error.to_string().starts_with("`1` has no key: `value - 0`")));
    }

    #[test]
    fn a_key_sees_one_item_alone() {
        let error = bench(json!([])).param("by", "value + other").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `by` uses `other`, and a key sees one item alone");
    }
}
