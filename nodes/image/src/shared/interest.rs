//! The window of a picture in which most is to be seen, by sums that slide along; only one row of them is kept.

use windlass_core::node::NodeError;
use windlass_core::value::Image;

use crate::shared::depth::{Depth, with_depth};
use crate::shared::filter::Shape;
use crate::shared::pixels::{colour_count, is_premultiplied};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The sum of the gradient's absolute parts, by Sobel, of luma.
    Edges,
    /// The squared distance to the mean colour of the picture.
    Energy,
}

/// Returns the left and the upper side, in pixels, of the window of `size` in which the measure is largest; of several
/// alike, that next to the middle. The window is not larger than the picture.
///
/// Measures are integers, so that sums that slide are exact. `go_on` is asked once for each row.
///
/// # Errors
/// What `go_on` returns.
pub fn most_interesting(
    image: &Image,
    size: (u32, u32),
    measure: Measure,
    go_on: impl Fn() -> Result<(), NodeError>,
) -> Result<(u32, u32), NodeError> {
    with_depth!(image.samples(), samples => search(&Rows::new(image, samples, measure), size, go_on))
}

fn search<T: Depth>(
    rows: &Rows<'_, T>,
    (width, height): (u32, u32),
    go_on: impl Fn() -> Result<(), NodeError>,
) -> Result<(u32, u32), NodeError> {
    let (width, height) = (width as usize, height as usize);
    let room = (rows.shape.width - width, rows.shape.height - height);
    let mut columns = vec![0_u64; rows.shape.width];
    let mut row = vec![0_u32; rows.shape.width];
    for y in 0..height {
        go_on()?;
        rows.measure(y, &mut row);
        columns.iter_mut().zip(&row).for_each(|(sum, new)| *sum += u64::from(*new));
    }
    let mut best = None;
    for y in 0..=room.1 {
        go_on()?;
        let mut sum: u64 = columns[..width].iter().sum();
        for x in 0..=room.0 {
            // Twice the distance to the middle, so that halves count.
            let off = (2 * x).abs_diff(room.0).pow(2) + (2 * y).abs_diff(room.1).pow(2);
            if best.is_none_or(|(most, nearest, _)| (sum, std::cmp::Reverse(off)) > (most, std::cmp::Reverse(nearest)))
            {
                best = Some((sum, off, (x as u32, y as u32)));
            }
            if x < room.0 {
                sum = sum + columns[x + width] - columns[x];
            }
        }
        if y < room.1 {
            rows.measure(y, &mut row);
            columns.iter_mut().zip(&row).for_each(|(sum, old)| *sum -= u64::from(*old));
            rows.measure(y + height, &mut row);
            columns.iter_mut().zip(&row).for_each(|(sum, new)| *sum += u64::from(*new));
        }
    }
    Ok(best.map_or((0, 0), |(_, _, place)| place))
}

/// A picture whose rows are measured.
struct Rows<'a, T> {
    samples: &'a [T],
    shape: Shape,
    colours: usize,
    has_alpha: bool,
    premultiplied: bool,
    measure: Measure,
    mean: [f32; 3],
}

/// What full brightness is where it is measured.
const SCALE: f32 = 255.0;

impl<'a, T: Depth> Rows<'a, T> {
    fn new(image: &Image, samples: &'a [T], measure: Measure) -> Self {
        let mut rows = Self {
            samples,
            shape: Shape::of(image),
            colours: colour_count(image),
            has_alpha: image.channels().has_alpha(),
            premultiplied: is_premultiplied(image),
            measure,
            mean: [0.0; 3],
        };
        if measure == Measure::Energy {
            let mut sums = [0.0_f64; 3];
            for pixel in samples.chunks_exact(rows.shape.count) {
                let seen = rows.seen(pixel);
                sums.iter_mut().zip(seen).for_each(|(sum, sample)| *sum += f64::from(sample));
            }
            rows.mean = sums.map(|sum| (sum / (rows.shape.width * rows.shape.height) as f64) as f32);
        }
        rows
    }

    /// Returns red, green and blue as they are seen on black.
    fn seen(&self, pixel: &[T]) -> [f32; 3] {
        let weighs = self.has_alpha && !self.premultiplied;
        let alpha = if weighs { pixel[self.colours].unit() } else { 1.0 };
        let part = |at: usize| {
            let seen = pixel[at].unit() * alpha * SCALE;
            // What is no number is nothing to be seen, and what is beyond white is white.
            if seen > 0.0 { seen.min(SCALE) } else { 0.0 }
        };
        if self.colours == 1 { [part(0); 3] } else { [part(0), part(1), part(2)] }
    }

    fn pixel(&self, x: usize, y: usize) -> [f32; 3] {
        self.seen(&self.samples[(y * self.shape.width + x) * self.shape.count..][..self.shape.count])
    }

    fn luma(&self, x: usize, y: usize) -> f32 {
        let [red, green, blue] = self.pixel(x, y);
        0.299 * red + 0.587 * green + 0.114 * blue
    }

    fn measure(&self, y: usize, to: &mut [u32]) {
        match self.measure {
            Measure::Energy => to.iter_mut().enumerate().for_each(|(x, to)| *to = self.energy(x, y)),
            Measure::Edges => self.edges(y, to),
        }
    }

    fn energy(&self, x: usize, y: usize) -> u32 {
        let pixel = self.pixel(x, y);
        (0..3).map(|at| (pixel[at] - self.mean[at]).powi(2)).sum::<f32>().round() as u32
    }

    fn edges(&self, y: usize, to: &mut [u32]) {
        let (right, bottom) = (self.shape.width - 1, self.shape.height - 1);
        let ys = [y.saturating_sub(1), y, (y + 1).min(bottom)];
        let column = |x: usize| ys.map(|y| self.luma(x, y));
        let (mut before, mut here) = (column(0), column(0));
        for (x, to) in to.iter_mut().enumerate() {
            let behind = column((x + 1).min(right));
            let across = (behind[0] - before[0]) + 2.0 * (behind[1] - before[1]) + (behind[2] - before[2]);
            let down = (before[2] - before[0]) + 2.0 * (here[2] - here[0]) + (behind[2] - behind[0]);
            *to = (across.abs() + down.abs()).round() as u32;
            (before, here) = (here, behind);
        }
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Channels, Samples};

    use super::*;
    use crate::shared::specimen;

    /// A plain picture of 60 by 40 with something in it, from `x`, `y` on, 8 by 8 pixels.
    fn with(x: u32, y: u32, something: impl Fn(u32, u32) -> u8) -> Image {
        let inside = |across: u32, down: u32| across.wrapping_sub(x) < 8 && down.wrapping_sub(y) < 8;
        let pixels = (0..40).flat_map(|down| (0..60).map(move |across| (across, down)));
        let samples = pixels.map(|(across, down)| if inside(across, down) { something(across, down) } else { 90 });
        Image::new(60, 40, Channels::Gray, Samples::U8(samples.collect())).unwrap()
    }

    fn found(image: &Image, size: (u32, u32), measure: Measure) -> (u32, u32) {
        most_interesting(image, size, measure, || Ok(())).unwrap()
    }

    #[test]
    fn the_window_is_where_something_is() {
        let spot = with(40, 20, |_, _| 255);
        assert_eq!(found(&spot, (8, 8), Measure::Energy), (40, 20));
        let chequered = with(5, 30, |x, y| if (x + y) % 2 == 0 { 60 } else { 120 });
        let (left, upper) = found(&chequered, (10, 10), Measure::Edges);
        assert!((3..=5).contains(&left) && (28..=30).contains(&upper), "{left}, {upper}");
    }

    #[test]
    fn sums_that_slide_are_those_of_each_window() {
        for image in specimen::every_layout(13, 9) {
            for measure in [Measure::Edges, Measure::Energy] {
                with_depth!(image.samples(), samples => {
                    let rows = Rows::new(&image, samples, measure);
                    let measured: Vec<Vec<u32>> = (0..9).map(|y| { let mut row = vec![0; 13]; rows.measure(y, &mut row); row }).collect();
                    let sum = |x: usize, y: usize| measured[y..y + 4].iter().flat_map(|row| &row[x..x + 5]).map(|one| u64::from(*one)).sum::<u64>();
                    let most = (0..=5).flat_map(|y| (0..=8).map(move |x| (x, y))).map(|(x, y)| sum(x, y)).max();
                    let (x, y) = found(&image, (5, 4), measure);
                    assert_eq!(Some(sum(x as usize, y as usize)), most);
                });
            }
        }
    }

    #[test]
    fn a_plain_picture_is_cut_in_the_middle() {
        let plain = with(100, 100, |_, _| 0);
        assert_eq!(found(&plain, (10, 10), Measure::Edges), (25, 15));
        assert_eq!(found(&plain, (60, 40), Measure::Energy), (0, 0));
    }

    #[test]
    fn a_run_that_is_stopped_ends_the_search() {
        let stopped = most_interesting(&with(0, 0, |_, _| 0), (2, 2), Measure::Edges, || Err(NodeError::cancelled()));
        assert!(stopped.unwrap_err().is_cancelled());
    }
}
