//! Makes groups of the items that have something in common.

use std::collections::HashMap;

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::value::List;

use crate::order::key_of;
use crate::pairs::{Made, Names, numbers};
use crate::shared;

/// The longest name of a group, in characters.
const MAX_NAME: usize = 80;

/// What they have in common.
#[derive(Params)]
pub struct Settings {
    /// Expression over `value` and `name` (of the item); items for which it gives the same are one group: `value.city`.
    #[param(static, default = "value")]
    by: String,
}

/// The items.
#[derive(Inputs)]
pub struct In {
    /// The items of one group.
    #[port(same = "T")]
    values: Collected<Value>,
}

/// One group.
#[derive(Outputs)]
pub struct Group {
    /// What its items have in common.
    key: Value,
    /// Its items, in key order.
    #[port(same = "T")]
    group: Arc<List>,
    /// How many there are.
    count: usize,
}

/// The groups.
#[derive(Outputs)]
pub struct Out {
    /// The groups, in the order of their first items.
    #[children]
    groups: Children<Group>,
}

/// `flow.group_by`
pub struct GroupBy(Expr);

impl Node for GroupBy {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.group_by",
            "Group by",
            "Waits for a whole group and makes smaller ones of it: one item for each key, which carries the list of all \
             that have this key and is called as the key. `flow.each` takes a list apart again. An item whose key cannot be \
             computed fails. The keys are held in memory, the items need not be.",
        )
        .search(&["partition", "bucket", "categories", "aggregate", "by key"])
        .cpu()
        .pair()
        .sample(Sample::new().param("by", "value % 2").input("values", numbers(&[1, 2, 3])))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::key_expression(statics, "by").map(Self)
    }

    async fn fire(&self, _: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let list = inputs.values.list().clone();
        let mut names = Names::default();
        let (groups, failed) = self.gather(&list, ctx)?;
        let rows = groups.into_iter().map(Ok).chain(failed.into_iter().map(Err));
        Ok(Out { groups: Children::some_failing(rows.map(move |row| child(row, &list, &mut names))) })
    }
}

/// A key with the places of its items.
type Gathered = (Value, Vec<usize>);

/// An item that has no key.
type Failed = (usize, NodeError);

impl GroupBy {
    fn gather(&self, list: &List, ctx: &Ctx) -> Result<(Vec<Gathered>, Vec<Failed>), NodeError> {
        let mut by_key: HashMap<Box<str>, usize> = HashMap::new();
        let (mut groups, mut failed): (Vec<Gathered>, Vec<Failed>) = Default::default();
        for at in 0..list.len() {
            ctx.check_cancelled()?;
            match key_of(&self.0, list, at).and_then(|key| Ok((shared::told_apart(&key)?, key))) {
                Ok((text, key)) => {
                    let group = *by_key.entry(text).or_insert(groups.len());
                    if group == groups.len() {
                        groups.push((key, Vec::new()));
                    }
                    groups[group].1.push(at);
                }
                Err(error) => failed.push((at, error.within(format!("`{}` has no key", list.name(at))))),
            }
        }
        Ok((groups, failed))
    }
}

fn child(row: Result<Gathered, Failed>, list: &List, names: &mut Names) -> Made<Group> {
    let (key, places) = match row {
        Ok(group) => group,
        Err((at, error)) => return Ok((names.free(&list.name(at)), Err(error))),
    };
    let members: Vec<_> = places.iter().map(|at| list.members()[*at].clone()).collect();
    let (name, count) = (names.free(&name(&key)), members.len());
    let group = Arc::new(List::new(members).named(places.iter().map(|at| list.name(*at)).collect()));
    Ok((name, Ok(Group { key, group, count })))
}

/// Returns a key as a name: a text as it is, all else as JSON.
fn name(key: &Value) -> String {
    let text = match key {
        Value::Text(text) => text.to_string(),
        other => other.to_json().map(|json| json.to_string()).unwrap_or_default(),
    };
    text.chars().take(MAX_NAME).collect()
}

const EXAMPLE: &str = r#"
customers:
  kind: files.open
  params: { path: samples/customers.csv }
rows:
  kind: table.read
  inputs: { file: customers.file }
cities:
  kind: flow.group_by
  params: { by: value.city }
  inputs: { values: rows.row }
line:
  kind: text.template
  params: { template: "{{ city }}: {{ rows|map(attribute='name')|join(', ') }}" }
  inputs: { city: cities.key, rows: cities.group }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn bench(values: serde_json::Value, by: &str) -> Harness {
        Harness::of::<GroupBy>().input("values", Value::from_constant(&values)).param("by", by)
    }

    #[test]
    fn items_with_one_key_are_one_group_in_the_order_of_the_first() {
        let gave = bench(json!([3, 4, 5, 6.0, 8]), "value % 2").fire().unwrap();
        let [odd, even] = gave.children() else { panic!("two groups") };
        assert_eq!((odd.name(), odd.get("key"), odd.get("group")), (Some("1"), Ok(1), Ok(vec![3, 5])));
        assert_eq!((even.name(), even.get("count")), (Some("0"), Ok(3)), "0 and 0.0 are one key");
        assert!(bench(json!([]), "value").fire().unwrap().children().is_empty());
    }

    #[test]
    fn groups_are_called_as_their_keys_and_names_differ() {
        let gave = bench(json!(["1", 1, "a"]), "value").fire().unwrap();
        let names: Vec<_> = gave.children().iter().map(|child| child.name().unwrap()).collect();
        assert_eq!(names, ["1", "1~2", "a"]);
        let long = bench(json!(["é".repeat(500)]), "value").fire().unwrap();
        assert_eq!(long.children()[0].name().map(|name| name.chars().count()), Some(80));
    }

    #[test]
    fn an_item_without_a_key_fails_alone() {
        let gave = bench(json!([2, "x"]), "value - 0").fire().unwrap();
        assert_eq!(gave.children()[0].get("key"), Ok(2));
        assert!(gave.children()[1].failure().is_some_and(|error| error.to_string().starts_with("`1` has no key")));
        assert!(bench(json!([]), "other").open().unwrap_err().to_string().contains("uses `other`"));
    }
}
