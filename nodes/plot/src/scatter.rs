//! Draws points.

use std::collections::HashSet;

use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::axis::{Axis, Ends, Scale};
use crate::shared::data::{self, Along, Source, Wanted};
use crate::shared::frame::{Aside, Chart, Frame, Look, Swatch};
use crate::shared::palette;
use crate::shared::scene::Mark;

/// Places of a point within a pixel, by which points that cover each other are told.
const PLACES_OF_A_PIXEL: f32 = 2.0;

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
    /// The columns of numbers along y; none given: all others.
    #[param(default = [])]
    y: Vec<String>,
    /// A column whose texts give the points of the one column of `y` their colours.
    #[param(default = null)]
    series: Option<String>,
    /// Size of a point across; left out, it follows from the size of the chart.
    #[param(ty = "float(0.5..100)?", default = null, unit = "px")]
    point: Option<f64>,
    /// How much a point covers: 1 is all, less shows where many lie.
    #[param(default = 0.8, min = 0.01, max = 1.0)]
    opacity: f64,
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

/// `plot.scatter`
pub struct Scatter;

impl Node for Scatter {
    type Params = Settings;
    type In = Bag;
    type Out = Chart;

    fn about() -> About {
        About::new(
            "plot.scatter",
            "Scatter chart",
            "Draws the rows of a table as points. Rows with an empty cell, or a number without a place, are left out. Of \
             points that lie within half a pixel of each other one is drawn.",
        )
        .search(&["chart", "points", "correlation", "diagram"])
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
        let wanted = Wanted {
            x: params.x.as_deref(),
            y: &params.y,
            series: params.series.as_deref(),
            most: palette::MAX_COLOURS,
        };
        let (along, all) = (Along::of(&table, wanted.x)?, data::series(&table, &wanted)?);
        let x = data::axis(&along, &all, params.x_scale)?;
        let y = Axis::over(all.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y)), params.y_scale)?;
        let (x_ends, y_ends) =
            (Ends::read("x", [&params.x_min, &params.x_max])?, Ends::numbers("y", params.y_min, params.y_max));
        let (x, y) = (x.padded(0.03).within(&x_ends)?, y.padded(0.04).within(&y_ends)?);
        let legend = all.iter().enumerate().map(|(at, series)| (series.name.clone(), Swatch::Dot(palette::series(at))));
        let y_label = if let [one] = params.y.as_slice() { one } else { "" };
        let labels =
            ([params.x_label.as_str(), params.x.as_deref().unwrap_or_default()], [params.y_label.as_str(), y_label]);
        let look = Look::new(&params.title, labels, (params.width, params.height));
        let mut frame = Frame::new(&look, x, y, Aside::Legend(legend.collect()))?;
        let radius = params.point.map_or(frame.size * 0.24, |point| point as f32 / 2.0);
        let mut drawn = HashSet::new();
        for (at, series) in all.iter().enumerate() {
            ctx.check_cancelled()?;
            let spots: Vec<_> = series.points.iter().filter_map(|(row, y)| frame.spot(along.at(*row), *y)).collect();
            for centre in spots {
                let place = ((centre.0 * PLACES_OF_A_PIXEL) as i32, (centre.1 * PLACES_OF_A_PIXEL) as i32);
                if drawn.insert((at, place)) {
                    let (colour, opacity) = (palette::series(at), params.opacity as f32);
                    frame.draw(Mark::Circle { centre, radius, colour, opacity });
                }
            }
        }
        if drawn.is_empty() {
            frame.say_empty();
        }
        frame.finish("scatter", ctx)
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
length:
  kind: table.compute
  params: { columns: { letters: "ordered | length" } }
  inputs: { table: table.table }
plot:
  kind: plot.scatter
  params: { x: letters, y: [total], x_label: letters of what was ordered, y_label: total }
  inputs: { table: length.table }
save:
  kind: files.write
  params: { path: out/letters.svg }
  inputs: { value: plot.svg }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, svg, table};

    fn bench() -> Harness {
        Harness::of::<Scatter>().param("x", "price").param("y", json!(["sold"])).input("table", Value::Table(table()))
    }

    #[test]
    fn each_row_with_both_numbers_is_a_point() {
        assert_eq!(svg(&bench()).matches("<circle").count(), 5);
        assert_eq!(svg(&bench().param("series", "town")).matches("<circle").count(), 7, "two of them in the legend");
        assert_eq!(svg(&bench().param("x_scale", "log")).matches("<circle").count(), 4, "-2 has no logarithm");
    }

    #[test]
    fn points_that_cover_each_other_are_drawn_once_and_none_are_told() {
        let rows: Vec<_> = (0..5000).map(|_| json!({ "a": 1.5, "b": 2 })).collect();
        let rows: Vec<_> = rows.iter().filter_map(|row| row.as_object().cloned()).collect();
        let same =
            Harness::of::<Scatter>().param("x", "a").input("table", Value::Table(Arc::new(Table::from_rows(&rows))));
        assert_eq!(svg(&same).matches("<circle").count(), 1);
        let none = Table::from_rows(&[json!({ "a": f64::NAN, "b": 1 }).as_object().cloned().unwrap()]);
        let none = Harness::of::<Scatter>().param("x", "a").input("table", Value::Table(Arc::new(none)));
        assert!(svg(&none).contains(">no data</text>"));
    }

    #[test]
    fn points_beyond_the_axes_are_left_out_and_a_long_drawing_can_be_stopped() {
        assert_eq!(svg(&bench().param("x_min", 0).param("x_max", 2)).matches("<circle").count(), 2);
        assert_eq!(svg(&bench().param("y_min", 100).param("y_max", 200)).matches("<circle").count(), 0);
        assert!(cause(bench().param("x_max", -5)).contains("the axis would go from"));
        let stopped = bench();
        stopped.cancel().cancel();
        assert!(stopped.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn wrong_columns_are_said() {
        assert_eq!(cause(bench().param("x", "no")), "the table has no column `no`");
        assert!(cause(bench().param("y", json!(["town"]))).contains("a chart needs numbers"));
    }
}
