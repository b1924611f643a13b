//! Statistics of the last so many numbers of a group.

use std::collections::VecDeque;

use windlass_core::prelude::*;

use crate::numbers::Numbers;

/// How many.
#[derive(Params)]
pub struct Settings {
    /// How many numbers count: the item's own, and those before it. At the start of a group there are fewer.
    #[param(default = 7, min = 1, max = 65536)]
    size: u32,
}

/// A number of the group.
#[derive(Inputs)]
pub struct In {
    /// The number.
    value: f64,
}

/// The statistics of the window that ends with the item.
#[derive(Outputs)]
pub struct Out {
    /// How many numbers are in the window.
    count: u64,
    /// Whether the window is full.
    full: bool,
    /// Their sum.
    sum: f64,
    /// Their mean: the moving average.
    mean: f64,
    /// The smallest of them.
    min: f64,
    /// The largest of them.
    max: f64,
    /// Their standard deviation, as of a whole population.
    deviation: f64,
}

/// `flow.window`
pub struct Window;

impl Ordered for Window {
    type Params = Settings;
    type In = In;
    type Out = Out;
    type End = ();
    type State = VecDeque<f64>;

    fn about() -> About {
        About::new(
            "flow.window",
            "Windowed statistics",
            "Gives sum, mean, range and deviation of the last so many numbers of a group, for each item anew. Each window \
             is computed afresh, so that no error grows along a group; that takes time in proportion to the window. What was \
             filtered or failed is left out.",
        )
        .search(&["rolling", "moving average", "sliding", "mean", "minimum", "maximum", "statistics"])
        .sample(Sample::new().input("value", Value::Float(2.5)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(
        &self,
        before: &VecDeque<f64>,
        params: Settings,
        inputs: In,
        _: &Ctx,
    ) -> Result<Turn<Out, VecDeque<f64>>, NodeError> {
        let (size, value) = (params.size as usize, inputs.value);
        let gone = (before.len() + 1).saturating_sub(size);
        let window = before.iter().skip(gone).chain([&value]);
        let numbers = window.fold(Numbers::default(), |numbers, number| numbers.with(*number));
        let Numbers { count, sum, mean, min, max, .. } = numbers;
        let out =
            Out { count, full: count == u64::from(params.size), sum, mean, min, max, deviation: numbers.deviation() };
        Ok(Turn::new(out).change(move |window: &mut VecDeque<f64>| {
            window.drain(..gone);
            window.push_back(value);
        }))
    }
}

const EXAMPLE: &str = r#"
month:
  kind: files.open
  params: { path: samples/months/2024-01.csv }
days:
  kind: table.read
  params: { types: infer }
  inputs: { file: month.file }
sold:
  kind: json.get
  params: { path: /sold }
  inputs: { json: days.row }
smooth:
  kind: flow.window
  params: { size: 3 }
  inputs: { value: sold.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn figures(size: u32, numbers: &[f64], port: &str) -> Vec<f64> {
        let bench = Harness::of_ordered::<Window>().param("size", size);
        let gave = bench.fire_group("value", numbers.iter().copied()).unwrap();
        gave.items.iter().map(|item| item.as_ref().unwrap().get(port).unwrap()).collect()
    }

    #[test]
    fn each_number_counts_with_the_last_ones_before_it() {
        let numbers = [4.0, 2.0, 6.0, 10.0, 2.0];
        assert_eq!(figures(3, &numbers, "mean"), [4.0, 3.0, 4.0, 6.0, 6.0]);
        assert_eq!(figures(3, &numbers, "min"), [4.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(figures(3, &numbers, "max"), [4.0, 4.0, 6.0, 10.0, 10.0]);
        assert_eq!(figures(3, &numbers, "count"), [1.0, 2.0, 3.0, 3.0, 3.0]);
        assert_eq!(figures(1, &numbers, "sum"), numbers);
        assert_eq!(figures(2, &numbers, "deviation"), [0.0, 1.0, 2.0, 2.0, 4.0]);
    }

    #[test]
    fn a_large_number_that_has_left_leaves_no_trace() {
        assert_eq!(figures(2, &[1e17, 0.1, 0.2], "sum")[2], 0.1 + 0.2);
    }

    #[test]
    fn what_is_no_number_leaves_the_window_after_its_time() {
        let means = figures(2, &[1.0, f64::NAN, 3.0, 5.0], "mean");
        assert!(means[0] == 1.0 && means[1].is_nan() && means[2].is_nan() && means[3] == 4.0, "{means:?}");
    }

    #[test]
    fn a_window_is_full_or_not_and_has_a_size() {
        let gave = Harness::of_ordered::<Window>().param("size", 2).fire_group("value", [1.0, 2.0]).unwrap();
        let full: Vec<bool> = gave.items.iter().map(|item| item.as_ref().unwrap().get("full").unwrap()).collect();
        assert_eq!(full, [false, true]);
        let error = Harness::of_ordered::<Window>().param("size", 0).fire_group("value", [1.0]).map(|_| ());
        assert!(error.unwrap_err().to_string().starts_with("parameter `size`: expected"));
    }
}
