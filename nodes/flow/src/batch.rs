//! Puts the items of a group together, so many at a time.

use windlass_core::prelude::*;
use windlass_core::value::{List, Member};

/// The most that the items of a batch take in memory, in bytes.
const MAX_BYTES: u64 = 4 << 30;

/// How many.
#[derive(Params)]
pub struct Settings {
    /// How many items a batch has. The last one of a group has what is left.
    #[param(default = 16, min = 1, max = 1000000)]
    size: u64,
}

/// An item of the group.
#[derive(Inputs)]
pub struct In {
    /// The item.
    #[port(unread, same = "T")]
    value: Value,
}

/// One batch.
#[derive(Outputs)]
pub struct Together {
    /// The items, in key order.
    #[port(same = "T")]
    batch: Arc<List>,
    /// How many there are.
    count: usize,
}

/// The batches.
#[derive(Default, Outputs)]
pub struct Batches {
    /// The batches that are full now, or are left at the end.
    #[children]
    batches: Children<Together>,
}

/// What is put together, each item with its name.
#[derive(Clone, Default)]
pub struct Begun {
    items: Vec<(Arc<str>, Value)>,
    /// What they take in memory.
    bytes: u64,
}

/// `flow.batch`
pub struct Batch;

impl Ordered for Batch {
    type Params = Settings;
    type In = In;
    type Out = Batches;
    type End = Batches;
    type State = Begun;

    fn about() -> About {
        About::new(
            "flow.batch",
            "Batch",
            "Puts the items of a group together in order, so many at a time, and goes on with each batch as soon as it \
             is full. The last one may be smaller; what was filtered or failed is left out. A batch is called as its \
             first item. Its items do not wait in their own window any more, so that batches can be larger than that: they are held in memory, up to 4 GiB.",
        )
        .search(&["chunk", "bundle", "group", "partition", "pack"])
        .example(EXAMPLE)
        .sample(Sample::new().param("size", 1).input("value", Value::Int(2)))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(
        &self,
        begun: &Begun,
        params: Settings,
        inputs: In,
        ctx: &Ctx,
    ) -> Result<Turn<Batches, Begun>, NodeError> {
        let item = (Arc::from(ctx.item_name()), inputs.value);
        let bytes = begun.bytes.saturating_add(item.1.size_bytes());
        check(bytes, begun.items.len() + 1)?;
        if begun.items.len() as u64 + 1 < params.size {
            return Ok(Turn::new(Batches::default()).change(move |begun: &mut Begun| {
                begun.items.push(item);
                begun.bytes = bytes;
            }));
        }
        let full = begun.items.iter().cloned().chain([item]);
        Ok(Turn::new(Batches::of(full)).change(|begun: &mut Begun| *begun = Begun::default()))
    }

    fn end(&self, begun: &Begun, _: &Ctx) -> Result<Batches, NodeError> {
        let left = &begun.items;
        Ok(if left.is_empty() { Batches::default() } else { Batches::of(left.iter().cloned()) })
    }
}

/// Refuses an item with which a batch would take too much memory.
fn check(bytes: u64, count: usize) -> Result<(), NodeError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let error =
        NodeError::new(format!("a batch of {count} such items takes {bytes} bytes of memory, at most {MAX_BYTES}"));
    Err(error.hint("make `size` smaller").permanent())
}

impl Batches {
    /// Gives one batch.
    fn of(items: impl Iterator<Item = (Arc<str>, Value)>) -> Self {
        let (names, members): (Vec<_>, Vec<_>) = items.map(|(name, value)| (name, Member::Ready(value))).unzip();
        let (name, count) = (names.first().map(ToString::to_string).unwrap_or_default(), members.len());
        let batch = Arc::new(List::new(members).named(names));
        Self { batches: Children::named([Ok((name, Together { batch, count }))]) }
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
pairs:
  kind: flow.batch
  params: { size: 2 }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn batches(gave: &Gave) -> Vec<Vec<i64>> {
        gave.children().iter().map(|child| child.get("batch").unwrap()).collect()
    }

    #[test]
    fn each_is_given_when_it_is_full_and_the_last_one_at_the_end() {
        let gave = Harness::of_ordered::<Batch>().param("size", 2).fire_group("value", [1, 2, 3, 4, 5]).unwrap();
        let given: Vec<_> = gave.items.iter().map(|item| batches(item.as_ref().unwrap())).collect();
        assert_eq!(given, [vec![], vec![vec![1, 2]], vec![], vec![vec![3, 4]], vec![]]);
        assert_eq!(batches(&gave.end), [[5]]);
        assert_eq!(gave.end.children()[0].get("count"), Ok(1));
    }

    #[test]
    fn a_group_without_items_has_no_batch() {
        let gave = Harness::of_ordered::<Batch>().fire_group("value", [0_i64; 0]).unwrap();
        assert!(gave.end.children().is_empty());
    }

    #[test]
    fn a_batch_has_a_size_and_a_bound() {
        let cause = |size: u64| {
            let gave = Harness::of_ordered::<Batch>().param("size", size).fire_group("value", [1]);
            gave.map(|_| ()).unwrap_err().to_string()
        };
        assert!(cause(0).starts_with("parameter `size`: expected `int(1..1000000)`"), "{}", cause(0));
        assert!(cause(1_000_001).starts_with("parameter `size`: expected"));
        // The same large text again and again: it is counted each time, and is in memory once.
        let large = Value::text("x".repeat(64 << 20));
        let gave = Harness::of_ordered::<Batch>().param("size", 1_000).fire_group("value", vec![large; 70]).unwrap();
        assert_eq!(gave.items.iter().filter(|item| item.is_ok()).count(), 63);
        let error = gave.items[63].as_ref().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("a batch of 64 such items takes 42949"), "{error}");
        assert_eq!(error.hint_text(), Some("make `size` smaller"));
    }
}
