//! Statistics of numbers, for all up to each item and for the whole group.

use windlass_core::json;
use windlass_core::prelude::*;

use crate::numbers::Numbers;

/// A number of the group.
#[derive(Inputs)]
pub struct In {
    /// The number.
    value: f64,
}

/// The statistics up to and including the item.
#[derive(Outputs)]
pub struct Out {
    /// How many numbers there were so far.
    count: u64,
    /// Their sum.
    sum: f64,
    /// Their mean.
    mean: f64,
    /// The smallest of them.
    min: f64,
    /// The largest of them.
    max: f64,
    /// Their standard deviation, as of a whole population.
    deviation: f64,
}

/// The statistics of the whole group.
#[derive(Default, Outputs)]
pub struct End {
    /// `count`, `sum`, `mean`, `min`, `max` and `deviation` of the whole group; all but the first two are null for an
    /// empty one.
    total: serde_json::Value,
}

/// `flow.running`
pub struct Running;

impl Ordered for Running {
    type Params = ();
    type In = In;
    type Out = Out;
    type End = End;
    type State = Numbers;

    fn about() -> About {
        About::new(
            "flow.running",
            "Running statistics",
            "Counts the numbers of a group and gives their sum, mean, range and deviation: for all up to each item, \
             and once for the whole group. What was filtered or failed is left out.",
        )
        .search(&["mean", "average", "sum", "count", "minimum", "maximum", "statistics"])
        .example(EXAMPLE)
        .sample(Sample::new().input("value", Value::Float(2.5)))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, numbers: &Numbers, (): (), inputs: In, _: &Ctx) -> Result<Turn<Out, Numbers>, NodeError> {
        let next = numbers.with(inputs.value);
        Ok(Turn::new(so_far(&next)).change(|numbers| *numbers = next))
    }

    fn end(&self, numbers: &Numbers, _: &Ctx) -> Result<End, NodeError> {
        let known = numbers.count > 0;
        let where_known = |figure: f64| known.then_some(figure);
        let total = json!({
            "count": numbers.count,
            "sum": numbers.sum,
            "mean": where_known(numbers.mean),
            "min": where_known(numbers.min),
            "max": where_known(numbers.max),
            "deviation": where_known(numbers.deviation()),
        });
        Ok(End { total })
    }
}

fn so_far(numbers: &Numbers) -> Out {
    let Numbers { count, sum, mean, min, max, .. } = *numbers;
    Out { count, sum, mean, min, max, deviation: numbers.deviation() }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
so_far:
  kind: flow.running
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn each_number_counts_with_those_before_it() {
        let gave = Harness::of_ordered::<Running>().fire_group("value", [2.0, 4.0, 9.0]).unwrap();
        let figures = |port: &str| -> Vec<f64> {
            gave.items.iter().map(|item| item.as_ref().unwrap().get(port).unwrap()).collect()
        };
        assert_eq!(figures("sum"), [2.0, 6.0, 15.0]);
        assert_eq!(figures("mean"), [2.0, 3.0, 5.0]);
        assert_eq!((figures("min"), figures("max")), (vec![2.0; 3], vec![2.0, 4.0, 9.0]));
        assert_eq!(figures("deviation")[..2], [0.0, 1.0]);
    }

    #[test]
    fn the_whole_group_has_its_figures_and_an_empty_one_has_none() {
        let total = |numbers: &[f64]| {
            let gave = Harness::of_ordered::<Running>().fire_group("value", numbers.iter().copied()).unwrap();
            gave.end.value("total").and_then(Value::to_json).unwrap()
        };
        assert_eq!(total(&[1.0, 3.0])["mean"], 2.0);
        let empty = total(&[]);
        assert_eq!((&empty["count"], &empty["mean"]), (&json!(0), &json!(null)));
    }

    #[test]
    fn what_is_no_number_is_refused_and_what_is_not_finite_is_null_in_the_total() {
        let error = Harness::of_ordered::<Running>().fire_group("value", [Value::text("x")]).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `value`: expected `float`"), "{error}");
        let gave = Harness::of_ordered::<Running>().fire_group("value", [f64::NAN, f64::INFINITY, 1.0]).unwrap();
        let total = gave.end.value("total").and_then(Value::to_json).unwrap();
        assert_eq!((&total["count"], &total["sum"], &total["mean"]), (&json!(3), &json!(null), &json!(null)));
    }

    #[test]
    fn large_numbers_that_are_close_keep_their_deviation() {
        let numbers = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        let gave = Harness::of_ordered::<Running>().fire_group("value", numbers).unwrap();
        let last: f64 = gave.items.last().unwrap().as_ref().unwrap().get("deviation").unwrap();
        assert!((last - 22.5_f64.sqrt()).abs() < 1e-6, "{last}");
    }
}
