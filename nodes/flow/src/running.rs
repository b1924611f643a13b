//! Statistics of numbers, for all up to each item and for the whole group.

use windlass_core::json;
use windlass_core::prelude::*;

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

/// The numbers so far, as the formula of Welford (1962) keeps them: it loses no digits where they are large and close.
#[derive(Clone, Default)]
pub struct Numbers {
    count: u64,
    sum: f64,
    mean: f64,
    /// Sum of the squares of differences from the mean.
    squares: f64,
    min: f64,
    max: f64,
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
        Ok(Turn::new(next.so_far()).change(|numbers| *numbers = next))
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

impl Numbers {
    fn with(&self, number: f64) -> Self {
        let count = self.count + 1;
        let mean = self.mean + (number - self.mean) / count as f64;
        let (min, max) = if self.count == 0 { (number, number) } else { (self.min.min(number), self.max.max(number)) };
        let squares = self.squares + (number - self.mean) * (number - mean);
        Self { count, sum: self.sum + number, mean, squares, min, max }
    }

    fn deviation(&self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }

    fn so_far(&self) -> Out {
        let Self { count, sum, mean, min, max, .. } = *self;
        Out { count, sum, mean, min, max, deviation: self.deviation() }
    }
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
    fn large_numbers_that_are_close_keep_their_deviation() {
        let numbers = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        let gave = Harness::of_ordered::<Running>().fire_group("value", numbers).unwrap();
        let last: f64 = gave.items.last().unwrap().as_ref().unwrap().get("deviation").unwrap();
        assert!((last - 22.5_f64.sqrt()).abs() < 1e-6, "{last}");
    }
}
