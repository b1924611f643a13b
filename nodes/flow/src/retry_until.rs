//! Runs a body again, with the same inputs, until what it gives is good enough.

use windlass_core::expr::Expr;
use windlass_core::node::{Emission, FAILURE};
use windlass_core::prelude::*;
use windlass_core::spec::{Carry, Tolerance};

use crate::rounds::{self, Next};

/// When a round is good enough.
#[derive(Params)]
pub struct Settings {
    /// Condition over the outputs of the body: `score >= 0.8`. Without one, a round is good that does not fail.
    #[param(static)]
    until: Option<String>,
    /// The most rounds. An item without a good one after them fails.
    #[param(default = 3, min = 1, max = 100000)]
    max: u64,
}

/// `flow.retry_until`
pub struct RetryUntil(Option<Expr>);

impl Node for RetryUntil {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.retry_until",
            "Retry until",
            "Runs its body for each item, again and again with the same inputs and other random numbers, until a \
             condition over the body's outputs holds. A failure in the body counts as handled, and another round \
             follows. The inputs of the body are the inputs of the node, its outputs the outputs of the node. A round \
             that is skipped skips the item.",
        )
        .search(&["loop", "again", "gate", "validate", "attempt"])
        .rounds(Carry::Nothing)
        .tolerates(Tolerance::AsInput)
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
        let max = settings.max;
        if let Some(Value::Failure(failure)) = outputs.get(FAILURE) {
            let why = format!(
                "no round of {max} was good enough; in the last one `{}` failed: {}",
                failure.step,
                failure.cause()
            );
            return Ok(rounds::end(&outputs, max, Next::Again(why)));
        }
        let holds = self.0.as_ref().map_or(Ok(true), |until| until.holds(&outputs))?;
        let why = || format!("no round of {max} was good enough: `until` did not hold");
        Ok(rounds::end(&outputs, max, if holds { Next::Done } else { Next::Again(why()) }))
    }
}

const EXAMPLE: &str = r#"
answer:
  kind: flow.retry_until
  params: { until: "'ready' in said", max: 3, word: ready }
  body:
    inputs: { word: { type: text } }
    outputs: { said: say.text }
    nodes:
      say:
        kind: text.template
        params: { template: "it is {{ word }}" }
        inputs: { word: $word }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::node::{AGAIN, SPENT};

    use super::*;

    fn bench(n: i64) -> Harness {
        Harness::of::<RetryUntil>().param("until", "n > 4").input("n", Value::Int(n))
    }

    #[test]
    fn another_round_follows_until_one_is_good() {
        assert_eq!(bench(5).fire().unwrap().get::<i64>("n"), Ok(5));
        assert_eq!(bench(4).fire().unwrap().get::<bool>(AGAIN), Ok(true));
    }

    #[test]
    fn an_item_without_a_good_round_fails() {
        let why = bench(4).param("max", 1).fire().unwrap().get::<String>(SPENT).unwrap();
        assert_eq!(why, "no round of 1 was good enough: `until` did not hold");
    }

    #[test]
    fn wrong_conditions_and_counts_are_refused() {
        let with = |until: &str| Harness::of::<RetryUntil>().param("until", until);
        assert!(
            with("n >").open().unwrap_err().to_string().starts_with("parameter `until`: `n >` is not an expression")
        );
        assert!(with("max > 1").open().unwrap_err().to_string().contains("is a parameter of this node"));
        let error = bench(5).param("max", 100_001).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `max`: expected `int(1..100000)`"), "{error}");
        let error = Harness::of::<RetryUntil>().param("until", "n").input("n", Value::Int(5)).fire().map(|_| ());
        assert_eq!(error.unwrap_err().to_string(), "`n` must give true or false, it gave 5");
    }
}
