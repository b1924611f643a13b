//! Means over boxes by running sums, whose time does not depend on the size of the box.

use crate::shared::depth::Depth;
use crate::shared::filter::Shape;
use crate::shared::rows::fill_bands;

/// How many boxes make a Gaussian.
const BOXES: usize = 4;

/// How many columns are read at a time, so that each line of the cache is read once.
const COLUMNS: usize = 8;

/// A box along one line: `radius` whole pixels on both sides of the middle, and a share of one more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Whole pixels on each side.
    pub radius: usize,
    /// How much the next pixel on each side counts, 0.0 to 1.0.
    pub share: f64,
}

/// Returns the mean over the square of `2 radius + 1` pixels around each pixel; the outermost pixels go on for ever.
pub fn mean<T: Depth, U: Depth>(samples: &[T], shape: Shape, radius: usize) -> Vec<U> {
    both_ways(samples, shape, &[Window { radius, share: 0.0 }])
}

/// Returns what is near to a Gaussian: the same mean of extended boxes four times over (Gwosdek, Grewenig, Bruhn and
/// Weickert 2011, "Theoretical foundations of Gaussian convolution by extended box filtering").
pub fn gaussian<T: Depth>(samples: &[T], shape: Shape, sigma: f64) -> Vec<f32> {
    both_ways(samples, shape, &[extended(sigma); BOXES])
}

/// Returns the box whose variance is that of the Gaussian, shared by all boxes.
fn extended(sigma: f64) -> Window {
    let variance = sigma * sigma / BOXES as f64;
    let radius = (0.5 * (12.0 * variance + 1.0).sqrt() - 0.5).floor();
    let share = (2.0 * radius + 1.0) * (radius * (radius + 1.0) - 3.0 * variance)
        / (6.0 * (variance - (radius + 1.0) * (radius + 1.0)));
    Window { radius: radius as usize, share }
}

fn both_ways<T: Depth, U: Depth>(samples: &[T], shape: Shape, windows: &[Window]) -> Vec<U> {
    let lying: Vec<f32> = along_columns(samples, shape, windows);
    along_columns(&lying, Shape { width: shape.height, height: shape.width, count: shape.count }, windows)
}

/// Averages along columns, which become rows.
fn along_columns<T: Depth, U: Depth>(samples: &[T], shape: Shape, windows: &[Window]) -> Vec<U> {
    let (count, line_len) = (shape.count, shape.height * shape.count);
    let mut made = vec![U::default(); samples.len()];
    fill_bands(&mut made, line_len, |first, band| {
        let mut lines = vec![0.0; COLUMNS * line_len];
        let (mut now, mut next) = (Vec::new(), Vec::new());
        for (at, rows) in band.chunks_mut(COLUMNS * line_len).enumerate() {
            let (left, columns) = (first + at * COLUMNS, rows.len() / line_len);
            for y in 0..shape.height {
                let from = &samples[(y * shape.width + left) * count..][..columns * count];
                for (column, pixel) in from.chunks_exact(count).enumerate() {
                    let to = &mut lines[column * line_len + y * count..][..count];
                    to.iter_mut().zip(pixel).for_each(|(to, sample)| *to = sample.number());
                }
            }
            for (line, row) in lines.chunks_exact(line_len).zip(rows.chunks_exact_mut(line_len)) {
                extend(line, &mut now, count, windows);
                for window in windows {
                    average(&now, &mut next, count, *window);
                    std::mem::swap(&mut now, &mut next);
                }
                row.iter_mut().zip(&now).for_each(|(to, number)| *to = U::of_number(*number));
            }
        }
    });
    made
}

/// Repeats the ends of a line as far as all windows together reach: what lies beyond the ends is averaged with the rest.
fn extend(line: &[f32], to: &mut Vec<f32>, count: usize, windows: &[Window]) {
    let margin: usize = windows.iter().map(|window| window.radius + 1).sum();
    to.clear();
    (0..margin).for_each(|_| to.extend_from_slice(&line[..count]));
    to.extend_from_slice(line);
    (0..margin).for_each(|_| to.extend_from_slice(&line[line.len() - count..]));
}

/// Averages along a line whose pixels have `count` samples; it becomes shorter by what the window reaches over its ends.
fn average(line: &[f32], to: &mut Vec<f32>, count: usize, window: Window) {
    to.resize(line.len() - 2 * (window.radius + 1) * count, 0.0);
    match count {
        1 => slide::<1>(line, to, window),
        2 => slide::<2>(line, to, window),
        3 => slide::<3>(line, to, window),
        _ => slide::<4>(line, to, window),
    }
}

#[inline(always)]
fn slide<const COUNT: usize>(line: &[f32], to: &mut [f32], window: Window) {
    let line = line.as_chunks::<COUNT>().0;
    let whole = 2 * window.radius + 1;
    let weight = 1.0 / (whole as f64 + 2.0 * window.share);
    // Sums of double precision, so that what was added is taken away again without a trace.
    let mut sums = [0.0_f64; COUNT];
    for pixel in &line[1..=whole] {
        (0..COUNT).for_each(|at| sums[at] += f64::from(pixel[at]));
    }
    let steps = line.iter().zip(&line[1..]).zip(&line[1 + whole..]);
    for (to, ((before, leaves), behind)) in to.as_chunks_mut::<COUNT>().0.iter_mut().zip(steps) {
        for at in 0..COUNT {
            let beside = f64::from(before[at]) + f64::from(behind[at]);
            to[at] = ((sums[at] + window.share * beside) * weight) as f32;
            sums[at] += f64::from(behind[at]) - f64::from(leaves[at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_window() {
        let shape = Shape { width: 19, height: 23, count: 2 };
        let samples: Vec<u8> = (0..shape.row_len() * shape.height).map(|at| (at * at * 31 % 251) as u8).collect();
        for radius in [0, 1, 3, 40] {
            let made: Vec<f32> = mean(&samples, shape, radius);
            let near = |at: usize, side: usize| {
                (0..=2 * radius).map(move |by| (at + by).saturating_sub(radius).min(side - 1)).collect::<Vec<_>>()
            };
            for (at, mean) in made.iter().enumerate() {
                let (x, y, channel) = (at / 2 % 19, at / 38, at % 2);
                let sum: f64 = near(y, 23)
                    .iter()
                    .flat_map(|y| near(x, 19).into_iter().map(move |x| (y * 19 + x) * 2 + channel))
                    .map(|at| f64::from(samples[at]))
                    .sum();
                let count = (2 * radius + 1).pow(2) as f64;
                assert!((f64::from(*mean) - sum / count).abs() < 1e-3, "radius {radius}, sample {at}");
            }
        }
    }

    #[test]
    fn extended_boxes_have_the_variance_of_the_gaussian() {
        for sigma in [0.3, 1.0, 7.7, 25.0, 333.0] {
            let Window { radius, share } = extended(sigma);
            assert!((0.0..1.0).contains(&share), "sigma {sigma}: share {share}");
            let radius = radius as f64;
            let squares = radius * (radius + 1.0) * (2.0 * radius + 1.0) / 3.0 + 2.0 * share * (radius + 1.0).powi(2);
            let variance = squares / (2.0 * radius + 1.0 + 2.0 * share);
            assert!((variance * BOXES as f64 / (sigma * sigma) - 1.0).abs() < 1e-9, "sigma {sigma}");
        }
    }
}
