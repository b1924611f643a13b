//! Pairs two groups by key.

use std::collections::HashMap;

use windlass_core::expr::Expr;
use windlass_core::node::{Emission, Outcome};
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::List;

use crate::pairs::{Made, Names, Sides, check_count, numbers};
use crate::shared;

/// The most pairs: equal keys on both sides pair with all, so that their number is a product. Each takes a hundred bytes or so.
const MAX_PAIRS: usize = 10_000_000;

/// How they are joined.
#[derive(Params)]
pub struct Settings {
    /// Expression over `value` and `name` (of the item) for the key of an item on the left.
    #[param(static, default = "name")]
    left_key: String,
    /// The same for the right.
    #[param(static, default = "name")]
    right_key: String,
    /// What becomes of items without a partner.
    #[param(static, default = "inner")]
    how: How,
}

/// What becomes of items without a partner.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum How {
    /// They are left out.
    Inner,
    /// Those on the left stay, without a right side.
    Left,
    /// All stay: those on the left in their order, those on the right behind them.
    Outer,
}

/// `flow.join`
pub struct Join {
    left_key: Expr,
    right_key: Expr,
}

impl Node for Join {
    type Params = Settings;
    type In = Sides;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.join",
            "Join by key",
            "Pairs items of two groups that have the same key, in the order of the left; an item with several \
             partners makes a pair with each. An empty key has no partner. What was filtered or failed before is left \
             out. A pair is called as its left item. At most ten million pairs: few different keys make many.",
        )
        .search(&["match", "lookup", "merge tables", "by key"])
        .cpu()
        .pair()
        .example(EXAMPLE)
        .sample(
            Sample::new().param("left_key", "value").input("left", numbers(&[1, 2])).input("right", numbers(&[3, 4])),
        )
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Ok(Self {
            left_key: shared::key_expression(statics, "left_key")?,
            right_key: shared::key_expression(statics, "right_key")?,
        })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let how = statics.get("how").and_then(|how| how.as_str()).unwrap_or("inner");
        let port = |name: &str, of: &str, may_lack: bool| {
            let ty = if may_lack { Type::optional(Type::var(of)) } else { Type::var(of) };
            PortSpec { many: true, ..PortSpec::new(name, ty, format!("The item of the {name} side.")) }
        };
        spec.outputs = vec![port("left", "L", how == "outer"), port("right", "R", how != "inner")];
        Ok(())
    }

    async fn fire(&self, settings: Settings, inputs: Sides, ctx: &Ctx) -> Result<Emission, NodeError> {
        let (left, right) = (inputs.left.list(), inputs.right.list());
        let (left_keys, right_keys) = (keys(&self.left_key, left, ctx)?, keys(&self.right_key, right, ctx)?);
        let rows = rows(&left_keys, &right_keys, settings.how, ctx)?;
        let (left, right) = (left.clone(), right.clone());
        let mut out = Emission::default();
        let mut names = Names::default();
        out.children(Children::some_failing(rows.into_iter().map(move |row| row.child(&left, &right, &mut names))));
        Ok(out)
    }
}

/// The key of an item: `None` for an empty one.
type KeyOf = Result<Option<Box<str>>, NodeError>;

/// What becomes one child: places on both sides, or why there is none.
enum Row {
    Pair(Option<usize>, Option<usize>),
    Failed(String, NodeError),
}

fn keys(expr: &Expr, list: &List, ctx: &Ctx) -> Result<Vec<(String, KeyOf)>, NodeError> {
    let mut keys = Vec::with_capacity(list.len());
    for (at, member) in list.members().iter().enumerate() {
        ctx.check_cancelled()?;
        let name = list.name(at);
        let scene: Bag = [("value", member.read()?), ("name", Value::text(&name))].into_iter().collect();
        let key = expr.eval(&scene).and_then(|key| match key {
            Value::Absent => Ok(None),
            key => shared::told_apart(&key).map(Some),
        });
        keys.push((name.to_string(), key));
    }
    Ok(keys)
}

fn rows(left: &[(String, KeyOf)], right: &[(String, KeyOf)], how: How, ctx: &Ctx) -> Result<Vec<Row>, NodeError> {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (_, key)) in right.iter().enumerate() {
        if let Ok(Some(key)) = key {
            by_key.entry(key).or_default().push(at);
        }
    }
    let partners_of = |key: &KeyOf| match key {
        Ok(Some(key)) => by_key.get(&**key).map_or(0, Vec::len),
        _ => 0,
    };
    check_count(left.iter().map(|(_, key)| partners_of(key)).sum(), MAX_PAIRS)?;
    let mut rows = Vec::new();
    let mut is_met = vec![false; right.len()];
    for (at, (name, key)) in left.iter().enumerate() {
        ctx.check_cancelled()?;
        let partners = match key {
            Ok(Some(key)) => by_key.get(&**key).map(Vec::as_slice).unwrap_or_default(),
            Ok(None) => &[],
            Err(error) => {
                rows.push(Row::failed("left", name, error));
                continue;
            }
        };
        partners.iter().for_each(|partner| is_met[*partner] = true);
        rows.extend(partners.iter().map(|partner| Row::Pair(Some(at), Some(*partner))));
        rows.extend((partners.is_empty() && how != How::Inner).then_some(Row::Pair(Some(at), None)));
    }
    for (at, (name, key)) in right.iter().enumerate() {
        match key {
            Err(error) => rows.push(Row::failed("right", name, error)),
            Ok(_) if how == How::Outer && !is_met[at] => rows.push(Row::Pair(None, Some(at))),
            Ok(_) => {}
        }
    }
    Ok(rows)
}

impl Row {
    fn failed(side: &str, name: &str, error: &NodeError) -> Self {
        Self::Failed(name.to_owned(), error.clone().within(format!("`{name}` on the {side} has no key")))
    }

    fn child(self, left: &List, right: &List, names: &mut Names) -> Made<Emission> {
        let (one, other) = match self {
            Self::Failed(name, error) => return Ok((names.free(&name), Err(error))),
            Self::Pair(one, other) => (one, other),
        };
        let name = one.map(|at| left.name(at)).or_else(|| other.map(|at| right.name(at))).unwrap_or_default();
        let name = names.free(&name);
        let read = |list: &List, at: Option<usize>| at.map_or(Ok(Value::Absent), |at| list.members()[at].read());
        let mut out = Emission::default();
        out.ports.push(("left".into(), Outcome::Value(read(left, one)?)));
        out.ports.push(("right".into(), Outcome::Value(read(right, other)?)));
        Ok((name, Ok(out)))
    }
}

const EXAMPLE: &str = r#"
customers:
  kind: files.open
  params: { path: samples/customers.csv }
customer:
  kind: table.read
  inputs: { file: customers.file }
places:
  kind: files.open
  params: { path: samples/places.csv }
place:
  kind: table.read
  inputs: { file: places.file }
with_place:
  kind: flow.join
  params: { left_key: value.city, right_key: value.city, how: left }
  inputs: { left: customer.row, right: place.row }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn joined(how: &str, left: &[i64], right: &[i64]) -> Vec<(Option<i64>, Option<i64>)> {
        let bench = Harness::of::<Join>().param("left_key", "value % 10").param("right_key", "value % 10");
        let bench = bench.param("how", how).input("left", numbers(left)).input("right", numbers(right));
        let gave = bench.fire().unwrap();
        gave.children().iter().map(|child| (child.get("left").unwrap(), child.get("right").unwrap())).collect()
    }

    #[test]
    fn duplicates_pair_with_all_in_the_order_of_the_left() {
        let pairs = joined("inner", &[12, 5, 1, 2], &[2, 31, 22]);
        let expected = [(12, 2), (12, 22), (1, 31), (2, 2), (2, 22)];
        assert_eq!(pairs, expected.map(|(one, other)| (Some(one), Some(other))));
    }

    #[test]
    fn pairs_of_one_group_have_names_that_differ() {
        let bench = Harness::of::<Join>().param("left_key", "value").param("right_key", "value").param("how", "outer");
        let gave = bench.input("left", numbers(&[1, 2])).input("right", numbers(&[2, 3, 2])).fire().unwrap();
        let names: Vec<_> = gave.children().iter().map(|child| child.name().unwrap().to_owned()).collect();
        // The right item `1` has no partner and is called as a left one.
        assert_eq!(names, ["0", "1", "1~2", "1~3"]);
    }

    #[test]
    fn what_has_no_partner_stays_where_it_should() {
        assert_eq!(joined("left", &[1, 2], &[2, 3]), [(Some(1), None), (Some(2), Some(2))]);
        assert_eq!(joined("outer", &[1, 2], &[3, 2]), [(Some(1), None), (Some(2), Some(2)), (None, Some(3))]);
        let spec = Harness::of::<Join>().param("how", "left").spec().unwrap();
        assert!(spec.output("right").is_some_and(|port| port.ty.is_optional()));
        assert!(spec.output("left").is_some_and(|port| !port.ty.is_optional()));
    }

    #[test]
    fn an_item_without_a_key_fails_alone_and_an_empty_key_has_no_partner() {
        let list = |of: Vec<Value>| Value::List(Arc::new(of.into_iter().collect()));
        let bench = Harness::of::<Join>().param("left_key", "value + 0").param("right_key", "value");
        let bench = bench.input("left", list(vec![Value::text("x"), Value::Int(2)])).input("right", numbers(&[2]));
        let gave = bench.fire().unwrap();
        assert!(gave.children()[0].failure().is_some_and(|error| error.to_string().starts_with("`0` on the left")));
        assert_eq!(gave.children()[1].get::<i64>("right"), Ok(2));
        let bench = Harness::of::<Join>().param("left_key", "none").param("right_key", "none");
        let gave = bench.input("left", numbers(&[1])).input("right", numbers(&[1])).fire().unwrap();
        assert!(gave.children().is_empty());
    }

    #[test]
    fn groups_with_one_key_do_not_fill_the_memory() {
        let many = || numbers(&vec![1; 4_000]);
        let bench = Harness::of::<Join>().param("left_key", "value").param("right_key", "value");
        let error = bench.input("left", many()).input("right", many()).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the two groups make 16000000 pairs, at most 10000000");
    }

    #[test]
    fn a_key_sees_one_item_alone() {
        let error = Harness::of::<Join>().param("left_key", "value + other").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `left_key` uses `other`, and a key sees one item alone");
    }
}
