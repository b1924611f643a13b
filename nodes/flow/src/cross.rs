//! Pairs each item of one group with each of another.

use windlass_core::prelude::*;

use crate::pairs::{Names, Pairs, Sides, check_count, numbers, pair};

/// The most pairs: more than anybody can wait for.
const MAX_PAIRS: usize = 100_000_000;

/// `flow.cross`
pub struct Cross;

impl Node for Cross {
    type Params = ();
    type In = Sides;
    type Out = Pairs;

    fn about() -> About {
        About::new(
            "flow.cross",
            "Cross",
            "Pairs each item of one group with each of another: all of the right for the first on the left, then all \
             for the second. What was filtered or failed before is left out of either side. A pair is called after \
             both: `dunes.jpg` with `warm.txt` is `dunes+warm.jpg`. At most a hundred million pairs.",
        )
        .search(&["product", "all pairs", "combinations", "matrix"])
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
        let width = right.len();
        let count = left.len().saturating_mul(width);
        check_count(count, MAX_PAIRS)?;
        let mut names = Names::default();
        let labels: Vec<_> = (0..width).map(|at| names.free(&label(&right.name(at)))).collect();
        let child = move |at: usize| {
            let (one, other) = (at / width, at % width);
            Ok((crossed(&left.name(one), &labels[other]), pair(&left, one, &right, other)?))
        };
        Ok(Pairs { pairs: Children::named((0..count).map(child)) })
    }
}

/// Returns what the right side gives to the name of a pair: the stem of its file name.
fn label(right: &str) -> String {
    split(right.rsplit('/').next().unwrap_or_default()).0.to_owned()
}

/// Returns what a pair is called: the left name, with the label of the right before its extension.
fn crossed(left: &str, label: &str) -> String {
    let (parent, own) = left.rsplit_once('/').map_or(("", left), |(parent, own)| (parent, own));
    let (own, extension) = split(own);
    let slash = if parent.is_empty() { "" } else { "/" };
    format!("{parent}{slash}{own}+{label}{extension}")
}

/// Splits a file name before the dot of its extension; a name that begins with its only dot has none.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    }
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
  params: { value: [a, b] }
letter:
  kind: flow.each
  inputs: { values: letters.value }
all_pairs:
  kind: flow.cross
  inputs: { left: each.value, right: letter.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn each_meets_all() {
        let gave =
            Harness::of::<Cross>().input("left", numbers(&[1, 2])).input("right", numbers(&[7, 8])).fire().unwrap();
        let pairs: Vec<_> = gave.children().iter().map(|child| (child.get("left"), child.get("right"))).collect();
        assert_eq!(pairs, [(Ok(1), Ok(7)), (Ok(1), Ok(8)), (Ok(2), Ok(7)), (Ok(2), Ok(8))]);
        let none = Harness::of::<Cross>().input("left", numbers(&[1])).input("right", numbers(&[])).fire().unwrap();
        assert!(none.children().is_empty());
    }

    #[test]
    fn groups_that_make_more_pairs_than_anybody_can_wait_for_are_refused() {
        let [long, other] = [20_001, 5_000].map(|count| numbers(&vec![0; count]));
        let error = Harness::of::<Cross>().input("left", long).input("right", other).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the two groups make 100005000 pairs, at most 100000000");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }

    #[test]
    fn pairs_are_called_after_both() {
        assert_eq!(crossed("trip/dunes.jpg", &label("styles/warm.txt")), "trip/dunes+warm.jpg");
        assert_eq!(crossed("0", &label("1")), "0+1");
    }
}
