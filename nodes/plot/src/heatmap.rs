//! Draws numbers as colours of a grid.

use windlass_core::prelude::*;

use crate::shared::axis::{Axis, Ends, Scale};
use crate::shared::data::{self, Source};
use crate::shared::font::Face;
use crate::shared::frame::{Aside, Chart, Frame, Look, text_size};
use crate::shared::palette::{ink_on, viridis};
use crate::shared::scene::{Anchor, Mark};

/// The most cells of the grid.
const MAX_CELLS: usize = 1_000_000;

/// Steps of colour of the bar beside the grid.
const BAR_STEPS: usize = 64;

/// What is drawn.
#[derive(Params)]
pub struct Settings {
    /// Where the data come from: the port `table`, or the port `rows`, which collects a group of objects.
    #[param(static, default = "table")]
    from: Source,
    /// The column whose cells name the columns of the grid, in the order in which they come.
    x: String,
    /// The column whose cells name the rows of the grid, from the top.
    y: String,
    /// The column of numbers that are colours.
    value: String,
    /// Whether numbers are written into the cells.
    #[param(default = "auto")]
    numbers: Numbers,
    /// The number of the darkest colour; left out: the least there is. What is less is as dark.
    #[param(default = null)]
    value_min: Option<f64>,
    /// The number of the brightest colour.
    #[param(default = null)]
    value_max: Option<f64>,
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

/// Whether numbers are written into the cells.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Numbers {
    /// Where they fit.
    Auto,
    /// Never.
    None,
}

/// `plot.heatmap`
pub struct Heatmap;

impl Node for Heatmap {
    type Params = Settings;
    type In = Bag;
    type Out = Chart;

    fn about() -> About {
        About::new(
            "plot.heatmap",
            "Heat map",
            "Draws a grid whose colours are numbers, from dark (small) to bright (large; the colour map viridis, which people \
             with any kind of colour vision can read). A place without a number stays white. Two rows for one place are \
             an error: group them first.",
        )
        .search(&["chart", "matrix", "grid", "correlation", "diagram"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("x", "x").param("y", "x").param("value", "y").input("table", Value::Table(data::sample())))
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
        let (columns, column_of) = data::names(data::find(&table, &params.x)?)?;
        let (mut rows, row_of) = data::names(data::find(&table, &params.y)?)?;
        if columns.len() * rows.len() > MAX_CELLS {
            let error = NodeError::new(format!(
                "the grid has {} by {} places, at most {MAX_CELLS} are drawn",
                columns.len(),
                rows.len()
            ));
            return Err(error.hint("group the rows first (`table.group`)").permanent());
        }
        let numbers = data::numbers(data::find(&table, &params.value)?)?;
        let grid = grid(&numbers, (&columns, &column_of), (&rows, &row_of))?;
        // Names of the y axis are counted from below, and people read from above.
        rows.reverse();
        let ends = Ends::numbers("value", params.value_min, params.value_max);
        let scale = Axis::over(grid.iter().copied(), Scale::Linear)?.within(&ends)?;
        let labels = ([params.x_label.as_str(), &params.x], [params.y_label.as_str(), &params.y]);
        let look = Look::new(&params.title, labels, (params.width, params.height));
        let aside = Aside::Room(bar_room(&scale, &look)?);
        let (wide, high) = (columns.len(), rows.len());
        let mut frame = Frame::new(&look, Axis::Names(columns), Axis::Names(rows), aside)?;
        for (at, number) in grid.iter().enumerate() {
            ctx.check_cancelled()?;
            cell(&mut frame, (at % wide, high - 1 - at / wide), *number, (&scale, params.numbers));
        }
        if grid.iter().all(|number| number.is_nan()) {
            frame.say_empty();
        }
        bar(&mut frame, &scale);
        frame.finish("heatmap", ctx)
    }
}

/// Returns the number of each place, row by row; NaN where there is none.
fn grid(
    numbers: &[f64],
    (columns, column_of): (&[String], &[usize]),
    (rows, row_of): (&[String], &[usize]),
) -> Result<Vec<f64>, NodeError> {
    let mut grid = vec![f64::NAN; columns.len() * rows.len()];
    for (at, number) in numbers.iter().enumerate().filter(|(_, number)| number.is_finite()) {
        let (column, row) = (column_of[at], row_of[at]);
        let place = &mut grid[row * columns.len() + column];
        if !place.is_nan() {
            let error = NodeError::new(format!("two rows are the place `{}`, `{}`", columns[column], rows[row]));
            return Err(error.hint("group the rows first (`table.group`)").permanent());
        }
        *place = *number;
    }
    Ok(grid)
}

fn share(scale: &Axis, number: f64) -> f64 {
    scale.place(scale.clamp(number)).unwrap_or(0.0)
}

fn cell(frame: &mut Frame, (column, row): (usize, usize), number: f64, (scale, numbers): (&Axis, Numbers)) {
    let (x, y) = (column as f64, row as f64);
    let edges = (frame.spot(x - 0.5, y - 0.5), frame.spot(x + 0.5, y + 0.5), frame.spot(x, y));
    let (Some(from), Some(to), Some(middle)) = edges else { return };
    if number.is_nan() {
        return;
    }
    let colour = viridis(share(scale, number));
    // Cells overlap by a hair, so that no light shines through between them.
    frame.draw(Mark::Rect { from: (from.0, from.1), to: (to.0 + 0.3, to.1 - 0.3), colour, opacity: 1.0 });
    let text = short(number);
    let size = frame.size * 0.9;
    let fits = frame.face.width(&text, size) < (to.0 - from.0) * 0.9 && size < (from.1 - to.1) * 0.9;
    if fits && numbers == Numbers::Auto {
        frame.write(&text, middle, (size, Anchor::Middle), ink_on(colour));
    }
}

/// Writes a number with three or four digits that count.
fn short(number: f64) -> String {
    let size = number.abs();
    if number.fract() == 0.0 && size < 1e6 {
        return format!("{number}");
    }
    match size {
        1e-3..1e1 => format!("{number:.2}"),
        1e1..1e2 => format!("{number:.1}"),
        1e2..1e6 => format!("{number:.0}"),
        _ => format!("{number:.1e}"),
    }
}

fn bar_labels(scale: &Axis) -> Vec<crate::shared::axis::Tick> {
    scale.ticks(6)
}

fn bar_room(scale: &Axis, look: &Look) -> Result<f32, NodeError> {
    let (face, size) = (Face::new()?, text_size(look));
    let widest = bar_labels(scale).iter().map(|tick| face.width(&tick.label, size * 0.95)).fold(0.0, f32::max);
    Ok(widest + size * 3.0)
}

/// Draws which colour is which number.
fn bar(frame: &mut Frame, scale: &Axis) {
    let [_, top, right, bottom] = frame.area;
    let (size, left) = (frame.size, right + frame.size);
    let height = (bottom - top) / BAR_STEPS as f32;
    for step in 0..BAR_STEPS {
        let y = bottom - height * step as f32;
        let colour = viridis((step as f64 + 0.5) / BAR_STEPS as f64);
        // Each step reaches to the top, and the next one covers it: no light shines through between them.
        frame.draw(Mark::Rect { from: (left, y), to: (left + size, top), colour, opacity: 1.0 });
    }
    for tick in bar_labels(scale) {
        let at = (left + size * 1.4, bottom - (bottom - top) * tick.at as f32);
        frame.write(&tick.label, at, (size * 0.95, Anchor::Start), [0x22; 3]);
    }
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
  kind: plot.heatmap
  params: { x: day, y: month, value: sold }
  inputs: { table: all.table }
save:
  kind: image.save
  params: { path: out/days.png }
  inputs: { image: plot.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{Cells, Column};

    use super::*;
    use crate::shared::specimen::{cause, svg, table};

    fn bench(y: &str) -> Harness {
        let bench = Harness::of::<Heatmap>().param("x", "month").param("y", y).param("value", "sold");
        bench.input("table", Value::Table(table()))
    }

    #[test]
    fn each_number_is_a_cell_with_its_colour() {
        let drawn = svg(&bench("town"));
        assert_eq!(drawn.matches("<rect").count(), 1 + 5 + BAR_STEPS);
        assert!(drawn.contains(">30</text>") && drawn.contains("fill=\"#fde725\""), "the largest is the brightest");
        assert!(!svg(&bench("town").param("numbers", "none")).contains(">12</text>"));
    }

    #[test]
    fn colours_end_where_they_are_said_to() {
        let drawn = svg(&bench("town").param("value_min", 10).param("value_max", 20).param("numbers", "none"));
        let of = |colour: &str| drawn.matches(&format!("fill=\"{colour}\"")).count();
        assert_eq!((of("#fde725"), of("#440154")), (2, 2), "30 and 21 are the brightest, 9 and 4 the darkest");
        let turned = bench("town").param("value_min", 90);
        assert_eq!(cause(turned), "the axis would go from 90 (`value_min`) to 30 (`value_max`)");
    }

    #[test]
    fn too_many_places_are_refused_and_a_long_drawing_can_be_stopped() {
        let cells = |each: i64| Cells::Int((0..1_200_000).map(|at| Some(at % each)).collect());
        let columns = [("x", cells(1001)), ("y", cells(1000)), ("n", cells(7))];
        let columns = columns.map(|(name, cells)| Column { name: name.into(), cells });
        let table = Value::Table(Arc::new(Table::new(columns.into()).unwrap()));
        let many = Harness::of::<Heatmap>().param("x", "x").param("y", "y").param("value", "n").input("table", table);
        assert_eq!(cause(many), "the grid has 1001 by 1000 places, at most 1000000 are drawn");
        let stopped = bench("town");
        stopped.cancel().cancel();
        assert!(stopped.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn two_rows_for_one_place_are_an_error() {
        assert_eq!(cause(bench("month")), "two rows are the place `Jan`, `Jan`");
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(
            [3.0, 0.123456, 42.42, 1234.5, 1.0e-9, 2.5e9].map(short),
            ["3", "0.12", "42.4", "1234", "1.0e-9", "2.5e9"]
        );
    }
}
