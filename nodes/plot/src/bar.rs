//! Draws bars.

use windlass_core::prelude::*;

use crate::shared::axis::{Axis, Ends, Scale};
use crate::shared::data::{self, Series, Source, Wanted};
use crate::shared::frame::{Aside, Chart, Frame, Look, Swatch};
use crate::shared::palette;
use crate::shared::scene::Mark;

/// The share of the room between two names that bars take.
const FILLED: f64 = 0.76;

/// What is drawn.
#[derive(Params)]
pub struct Settings {
    /// Where the data come from: the port `table`, or the port `rows`, which collects a group of objects.
    #[param(static, default = "table")]
    from: Source,
    /// The column whose cells are the names of the bars, in the order in which they come.
    x: String,
    /// The columns of numbers that are bars; none given: all others.
    #[param(default = [])]
    y: Vec<String>,
    /// A column whose texts part the one column of `y` into bars of several colours.
    #[param(default = null)]
    series: Option<String>,
    /// How bars of several series stand.
    #[param(default = "grouped")]
    layout: Layout,
    /// Where the y axis begins; left out: where the data do.
    #[param(default = null)]
    y_min: Option<f64>,
    /// Where the y axis ends; what lies beyond is cut off.
    #[param(default = null)]
    y_max: Option<f64>,
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

/// How bars of several series stand.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Layout {
    /// Side by side.
    Grouped,
    /// One on top of the other; what is below 0 hangs from it.
    Stacked,
}

/// `plot.bar`
pub struct Bar;

impl Node for Bar {
    type Params = Settings;
    type In = Bag;
    type Out = Chart;

    fn about() -> About {
        About::new(
            "plot.bar",
            "Bar chart",
            "Draws the numbers of a table as bars from 0, one for each name. An empty cell has no bar. Two rows for one bar \
             are an error: group them first.",
        )
        .search(&["chart", "column chart", "histogram", "categories", "diagram"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("x", "x").input("table", Value::Table(data::sample())))
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
        let wanted =
            Wanted { x: Some(&params.x), y: &params.y, series: params.series.as_deref(), most: palette::MAX_COLOURS };
        let (names, rows) = data::names(data::find(&table, &params.x)?)?;
        let all = data::series(&table, &wanted)?;
        let bars = all.iter().map(|series| heights(series, &rows, &names)).collect::<Result<Vec<_>, _>>()?;
        let placed = placed(&bars, names.len(), params.layout);
        let ends = placed.iter().flat_map(|bar| [bar.from, bar.to]);
        let y = Axis::over(ends, Scale::Linear)?.with_zero().padded_from_zero(0.05);
        let y = y.within(&Ends::numbers("y", params.y_min, params.y_max))?;
        let legend = all.iter().enumerate().map(|(at, series)| (series.name.clone(), Swatch::Box(palette::series(at))));
        let y_label = if let [one] = params.y.as_slice() { one } else { "" };
        let labels = ([params.x_label.as_str(), &params.x], [params.y_label.as_str(), y_label]);
        let look = Look::new(&params.title, labels, (params.width, params.height));
        let mut frame = Frame::new(&look, Axis::Names(names), y, Aside::Legend(legend.collect()))?;
        for bar in &placed {
            let (low, high) = (frame.y.clamp(bar.from), frame.y.clamp(bar.to));
            let from = frame.across(bar.left).zip(frame.up(low));
            let to = frame.across(bar.right).zip(frame.up(high));
            if let (Some(from), Some(to)) = (from, to) {
                frame.draw(Mark::Rect { from, to, colour: palette::series(bar.series), opacity: 1.0 });
            }
        }
        if placed.is_empty() {
            frame.say_empty();
        }
        frame.finish("bar", ctx)
    }
}

/// A bar: its sides in names, its ends in numbers.
struct Placed {
    series: usize,
    left: f64,
    right: f64,
    from: f64,
    to: f64,
}

/// Returns the number of each name, NaN where it has none.
fn heights(series: &Series, rows: &[usize], names: &[String]) -> Result<Vec<f64>, NodeError> {
    let mut heights = vec![f64::NAN; names.len()];
    for (row, number) in series.points.iter().filter(|(_, number)| number.is_finite()) {
        let name = rows[*row];
        if !heights[name].is_nan() {
            let error = NodeError::new(format!("two rows are the bar `{}` of `{}`", names[name], series.name));
            return Err(error.hint("group the rows first (`table.group`), or name a column in `series`").permanent());
        }
        heights[name] = *number;
    }
    Ok(heights)
}

fn placed(bars: &[Vec<f64>], names: usize, layout: Layout) -> Vec<Placed> {
    let mut placed = Vec::new();
    let side = if layout == Layout::Grouped { FILLED / bars.len().max(1) as f64 } else { FILLED };
    let mut ends = vec![(0.0, 0.0); names];
    for (series, heights) in bars.iter().enumerate() {
        for (name, height) in heights.iter().enumerate().filter(|(_, height)| !height.is_nan()) {
            let offset = if layout == Layout::Grouped { side * series as f64 } else { 0.0 };
            let left = name as f64 - FILLED / 2.0 + offset;
            let (up, down) = &mut ends[name];
            let end = if *height < 0.0 { down } else { up };
            let from = if layout == Layout::Stacked { *end } else { 0.0 };
            *end = from + height;
            placed.push(Placed { series, left, right: left + side, from, to: from + height });
        }
    }
    placed
}

const EXAMPLE: &str = r#"
months:
  kind: files.glob
  params: { folder: samples/months, pattern: "*.csv" }
month:
  kind: table.open
  inputs: { file: months.file }
all:
  kind: table.concat
  params: { label: month }
  inputs: { tables: month.table, labels: months.file }
sum:
  kind: table.group
  params: { by: [month], figures: { sold: "sum(sold)" } }
  inputs: { table: all.table }
plot:
  kind: plot.bar
  params: { x: month, y: [sold] }
  inputs: { table: sum.table }
save:
  kind: image.save
  params: { path: out/months.png }
  inputs: { image: plot.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::{Cells, Column};

    use super::*;
    use crate::shared::specimen::{cause, svg, table};

    fn bench() -> Harness {
        let bench = Harness::of::<Bar>().param("x", "month").param("y", json!(["sold"])).param("series", "town");
        bench.input("table", Value::Table(table()))
    }

    /// The background is a rectangle too, and the legend has one for each series.
    const OTHERS: usize = 3;

    #[test]
    fn each_number_is_a_bar() {
        assert_eq!(svg(&bench()).matches("<rect").count(), 5 + OTHERS);
        assert_eq!(svg(&bench().param("layout", "stacked")).matches("<rect").count(), 5 + OTHERS);
    }

    #[test]
    fn bars_stand_side_by_side_or_on_each_other() {
        let bars = [vec![1.0, -2.0], vec![3.0, -4.0]];
        let ends = |layout| placed(&bars, 2, layout).iter().map(|bar| (bar.from, bar.to)).collect::<Vec<_>>();
        assert_eq!(ends(Layout::Grouped), [(0.0, 1.0), (0.0, -2.0), (0.0, 3.0), (0.0, -4.0)]);
        assert_eq!(ends(Layout::Stacked), [(0.0, 1.0), (0.0, -2.0), (1.0, 4.0), (-2.0, -6.0)]);
        let grouped = placed(&bars, 2, Layout::Grouped);
        assert!((grouped[0].right - grouped[2].left).abs() < 1e-9);
    }

    #[test]
    fn bars_end_where_the_axis_does() {
        let cut = svg(&bench().param("y_min", 10).param("y_max", 20));
        assert!(cut.contains(">20</text>") && !cut.contains(">30</text>") && !cut.contains(">0</text>"));
        assert_eq!(cause(bench().param("y_max", -1)), "the axis would go from 0 (`y_min`) to -1 (`y_max`)");
    }

    #[test]
    fn too_many_names_are_refused_and_a_long_drawing_can_be_stopped() {
        let names = Cells::Text((0..2001).map(|at| Some(at.to_string().into())).collect());
        let columns = [("name", names), ("n", Cells::Int(vec![Some(1); 2001]))];
        let columns = columns.map(|(name, cells)| Column { name: name.into(), cells });
        let table = Value::Table(Arc::new(Table::new(columns.into()).unwrap()));
        let bench = Harness::of::<Bar>().param("x", "name").input("table", table);
        assert_eq!(cause(bench), "column `name` has more than 2000 names");
        let stopped = self::bench();
        stopped.cancel().cancel();
        assert!(stopped.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn two_rows_for_one_bar_are_an_error() {
        let bench =
            Harness::of::<Bar>().param("x", "month").param("y", json!(["price"])).input("table", Value::Table(table()));
        assert_eq!(cause(bench), "two rows are the bar `Jan` of `price`");
    }
}
