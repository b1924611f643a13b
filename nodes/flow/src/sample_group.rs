//! Draws so many items of a group.

use std::collections::BinaryHeap;

use rand_chacha::rand_core::RngCore;
use windlass_core::prelude::*;
use windlass_core::value::List;

use crate::draw::lot;
use crate::order::Number;
use crate::pairs::numbers;

/// How many.
#[derive(Params)]
pub struct Settings {
    /// How many items are drawn; a smaller group is taken whole.
    #[param(default = 10, min = 0)]
    count: u64,
}

/// The group.
#[derive(Inputs)]
pub struct In {
    /// The items of one group.
    #[port(unread, same = "T")]
    values: Collected<Value>,
}

/// One item.
#[derive(Outputs)]
pub struct Item {
    /// The item.
    #[port(same = "T")]
    value: Value,
}

/// What was drawn.
#[derive(Outputs)]
pub struct Out {
    /// The items that were drawn, as one list.
    #[port(same = "T")]
    drawn: Arc<List>,
    /// The items one by one.
    #[children]
    items: Children<Item>,
}

/// `flow.sample_group`
pub struct SampleGroup;

impl Node for SampleGroup {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.sample_group",
            "Sample of a group",
            "Draws so many items of a group, each with the same probability, and gives them in their order. An item's lot \
             depends on the seed and its name, and the smallest lots are drawn (reservoir sampling by keys, Efraimidis and \
             Spirakis, 2006): so a new item replaces one of those drawn at most.",
        )
        .search(&["random", "subset", "reservoir", "choose", "pick"])
        .cpu()
        .pair()
        .seeded()
        .sample(Sample::new().param("count", 2).input("values", numbers(&[1, 2, 3])))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let list = inputs.values.list();
        let mut key = [0; 32];
        ctx.random().fill_bytes(&mut key);
        let places = draw(list, params.count, &key);
        let members = places.iter().map(|at| list.members()[*at].clone()).collect();
        let drawn = Arc::new(List::new(members).named(places.iter().map(|at| list.name(*at)).collect()));
        let items = drawn.clone();
        let item = move |at| Ok((items.name(at).to_string(), Item { value: items.members()[at].read()? }));
        Ok(Out { items: Children::named((0..drawn.len()).map(item)), drawn })
    }
}

/// Returns the places of the items with the smallest lots, in order.
fn draw(list: &List, count: u64, key: &[u8; 32]) -> Vec<usize> {
    let mut smallest: BinaryHeap<(Number, usize)> = BinaryHeap::new();
    for at in 0..list.len() {
        smallest.push((Number::of(lot(key, [&*list.name(at)])), at));
        if smallest.len() as u64 > count {
            smallest.pop();
        }
    }
    let mut places: Vec<_> = smallest.into_iter().map(|(_, at)| at).collect();
    places.sort_unstable();
    places
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
three:
  kind: flow.sample_group
  params: { count: 3 }
  inputs: { values: find.file }
"#;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use windlass_core::harness::Harness;
    use windlass_core::value::Member;

    use super::*;

    /// Draws among items that are called as their numbers.
    fn drawn(of: &[i64], count: u64, seed: u8) -> Vec<i64> {
        let members = of.iter().map(|number| Member::Ready(Value::Int(*number))).collect();
        let list = List::new(members).named(of.iter().map(|number| number.to_string().into()).collect());
        let bench = Harness::of::<SampleGroup>().input("values", Value::List(Arc::new(list))).param("count", count);
        let gave = bench.seed([seed; 32]).fire().unwrap();
        let items: Vec<i64> = gave.children().iter().map(|child| child.get("value").unwrap()).collect();
        assert_eq!(gave.get("drawn"), Ok(items.clone()));
        items
    }

    #[test]
    fn so_many_are_drawn_in_their_order() {
        let all: Vec<_> = (0..100).collect();
        let ten = drawn(&all, 10, 1);
        assert!(ten.len() == 10 && ten.is_sorted());
        assert_ne!(ten, drawn(&all, 10, 2));
        assert_eq!((drawn(&all[..3], 10, 1), drawn(&all, 0, 1)), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn a_new_item_replaces_one_at_most() {
        let before: BTreeSet<_> = drawn(&(0..100).collect::<Vec<_>>(), 10, 1).into_iter().collect();
        for new in 100..150 {
            let with_new: Vec<_> = std::iter::once(new).chain(0..100).collect();
            let after: BTreeSet<_> = drawn(&with_new, 10, 1).into_iter().collect();
            assert!(before.difference(&after).count() <= 1);
        }
    }

    #[test]
    fn each_item_is_drawn_as_often_as_the_others() {
        let mut times = [0; 10];
        (0..=255).for_each(|seed| {
            drawn(&(0..10).collect::<Vec<_>>(), 5, seed).iter().for_each(|at| times[*at as usize] += 1)
        });
        assert!(times.iter().all(|times| (90..170).contains(times)), "{times:?}");
    }

    #[test]
    fn a_count_below_zero_is_refused() {
        let error = Harness::of::<SampleGroup>().input("values", numbers(&[1])).param("count", -1).fire().map(|_| ());
        assert!(error.unwrap_err().to_string().starts_with("parameter `count`: expected"));
    }
}
