//! Draws lines.

use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::axis::{Axis, Ends, Scale};
use crate::shared::clip::{Shares, clipped};
use crate::shared::data::{self, Along, Series, Source, Wanted};
use crate::shared::frame::{Aside, Chart, Frame, Look, Swatch, scaled, stroke};
use crate::shared::palette;
use crate::shared::scene::{Mark, Spot};

/// What is drawn.
#[derive(Params)]
pub struct Settings {
    /// Where the data come from: the port `table`, or the port `rows`, which collects a group of objects.
    #[param(static, default = "table")]
    from: Source,
    /// The column along the x axis: numbers; dates or times in ISO 8601 (`2024-03-01`, `2024-03-01T14:30Z`), of UTC without
    /// an offset; other texts are names, in the order in which they come. Left out, rows are counted.
    #[param(default = null)]
    x: Option<String>,
    /// The columns of numbers that are lines; none given: all others.
    #[param(default = [])]
    y: Vec<String>,
    /// A column whose texts part the one column of `y` into lines.
    #[param(default = null)]
    series: Option<String>,
    /// How numbers are laid out along x.
    #[param(default = "linear")]
    x_scale: Scale,
    /// How numbers are laid out along y.
    #[param(default = "linear")]
    y_scale: Scale,
    /// Where the x axis begins, a number or a date (`2024-03-01`); left out: where the data do.
    #[param(ty = "float|text?", default = null)]
    x_min: Json,
    /// Where the x axis ends; what lies beyond is cut off.
    #[param(ty = "float|text?", default = null)]
    x_max: Json,
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

/// `plot.line`
pub struct Line;

impl Node for Line {
    type Params = Settings;
    type In = Bag;
    type Out = Chart;

    fn about() -> About {
        About::new(
            "plot.line",
            "Line chart",
            "Draws the columns of a table as lines, joined in the order of x. A line has a gap where a cell is empty or no \
             number, and a dot where a point has no neighbours. Of more points than there are pixels, each pixel keeps \
             its first, last, lowest and highest.",
        )
        .search(&["chart", "graph", "time series", "curve", "diagram"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(data::sample())))
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
            Wanted { x: params.x.as_deref(), y: &params.y, series: params.series.as_deref(), most: palette::MAX_LINES };
        let (along, all) = (Along::of(&table, wanted.x)?, data::series(&table, &wanted)?);
        let x = data::axis(&along, &all, params.x_scale)?;
        let y = Axis::over(all.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y)), params.y_scale)?;
        let (x_ends, y_ends) =
            (Ends::read("x", [&params.x_min, &params.x_max])?, Ends::numbers("y", params.y_min, params.y_max));
        let (x, y) = (x.within(&x_ends)?, y.padded(0.04).within(&y_ends)?);
        let legend = all
            .iter()
            .enumerate()
            .map(|(at, series)| (series.name.clone(), Swatch::Line(palette::series(at), palette::dash(at))));
        let y_label = if let [one] = params.y.as_slice() { one } else { "" };
        let labels =
            ([params.x_label.as_str(), params.x.as_deref().unwrap_or_default()], [params.y_label.as_str(), y_label]);
        let look = Look::new(&params.title, labels, (params.width, params.height));
        let mut frame = Frame::new(&look, x, y, Aside::Legend(legend.collect()))?;
        let mut any = false;
        for (at, series) in all.iter().enumerate() {
            ctx.check_cancelled()?;
            let runs = runs(&frame, &along, series);
            any |= draw(&mut frame, at, runs);
        }
        if !any {
            frame.say_empty();
        }
        frame.finish("line", ctx)
    }
}

/// Returns the points of a series in the order of x, broken where one has no place.
fn runs(frame: &Frame, along: &Along, series: &Series) -> Vec<Vec<Spot>> {
    let mut points: Vec<_> =
        series.points.iter().map(|(row, y)| (along.at(*row), *y)).filter(|(x, _)| !x.is_nan()).collect();
    points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut runs = vec![Vec::new()];
    for (x, y) in points {
        match (frame.x.share(x).zip(frame.y.share(y)), runs.last_mut()) {
            (Some(shares), Some(run)) => run.push(shares),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    let spots = |run: Vec<Shares>| thinned(run.into_iter().map(|shares| frame.at(shares)).collect());
    runs.into_iter().flat_map(clipped).map(spots).collect()
}

/// Keeps the first, the lowest, the highest and the last point of each pixel across.
fn thinned(run: Vec<Spot>) -> Vec<Spot> {
    let mut kept = Vec::new();
    for pixel in run.chunk_by(|(a, _), (b, _)| a.floor() == b.floor()) {
        if pixel.len() <= 4 {
            kept.extend_from_slice(pixel);
            continue;
        }
        let by_height = |a: &&usize, b: &&usize| pixel[**a].1.total_cmp(&pixel[**b].1);
        let all: Vec<_> = (0..pixel.len()).collect();
        let (high, low) = (all.iter().min_by(by_height).copied(), all.iter().max_by(by_height).copied());
        let mut chosen = vec![0, high.unwrap_or(0), low.unwrap_or(0), pixel.len() - 1];
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|at| pixel[at]));
    }
    kept
}

fn draw(frame: &mut Frame, at: usize, runs: Vec<Vec<Spot>>) -> bool {
    let (colour, width) = (palette::series(at), stroke(frame.size));
    let any = !runs.is_empty();
    for run in runs {
        frame.draw(match run.as_slice() {
            [only] => Mark::Circle { centre: *only, radius: width * 1.2, colour, opacity: 1.0 },
            _ => Mark::Line { points: run, width, colour, dash: scaled(&palette::dash(at), frame.size) },
        });
    }
    any
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
plot:
  kind: plot.line
  params: { x: day, y: [sold], series: month, title: Sold by day }
  inputs: { table: all.table }
save:
  kind: image.save
  params: { path: out/sold.png }
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
        Harness::of::<Line>().param("x", "month").param("y", json!(["sold"])).input("table", Value::Table(table()))
    }

    #[test]
    fn each_series_is_a_line_with_its_colour() {
        let lines = svg(&bench().param("series", "town").param("title", "Sold"));
        assert_eq!(lines.matches("stroke=\"#0072b2\"").count(), 2, "the line and its place in the legend");
        for text in ["Sold", "Lund", "Porto", "Jan", "Feb", "Mar", "month", "sold"] {
            assert!(lines.contains(&format!(">{text}</text>")), "{text}");
        }
        let image = bench().fire().unwrap().get::<Arc<Image>>("image").unwrap();
        assert_eq!((image.width(), image.height()), (960, 600));
    }

    #[test]
    fn a_missing_number_breaks_a_line_and_a_lonely_point_is_a_dot() {
        let porto = svg(&bench().param("series", "town"));
        assert_eq!(porto.matches("<circle").count(), 2, "January and March of Porto, without February");
        let none = Arc::new(Table::from_rows(&[]));
        assert_eq!(
            cause(Harness::of::<Line>().input("table", Value::Table(none))),
            "the table has no column of numbers to draw"
        );
        let empty = svg(&bench().param("y", json!(["price"])).param("y_scale", "log").param("series", "town"));
        assert!(empty.contains("</svg>"));
    }

    #[test]
    fn what_lies_beyond_the_axes_is_cut_off_where_it_crosses_them() {
        let cut = svg(&bench().param("series", "town").param("y_max", 10).param("y_min", 0));
        assert!(cut.contains(">10</text>") && !cut.contains(">30</text>"));
        assert_eq!(cause(bench().param("y_min", 50)), "the axis would go from 50 (`y_min`) to 31.04 (`y_max`)");
        assert!(cause(bench().param("x_min", 1)).contains("do not go with the axis"));
    }

    #[test]
    fn dates_lie_as_far_apart_as_they_are() {
        let rows = json!([
            { "day": "2024-03-01", "n": 1 }, { "day": "2024-03-02", "n": 2 }, { "day": "2024-03-31", "n": 3 },
        ]);
        let rows: Vec<_> = rows.as_array().unwrap().iter().filter_map(|row| row.as_object().cloned()).collect();
        let bench =
            Harness::of::<Line>().param("x", "day").input("table", Value::Table(Arc::new(Table::from_rows(&rows))));
        let drawn = svg(&bench);
        assert!(drawn.contains(">2024-03-04</text>"), "a Monday on which there is no point");
        let later = svg(&bench.clone().param("x_min", "2024-03-30").param("x_max", "2024-04-02"));
        assert!(later.contains(">2024-04-01</text>"));
        assert!(cause(bench.param("x_min", "soon")).contains("`x_min` is neither a number nor a date"));
    }

    #[test]
    fn odd_points_are_drawn_or_left_out() {
        let bench = |numbers: &[f64]| {
            let cells = Cells::Float(numbers.iter().copied().map(Some).collect());
            let table = Table::new(vec![Column { name: "a".into(), cells }]).unwrap();
            Harness::of::<Line>().input("table", Value::Table(Arc::new(table)))
        };
        assert!(svg(&bench(&[])).contains(">no data</text>"));
        assert!(svg(&bench(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY])).contains(">no data</text>"));
        assert_eq!(svg(&bench(&[7.0])).matches("<circle").count(), 1);
        assert_eq!(svg(&bench(&[1.0, f64::INFINITY, 2.0, 3.0])).matches("<circle").count(), 1);
        assert_eq!(cause(bench(&[f64::MAX, -f64::MAX])), "the numbers are too large for an axis");
        let small = bench(&[1.0, 2.0]).param("width", 120).param("height", 120).param("title", "x".repeat(100_000));
        assert!(svg(&small.param("y_label", "y".repeat(100_000))).len() < 20_000);
    }

    #[test]
    fn too_much_is_refused_before_it_is_laid_out_and_a_long_drawing_can_be_stopped() {
        let table = |columns: usize, rows: usize| {
            let cells = || Cells::Int(vec![Some(1); rows]);
            let columns = (0..columns).map(|at| Column { name: at.to_string().into(), cells: cells() });
            Value::Table(Arc::new(Table::new(columns.collect()).unwrap()))
        };
        let bench = |columns, rows| Harness::of::<Line>().input("table", table(columns, rows));
        assert_eq!(cause(bench(1, 5_000_001)), "there are 5000001 rows, a chart is made of at most 5000000");
        assert_eq!(cause(bench(3001, 7000)), "3001 columns of 7000 rows are more than 20000000 points");
        let items: windlass_core::value::List =
            (0..8000).map(|at| Value::Json(Arc::new(json!({ at.to_string(): 1 })))).collect();
        let items = Harness::of::<Line>().param("from", "items").input("rows", Value::List(Arc::new(items)));
        assert_eq!(cause(items), "the items would make a table of more than 50000000 cells");
        let long = bench(1, 10);
        long.cancel().cancel();
        assert!(long.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn many_points_keep_their_extremes() {
        let run: Vec<Spot> =
            (0..1000).map(|at| (at as f32 / 1000.0, if at == 500 { 90.0 } else { (at % 7) as f32 })).collect();
        assert_eq!(thinned(run.clone()), [run[0], run[500], run[999]]);
        let few = vec![(0.0, 1.0), (0.1, 2.0), (5.0, 3.0)];
        assert_eq!(thinned(few.clone()), few);
    }

    #[test]
    fn a_group_of_items_is_drawn_too() {
        let rows = json!([{ "a": 1 }, { "a": 3 }]);
        let rows: windlass_core::value::List =
            rows.as_array().unwrap().iter().map(|row| Value::Json(Arc::new(row.clone()))).collect();
        let bench = Harness::of::<Line>().param("from", "items").input("rows", Value::List(Arc::new(rows)));
        assert!(bench.spec().unwrap().input("rows").is_some_and(|port| port.collect));
        assert!(svg(&bench).contains("<path"));
    }
}
