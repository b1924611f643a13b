//! Softens a plane of floats: three extended box filters in place of a Gaussian, in a time that does not depend on how
//! soft (Gwosdek and others 2011, *Theoretical Foundations of Gaussian Convolution by Extended Box Filtering*).

use super::rows::fill_rows;

/// How often a box is run; three are within 3 % of a Gaussian.
const PASSES: usize = 3;

/// A box whose two outermost samples count in part.
#[derive(Clone, Copy)]
struct Window {
    /// How many whole samples lie on each side.
    radius: usize,
    /// How much the sample beyond counts.
    edge: f32,
    /// What the sum is multiplied by.
    scale: f32,
}

impl Window {
    /// Returns the box that gives a deviation when it is run [`PASSES`] times.
    fn of(deviation: f32) -> Self {
        let variance = deviation * deviation / PASSES as f32;
        let length = (12.0 * variance + 1.0).sqrt();
        let radius = ((length - 1.0) / 2.0).floor();
        // Equation 15 of the paper: the share that makes the variance exact.
        let whole = 2.0 * radius + 1.0;
        let missing = whole * (radius * (radius + 1.0) - 3.0 * variance);
        let edge = missing / (6.0 * (variance - (radius + 1.0) * (radius + 1.0)));
        Self { radius: radius as usize, edge, scale: 1.0 / (whole + 2.0 * edge) }
    }
}

/// Blurs a plane by a deviation in pixels; what lies beyond its borders is like the border.
pub fn soften(plane: &mut Vec<f32>, width: usize, deviation: f64) {
    if deviation <= 0.0 || plane.is_empty() {
        return;
    }
    let height = plane.len() / width;
    let window = Window::of(deviation as f32);
    rows(plane, width, window);
    let mut turned = transposed(plane, width);
    rows(&mut turned, height, window);
    *plane = transposed(&turned, height);
}

fn rows(plane: &mut [f32], width: usize, window: Window) {
    fill_rows(plane, width, |_, row| {
        let mut from = row.to_vec();
        for _ in 0..PASSES {
            run(&from, row, window);
            from.copy_from_slice(row);
        }
    });
}

fn run(from: &[f32], to: &mut [f32], window: Window) {
    let last = from.len() as isize - 1;
    let at = |index: isize| from[index.clamp(0, last) as usize];
    let radius = window.radius as isize;
    // Sums in double precision, so that what is added and taken away again leaves nothing behind.
    let mut sum: f64 = (-radius..=radius).map(|index| f64::from(at(index))).sum();
    for (index, to) in to.iter_mut().enumerate() {
        let index = index as isize;
        let edges = at(index - radius - 1) + at(index + radius + 1);
        *to = (sum as f32 + window.edge * edges) * window.scale;
        sum += f64::from(at(index + radius + 1)) - f64::from(at(index - radius));
    }
}

fn transposed(plane: &[f32], width: usize) -> Vec<f32> {
    let height = plane.len() / width;
    let mut made = vec![0.0; plane.len()];
    fill_rows(&mut made, height, |x, column| {
        for (y, sample) in column.iter_mut().enumerate() {
            *sample = plane[y * width + x];
        }
    });
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_becomes_a_bell_of_the_deviation() {
        for deviation in [0.4, 1.0, 2.5, 7.3] {
            let side = 101;
            let mut plane = vec![0.0; side * side];
            plane[side * side / 2] = 1.0;
            soften(&mut plane, side, deviation);
            let middle = (side / 2) as f64;
            let moment = |power: i32| {
                let at = |index: usize| f64::from(plane[index]) * ((index % side) as f64 - middle).powi(power);
                (0..plane.len()).map(at).sum::<f64>()
            };
            assert!((moment(0) - 1.0).abs() < 1e-4 && moment(1).abs() < 1e-3, "{deviation}");
            assert!((moment(2).sqrt() / deviation - 1.0).abs() < 1e-3, "{} of {deviation}", moment(2).sqrt());
        }
    }

    #[test]
    fn an_even_plane_stays_even() {
        let mut plane = vec![0.25; 7 * 3];
        soften(&mut plane, 7, 40.0);
        assert!(plane.iter().all(|sample| (sample - 0.25).abs() < 1e-6), "{plane:?}");
        let same = plane.clone();
        soften(&mut plane, 7, 0.0);
        assert_eq!(plane, same);
    }
}
