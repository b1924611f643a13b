//! Runs a body again and again, each round with what the one before gave.

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::spec::Carry;

use crate::rounds::{self, Next};

/// When the loop ends.
#[derive(Params)]
pub struct Settings {
    /// Condition over the outputs of the body, looked at after each round: `error < 0.01`. Without one, the loop has as
    /// many rounds as `max` says.
    #[param(static)]
    until: Option<String>,
    /// The most rounds. An item whose condition does not hold after them fails.
    #[param(default = 100, min = 1, max = 100000)]
    max: u64,
}

/// `flow.repeat`
pub struct Repeat(Option<Expr>);

impl Node for Repeat {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.repeat",
            "Repeat",
            "Runs its body for each item, round by round, until a condition over the body's outputs holds. What stands \
             under equal names in the body's inputs and outputs is handed from one round to the next; other inputs are \
             the same in each round. The inputs of the body are the inputs of the node, its outputs the outputs of the \
             node. A round that is skipped or fails skips the item.",
        )
        .search(&["loop", "while", "iterate", "until", "again", "fold"])
        .rounds(Carry::State)
        .example(EXAMPLE)
        .sample(Sample::new().param("until", "n > 4").input("n", Value::Int(5)))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        rounds::until(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        rounds::add_inputs(spec, rounds::until(statics)?.as_ref())
    }

    async fn fire(&self, settings: Settings, outputs: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        let is_last = rounds::number(&outputs) >= settings.max;
        let holds = match &self.0 {
            Some(until) => until.holds(&outputs)?,
            None => is_last,
        };
        let why = || format!("`until` did not hold after {} rounds", settings.max);
        Ok(rounds::end(&outputs, settings.max, if holds { Next::Done } else { Next::Again(why()) }))
    }
}

const EXAMPLE: &str = r#"
double:
  kind: flow.repeat
  params: { until: "number | int > 100", max: 10, number: "3" }
  body:
    inputs: { number: { type: text } }
    outputs: { number: twice.text }
    nodes:
      twice:
        kind: text.template
        params: { template: "{{ number | int * 2 }}" }
        inputs: { number: $number }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::node::{AGAIN, SPENT};

    use super::*;

    fn bench(until: &str, n: i64) -> Harness {
        Harness::of::<Repeat>().param("until", until).input("n", Value::Int(n))
    }

    #[test]
    fn another_round_follows_until_the_condition_holds() {
        assert_eq!(bench("n > 4", 5).fire().unwrap().get::<i64>("n"), Ok(5));
        assert_eq!(bench("n > 4", 4).fire().unwrap().get::<bool>(AGAIN), Ok(true));
    }

    #[test]
    fn the_last_round_says_why_the_item_fails() {
        let why = bench("n > 4", 4).param("max", 1).fire().unwrap().get::<String>(SPENT);
        assert_eq!(why, Ok("`until` did not hold after 1 rounds".into()));
    }

    #[test]
    fn a_wrong_condition_is_refused_before_anything_runs() {
        assert!(bench("n >", 1).open().unwrap_err().to_string().starts_with("parameter `until`: `n >` is not"));
        assert!(bench("max > 1", 1).open().unwrap_err().to_string().contains("is a parameter of this node"));
    }
}
