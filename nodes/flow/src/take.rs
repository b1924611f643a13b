//! Lets the first items of a group through.

use windlass_core::prelude::*;

/// How many.
#[derive(Params)]
pub struct Settings {
    /// How many items with a value go through.
    #[param(default = 1, min = 0)]
    count: u64,
}

/// An item of the group.
#[derive(Inputs)]
pub struct In {
    /// The item.
    #[port(unread, same = "T")]
    value: Value,
}

/// The same item.
#[derive(Outputs)]
pub struct Out {
    /// The item, where it is one of the first.
    #[port(same = "T")]
    value: Gate<Value>,
}

/// `flow.take`
pub struct Take;

impl Ordered for Take {
    type Params = Settings;
    type In = In;
    type Out = Out;
    type End = ();
    /// How many had a value.
    type State = u64;

    fn about() -> About {
        About::new(
            "flow.take",
            "Take",
            "Lets the first items of a group through, in order, and skips all that follow, failed ones too. What was \
             filtered before does not count; what waits for a person may count, so that later ones may have to wait too. The source of the group ends there where everything that is done with \
             its items lies behind the take; it goes on where something else needs them, or fires on skips.",
        )
        .search(&["first", "limit", "head", "until"])
        .counts_open()
        .example(EXAMPLE)
        .sample(Sample::new().param("count", 2).input("value", Value::Int(2)))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, seen: &u64, params: Settings, inputs: In, ctx: &Ctx) -> Result<Turn<Out, u64>, NodeError> {
        if *seen >= params.count {
            return Ok(Turn::new(Out { value: Gate::Shut("enough was taken".into()) }).enough());
        }
        let (is_last, is_sure) = (seen + 1 == params.count, seen + ctx.open_before() < params.count);
        let turn = Turn::new(Out { value: Gate::Open(inputs.value) }).change(|seen: &mut u64| *seen += 1);
        let turn = if is_sure { turn } else { turn.open() };
        Ok(if is_last { turn.enough() } else { turn })
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
first:
  kind: flow.take
  params: { count: 2 }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn taken(count: u64) -> Vec<Option<i64>> {
        let gave = Harness::of_ordered::<Take>().param("count", count).fire_group("value", [7, 8, 9]).unwrap();
        gave.items.into_iter().map(|item| item.unwrap().get("value").ok()).collect()
    }

    #[test]
    fn no_more_is_wanted_after_the_last_that_goes_through() {
        assert_eq!(taken(2), [Some(7), Some(8)]);
        assert_eq!(taken(5), [Some(7), Some(8), Some(9)]);
        assert_eq!(taken(0), [None]);
        assert_eq!(taken(u64::MAX >> 1), [Some(7), Some(8), Some(9)]);
    }

    #[test]
    fn a_count_below_zero_is_refused() {
        let error = Harness::of_ordered::<Take>().param("count", -1).fire_group("value", [7]).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `count`: expected `int(0..)`"), "{error}");
    }
}
