//! Takes the first way that did not fail.

use windlass_core::prelude::*;
use windlass_core::spec::Tolerance;

use crate::merge::first;

/// The ways.
#[derive(Inputs)]
pub struct In {
    /// The ways to get the value, the best one first.
    #[port(variadic, unread, same = "T")]
    values: Vec<Value>,
}

/// What came.
#[derive(Outputs)]
pub struct Out {
    /// The value of the first way that gave one.
    #[port(same = "T")]
    value: Value,
}

/// `flow.fallback`
pub struct Fallback;

impl Node for Fallback {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.fallback",
            "Fallback",
            "Hands on the first value, in port order, of ways that may fail or be skipped; \
             a failure that another way makes up for counts as handled.",
        )
        .search(&["otherwise", "rescue", "catch", "default"])
        .tolerates(Tolerance::Failures)
        .example(EXAMPLE)
        .sample(Sample::new().input("values", Value::text("spare")))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        first(inputs.values).map(|value| Out { value })
    }
}

const EXAMPLE: &str = r#"
file:
  kind: files.open
  params: { path: samples/mixed/empty.jpg }
broken:
  kind: image.open
  inputs: { file: file.file }
good:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
placeholder:
  kind: image.open
  inputs: { file: good.file }
either:
  kind: flow.fallback
  inputs: { values: [broken.image, placeholder.image] }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn the_best_way_that_gave_a_value_wins() {
        let bench = Harness::of::<Fallback>();
        let gave = bench.clone().input("values", Value::text("a")).input("values", Value::text("b")).fire().unwrap();
        assert_eq!(gave.get::<String>("value"), Ok("a".into()));
        assert_eq!(bench.spec().unwrap().tolerates, Tolerance::Failures);
    }

    #[test]
    fn without_any_value_there_is_nothing_to_fall_back_on() {
        let error = Harness::of::<Fallback>().fire().map(|_| ()).unwrap_err();
        assert!(error.is_permanent());
        assert_eq!(error.to_string(), "input `values` has no value");
    }
}
