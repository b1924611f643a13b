//! Pairs two groups in order.

use windlass_core::prelude::*;
use windlass_core::value::List;

use crate::pairs::{Made, Pair, Pairs, Sides, numbers, pair};

/// `flow.zip`
pub struct Zip;

impl Node for Zip {
    type Params = ();
    type In = Sides;
    type Out = Pairs;

    fn about() -> About {
        About::new(
            "flow.zip",
            "Zip",
            "Pairs two groups in order: the first with the first, the second with the second. What was filtered or \
             failed before is left out of either side; `incomplete: fail` refuses groups with failures. Each item that \
             then has no partner fails. A pair is called as its left item.",
        )
        .search(&["pair", "side by side", "together", "combine"])
        .cpu()
        .pair()
        .example(EXAMPLE)
        .sample(Sample::new().input("left", numbers(&[1, 2])).input("right", numbers(&[3, 4])))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: Sides, _: &Ctx) -> Result<Pairs, NodeError> {
        let (left, right) = (inputs.left.list().clone(), inputs.right.list().clone());
        let count = left.len().max(right.len());
        Ok(Pairs { pairs: Children::some_failing((0..count).map(move |at| child(&left, &right, at))) })
    }
}

fn child(left: &List, right: &List, at: usize) -> Made<Pair> {
    let alone = |side: &str, list: &List| {
        let error = NodeError::new(format!("`{}` on the {side} has no partner", list.name(at))).permanent();
        (list.name(at).to_string(), Err(error.hint("both sides of a zip have as many items, after filters")))
    };
    Ok(match (at < left.len(), at < right.len()) {
        (true, true) => (left.name(at).to_string(), Ok(pair(left, at, right, at)?)),
        (true, false) => alone("left", left),
        (false, _) => alone("right", right),
    })
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
letters:
  kind: flow.constant
  params: { value: [a, b, c, d, e] }
letter:
  kind: flow.each
  inputs: { values: letters.value }
side_by_side:
  kind: flow.zip
  inputs: { left: each.value, right: letter.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn items_pair_in_order_and_each_surplus_one_fails() {
        let gave =
            Harness::of::<Zip>().input("left", numbers(&[1, 2, 3])).input("right", numbers(&[7])).fire().unwrap();
        let [first, second, third] = gave.children() else { panic!("three children") };
        assert_eq!((first.get("left"), first.get("right")), (Ok(1), Ok(7)));
        let failure = |child: &windlass_core::harness::GaveChild| child.failure().map(ToString::to_string);
        assert_eq!(failure(second).as_deref(), Some("`1` on the left has no partner"));
        assert_eq!(failure(third).as_deref(), Some("`2` on the left has no partner"));
        assert!(third.failure().unwrap().is_permanent() && third.failure().unwrap().hint_text().is_some());
    }

    #[test]
    fn two_empty_groups_make_no_pairs() {
        let gave = Harness::of::<Zip>().input("left", numbers(&[])).input("right", numbers(&[])).fire().unwrap();
        assert!(gave.children().is_empty());
    }
}
