//! Draws how often numbers occur.

use windlass_core::prelude::*;

use crate::shared::axis::{Axis, Ends, Scale};
use crate::shared::data::{self, Source};
use crate::shared::frame::{Aside, Chart, Frame, Look};
use crate::shared::palette;
use crate::shared::scene::Mark;

/// The most bins that are chosen where none are asked for.
const MAX_AUTO_BINS: f64 = 100.0;

/// What is drawn.
#[derive(Params)]
pub struct Settings {
    /// Where the data come from: the port `table`, or the port `rows`, which collects a group of objects.
    #[param(static, default = "table")]
    from: Source,
    /// The column of numbers.
    column: String,
    /// How many bins of equal width; left out, their width is 2 IQR / ∛n (Freedman and Diaconis 1981), or their number
    /// log₂ n + 1 (Sturges 1926) where half of the numbers are equal.
    #[param(ty = "int(1..1000)?", default = null)]
    bins: Option<u32>,
    /// What the height of a bar is.
    #[param(default = "count")]
    measure: Measure,
    /// Where the x axis begins; left out: where the data do. What lies beyond is not counted.
    #[param(default = null)]
    x_min: Option<f64>,
    /// Where the x axis ends.
    #[param(default = null)]
    x_max: Option<f64>,
    /// Title above the chart; none where it is empty.
    #[param(default = "")]
    title: String,
    /// Name of the x axis.
    #[param(default = "")]
    x_label: String,
    /// Name of the y axis.
    #[param(default = "")]
    y_label: String,
    /// Width of the chart.
    #[param(default = 960, min = 120, max = 4096, unit = "px")]
    width: u32,
    /// Height of the chart.
    #[param(default = 600, min = 120, max = 4096, unit = "px")]
    height: u32,
}

/// What the height of a bar is.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Measure {
    /// How many numbers lie in the bin.
    Count,
    /// Their share of all numbers.
    Share,
    /// Their share by width, so that all areas together are 1.
    Density,
}

/// `plot.histogram`
pub struct Histogram;

impl Node for Histogram {
    type Params = Settings;
    type In = Bag;
    type Out = Chart;

    fn about() -> About {
        About::new(
            "plot.histogram",
            "Histogram",
            "Draws how many numbers of a column lie in bins of equal width. A bin holds its lower edge, the last one both. \
             Empty cells, NaN and infinities are left out.",
        )
        .search(&["chart", "distribution", "frequency", "bins", "diagram"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("column", "y").input("table", Value::Table(data::sample())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        data::add_input(spec, statics);
        Ok(())
    }

    async fn fire(&self, params: Settings, inputs: Bag, ctx: &Ctx) -> Result<Chart, NodeError> {
        let table = data::table(inputs, ctx)?;
        let mut numbers = data::numbers(data::find(&table, &params.column)?)?;
        numbers.retain(|number| number.is_finite());
        numbers.sort_by(f64::total_cmp);
        let ends = Ends::numbers("x", params.x_min, params.x_max);
        let x = Axis::over(numbers.iter().copied(), Scale::Linear)?.within(&ends)?;
        let Axis::Linear { from, to } = x else { return Err(NodeError::new("the axis is not even")) };
        numbers.retain(|number| (from..=to).contains(number));
        let count = params.bins.map_or_else(|| auto_bins(&numbers), |bins| bins as usize);
        let bins = bins(&numbers, (from, to), count);
        let all = numbers.len().max(1) as f64;
        let height = |count: usize| match params.measure {
            Measure::Count => count as f64,
            Measure::Share => count as f64 / all,
            Measure::Density => count as f64 / all / ((to - from) / bins.len() as f64),
        };
        let heights: Vec<_> = bins.iter().map(|count| height(*count)).collect();
        let y = Axis::over(heights.iter().copied(), Scale::Linear)?.with_zero().padded_from_zero(0.05);
        let measured = match params.measure {
            Measure::Count => "count",
            Measure::Share => "share",
            Measure::Density => "density",
        };
        let labels = ([params.x_label.as_str(), &params.column], [params.y_label.as_str(), measured]);
        let look = Look::new(&params.title, labels, (params.width, params.height));
        let mut frame = Frame::new(&look, x, y, Aside::Legend(Vec::new()))?;
        let gap = (frame.size / 16.0).clamp(0.5, 2.0) / 2.0;
        for (at, height) in heights.iter().enumerate().filter(|(_, height)| **height > 0.0) {
            let edge = |at: usize| frame.across(from + (to - from) * at as f64 / heights.len() as f64);
            if let (Some(left), Some(right), Some(up), Some(down)) =
                (edge(at), edge(at + 1), frame.up(*height), frame.up(0.0))
            {
                let gap = if right - left > gap * 6.0 { gap } else { 0.0 };
                let (from, to) = ((left + gap, up), (right - gap, down));
                frame.draw(Mark::Rect { from, to, colour: palette::series(0), opacity: 1.0 });
            }
        }
        if numbers.is_empty() {
            frame.say_empty();
        }
        frame.finish("histogram", ctx)
    }
}

/// Returns how many bins fit sorted numbers.
fn auto_bins(numbers: &[f64]) -> usize {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return 1 };
    let count = numbers.len() as f64;
    let at = |share: f64| numbers[((count - 1.0) * share).round() as usize];
    let width = 2.0 * (at(0.75) - at(0.25)) / count.cbrt();
    let bins = if width > 0.0 { (last - first) / width } else { count.log2() + 1.0 };
    bins.ceil().clamp(1.0, MAX_AUTO_BINS) as usize
}

fn bins(numbers: &[f64], (from, to): (f64, f64), count: usize) -> Vec<usize> {
    let mut bins = vec![0; count];
    for number in numbers {
        let place = ((number - from) / (to - from) * count as f64) as usize;
        bins[place.min(count - 1)] += 1;
    }
    bins
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
plot:
  kind: plot.histogram
  params: { column: total, bins: 8 }
  inputs: { table: table.table }
save:
  kind: image.save
  params: { path: out/totals.png }
  inputs: { image: plot.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen::{cause, svg, table};

    fn bench() -> Harness {
        Harness::of::<Histogram>().param("column", "price").input("table", Value::Table(table()))
    }

    #[test]
    fn numbers_are_counted_by_bins() {
        assert_eq!(bins(&[0.0, 0.9, 1.0, 1.9, 2.0], (0.0, 2.0), 2), [2, 3]);
        assert_eq!(svg(&bench().param("bins", 5)).matches("<rect").count(), 1 + 4, "one of five bins is empty");
        assert!(svg(&bench().param("measure", "density")).contains(">density</text>"));
    }

    #[test]
    fn the_number_of_bins_follows_from_the_numbers() {
        let even: Vec<_> = (0..1000).map(f64::from).collect();
        assert_eq!(auto_bins(&even), 11);
        assert_eq!(auto_bins(&[1.0; 8]), 4);
        assert_eq!((auto_bins(&[]), auto_bins(&[3.0])), (1, 1));
        let far: Vec<_> = even.iter().copied().chain([1e12]).collect();
        assert_eq!(auto_bins(&far), 100);
    }

    #[test]
    fn numbers_beyond_the_axis_are_not_counted() {
        let bench = bench().param("bins", 2).param("x_min", 0).param("x_max", 2);
        assert_eq!(svg(&bench).matches("<rect").count(), 1 + 2, "0.5 and 1.5, without -2, 3 and 8");
        assert!(cause(bench.param("x_max", -1)).contains("from 0 (`x_min`) to -1 (`x_max`)"));
    }

    #[test]
    fn a_long_drawing_can_be_stopped() {
        let stopped = bench();
        stopped.cancel().cancel();
        assert!(stopped.fire().is_err_and(|error| error.is_cancelled()));
        assert!(cause(bench().param("bins", 1001)).contains("parameter `bins`"));
    }

    #[test]
    fn a_column_of_texts_is_refused_and_an_empty_one_has_no_data() {
        assert!(cause(bench().param("column", "town")).contains("a chart needs numbers"));
        let empty = Harness::of::<Histogram>().param("column", "a").input(
            "table",
            Value::Table(Arc::new(Table::from_rows(&[windlass_core::json!({ "a": null })
                .as_object()
                .cloned()
                .unwrap()]))),
        );
        assert!(svg(&empty).contains(">no data</text>"));
    }
}
