//! `image.curves`: brightness and colours by curves through points.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::pixels::{colour_count, tone};
use crate::shared::ports::{self, In, Out};

/// The most points that a curve may have.
const MOST_POINTS: usize = 256;

/// The curves. Each is a list of points `[from, to]`, from 0 (black) to 1 (white), for example
/// `[[0, 0], [0.25, 0.18], [0.75, 0.85], [1, 1]]`.
#[derive(Params)]
pub struct Settings {
    /// Points of the curve for all channels of colour: `[[0, 0], [0.5, 0.6], [1, 1]]`. Between them the curve rises or
    /// falls as they do, without overshooting; before the first and behind the last it is level.
    #[param(default = [[0, 0], [1, 1]])]
    points: Vec<Vec<f64>>,
    /// Points of one more curve for red, before the one for all; left out, there is none.
    #[param(default = null)]
    red: Option<Vec<Vec<f64>>>,
    /// The same for green.
    #[param(default = null)]
    green: Option<Vec<Vec<f64>>>,
    /// The same for blue.
    #[param(default = null)]
    blue: Option<Vec<Vec<f64>>>,
}

/// `image.curves`
pub struct Curves;

impl Node for Curves {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.curves",
            "Curves",
            "Maps brightness by a smooth curve through points, for all channels or for each: monotone cubic \
             interpolation (Fritsch and Carlson 1980). Curves for red, green and blue do nothing to grey pictures.",
        )
        .cpu()
        .search(&["tone", "contrast", "s-curve", "gradation", "color grading"])
        .example(&ports::example("sunset.jpg", "curves", "points: [[0, 0], [0.25, 0.15], [0.75, 0.85], [1, 1]]"))
        .sample(ports::sample().param("points", windlass_core::json!([[0, 0.2], [0.5, 0.5], [1, 1]])))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        curves(params).map(drop)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (all, own) = curves(&params)?;
        Out::like(&inputs.image, apply(&inputs.image, &all, &own))
    }
}

/// Returns the curve of all channels, and those of single ones.
fn curves(params: &Settings) -> Result<(Curve, [Option<Curve>; 3]), NodeError> {
    let one = |name, points: &Option<Vec<Vec<f64>>>| match points {
        Some(points) => Curve::through(name, points).map(Some),
        None => Ok(None),
    };
    let own = [one("red", &params.red)?, one("green", &params.green)?, one("blue", &params.blue)?];
    Ok((Curve::through("points", &params.points)?, own))
}

fn apply(image: &Image, all: &Curve, own: &[Option<Curve>; 3]) -> Samples {
    let colours = colour_count(image) == 3;
    tone(image, |channel, unit| {
        let own = own[channel].as_ref().filter(|_| colours);
        all.at(own.map_or(unit, |own| own.at(unit)))
    })
}

/// A monotone cubic curve through points.
struct Curve {
    /// Place, height and slope of each point.
    points: Vec<[f64; 3]>,
}

impl Curve {
    /// Makes the curve through points, which need not be in order.
    fn through(name: &str, points: &[Vec<f64>]) -> Result<Self, NodeError> {
        let hint = "write points like `[[0, 0], [0.5, 0.6], [1, 1]]`";
        let wrong = |what: String| NodeError::new(what).hint(hint).permanent();
        if points.len() < 2 || points.len() > MOST_POINTS {
            let count = points.len();
            return Err(wrong(format!("parameter `{name}` has {count} points, a curve has 2 to {MOST_POINTS}")));
        }
        let pair = |point: &Vec<f64>| match point[..] {
            [x, y] if (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) => Ok([x, y, 0.0]),
            _ => Err(wrong(format!("parameter `{name}` has a point {point:?} that is no pair of numbers from 0 to 1"))),
        };
        let mut points = points.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        if let Some(twice) = points.windows(2).find(|pair| pair[0][0] == pair[1][0]) {
            return Err(wrong(format!("parameter `{name}` has two points at {}", twice[0][0])));
        }
        slopes(&mut points);
        Ok(Self { points })
    }

    /// Returns the height of the curve at a place, by a cubic Hermite spline.
    fn at(&self, unit: f32) -> f32 {
        let x = f64::from(unit);
        let after = self.points.partition_point(|point| point[0] <= x);
        let (Some([x0, y0, slope0]), Some([x1, y1, slope1])) =
            (after.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(after))
        else {
            let end = if after == 0 { self.points.first() } else { self.points.last() };
            return end.map_or(unit, |end| end[1] as f32);
        };
        let width = x1 - x0;
        let t = (x - x0) / width;
        let (t2, t3) = (t * t, t * t * t);
        let from = (2.0 * t3 - 3.0 * t2 + 1.0) * y0 + (t3 - 2.0 * t2 + t) * width * slope0;
        let to = (3.0 * t2 - 2.0 * t3) * y1 + (t3 - t2) * width * slope1;
        (from + to) as f32
    }
}

/// Sets slopes that let the curve rise and fall with its points alone: the weighted harmonic mean of the slopes on both
/// sides (Fritsch and Butland 1984), and one-sided differences of three points at the ends.
fn slopes(points: &mut [[f64; 3]]) {
    let steps: Vec<[f64; 2]> = points
        .windows(2)
        .map(|pair| [pair[1][0] - pair[0][0], (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])])
        .collect();
    let last = points.len() - 1;
    for (at, pair) in steps.windows(2).enumerate() {
        let ([before, rise], [behind, fall]) = (pair[0], pair[1]);
        let (left, right) = (2.0 * behind + before, behind + 2.0 * before);
        let same_way = rise * fall > 0.0;
        points[at + 1][2] = if same_way { (left + right) / (left / rise + right / fall) } else { 0.0 };
    }
    let end = |near: [f64; 2], next: [f64; 2]| {
        let slope = ((2.0 * near[0] + next[0]) * near[1] - near[0] * next[1]) / (near[0] + next[0]);
        match () {
            () if slope * near[1] <= 0.0 => 0.0,
            () if near[1] * next[1] <= 0.0 && slope.abs() > 3.0 * near[1].abs() => 3.0 * near[1],
            () => slope,
        }
    };
    match steps[..] {
        [only] => points.iter_mut().for_each(|point| point[2] = only[1]),
        [first, second, ..] => {
            points[0][2] = end(first, second);
            points[last][2] = end(steps[last - 1], steps[last - 2]);
        }
        [] => {}
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::Channels;

    use super::*;

    fn curve(points: &[[f64; 2]]) -> Curve {
        Curve::through("points", &points.iter().map(|point| point.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    fn bench() -> Harness {
        let image = Image::new(1, 1, Channels::Rgb, Samples::U8(vec![51, 102, 204])).unwrap();
        Harness::of::<Curves>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn made(bench: Harness) -> Samples {
        bench.fire().unwrap().get::<Arc<Image>>("image").unwrap().samples().clone()
    }

    #[test]
    fn a_straight_line_changes_nothing() {
        assert_eq!(made(bench()), Samples::U8(vec![51, 102, 204]));
    }

    #[test]
    fn points_are_met_and_nothing_overshoots() {
        let points = [[0.0, 0.1], [0.3, 0.1], [0.35, 0.9], [0.8, 0.9], [1.0, 0.5]];
        let curve = curve(&points);
        assert!(points.iter().all(|point| (f64::from(curve.at(point[0] as f32)) - point[1]).abs() < 1e-6));
        let heights: Vec<f32> = (0..=1000).map(|at| curve.at(at as f32 / 1000.0)).collect();
        assert!(heights.iter().all(|height| (0.1..=0.9).contains(height)));
        assert!(heights[..=800].windows(2).all(|pair| pair[0] <= pair[1] + 1e-6));
    }

    #[test]
    fn channels_have_curves_of_their_own() {
        let half = json!([[0, 0], [1, 0.5]]);
        assert_eq!(made(bench().param("green", half.clone())), Samples::U8(vec![51, 51, 204]));
        assert_eq!(made(bench().param("blue", half.clone()).param("points", half)), Samples::U8(vec![26, 51, 51]));
    }

    #[test]
    fn senseless_points_are_explained() {
        let cause = |points| bench().param("red", points).fire().map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(json!([[0, 0]])), "parameter `red` has 1 points, a curve has 2 to 256");
        assert!(cause(json!([[0, 0], [2, 1]])).contains("[2.0, 1.0] that is no pair of numbers from 0 to 1"));
        assert!(cause(json!([[0, 0], [0.5], [1, 1]])).contains("no pair"));
        assert_eq!(cause(json!([[0.5, 0], [0.5, 1]])), "parameter `red` has two points at 0.5");
    }
}
