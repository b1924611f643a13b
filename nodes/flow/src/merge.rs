//! Takes the branch that was not skipped.

use windlass_core::prelude::*;
use windlass_core::spec::Tolerance;

/// The branches.
#[derive(Inputs)]
pub struct In {
    /// The branches, in order of preference.
    #[port(variadic, unread, same = "T")]
    values: Vec<Value>,
}

/// What came.
#[derive(Outputs)]
pub struct Out {
    /// The value of the first branch that has one.
    #[port(same = "T")]
    value: Value,
}

/// `flow.merge`
pub struct Merge;

impl Node for Merge {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.merge",
            "Merge",
            "Brings branches together: hands on the first, in port order, that was not skipped. \
             An item that was skipped on all branches stays skipped.",
        )
        .search(&["join", "either", "coalesce"])
        .tolerates(Tolerance::Skips)
        .example(EXAMPLE)
        .sample(Sample::new().input("values", Value::Int(1)).input("values", Value::Int(2)))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let more = inputs.values.len().saturating_sub(1);
        if more > 0 {
            ctx.log(format!("{more} more branches had a value; the first in port order was taken"));
        }
        first(inputs.values).map(|value| Out { value })
    }
}

/// Returns the first of the inputs that have a value; the engine leaves the others out.
pub(crate) fn first(values: Vec<Value>) -> Result<Value, NodeError> {
    values.into_iter().next().ok_or_else(|| NodeError::new("input `values` has no value").permanent())
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
odd:
  kind: flow.if
  params: { when: value is odd }
  inputs: { value: each.value }
words:
  kind: text.template
  params: { template: "{{ number }} is odd" }
  inputs: { number: odd.then }
others:
  kind: text.template
  params: { template: "{{ number }} is even" }
  inputs: { number: odd.else }
all:
  kind: flow.merge
  inputs: { values: [words.text, others.text] }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn the_first_value_is_taken_and_the_others_are_noted() {
        let gave = Harness::of::<Merge>().input("values", Value::Int(2)).input("values", Value::Int(3)).fire().unwrap();
        assert_eq!(gave.get::<i64>("value"), Ok(2));
        assert_eq!(gave.logs(), ["1 more branches had a value; the first in port order was taken"]);
    }

    #[test]
    fn without_any_value_there_is_nothing_to_take() {
        let error = Harness::of::<Merge>().fire().map(|_| ()).unwrap_err();
        assert!(error.is_permanent());
        assert_eq!(error.to_string(), "input `values` has no value");
    }
}
