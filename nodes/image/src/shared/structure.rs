//! Structural similarity of two planes, row by row, so that memory grows with the width alone.
//!
//! Wang, Bovik, Sheikh, Simoncelli (2004), *Image quality assessment: from error visibility to structural similarity*:
//! a gaussian window of 11 by 11 with a deviation of 1.5, K1 = 0.01, K2 = 0.03, variances of a population.

/// Pixels from the middle of the window to its edge.
pub const RADIUS: usize = 5;

const WINDOW: usize = 2 * RADIUS + 1;
const SIGMA: f64 = 1.5;

/// (K1 L)² and (K2 L)² for samples whose range L is 1.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// What a window is told by: the means of x, y, x², y² and xy.
const MOMENTS: usize = 5;

/// Sums up the similarity of two planes whose rows are given one by one.
pub struct Similarity {
    weights: [f64; WINDOW],
    width: usize,
    height: usize,
    /// Rows that were averaged along their length, in a ring.
    ring: Vec<[Vec<f64>; MOMENTS]>,
    /// Means of the windows around the pixels of one row.
    means: [Vec<f64>; MOMENTS],
    /// Rows that were given.
    rows: usize,
    sum: f64,
    count: u64,
}

impl Similarity {
    /// Begins with planes of this size.
    pub fn new(width: usize, height: usize) -> Self {
        let row = || std::array::from_fn(|_| vec![0.0; width]);
        let ring = (0..WINDOW).map(|_| row()).collect();
        Self { weights: weights(), width, height, ring, means: row(), rows: 0, sum: 0.0, count: 0 }
    }

    /// Takes the next row of both planes, with samples from 0 to 1.
    #[inline(always)]
    pub fn row(&mut self, x: &[f64], y: &[f64]) {
        let products: [Vec<f64>; 3] = [product(x, x), product(y, y), product(x, y)];
        let [xx, yy, xy] = &products;
        let slot = &mut self.ring[self.rows % WINDOW];
        for (from, to) in [x, y, xx, yy, xy].into_iter().zip(slot) {
            along(from, to, &self.weights);
        }
        self.rows += 1;
        if self.rows > RADIUS {
            self.middle(self.rows - 1 - RADIUS);
        }
    }

    /// Returns the mean over all windows that lie within the planes; over all pixels, with mirrored borders, where a side is
    /// shorter than a window.
    pub fn finish(mut self) -> f64 {
        for row in self.rows.saturating_sub(RADIUS)..self.rows {
            self.middle(row);
        }
        self.sum / self.count.max(1) as f64
    }

    /// Adds the windows around the pixels of one row.
    #[inline(always)]
    fn middle(&mut self, row: usize) {
        let edge = if self.width.min(self.height) < WINDOW { 0 } else { RADIUS };
        if row < edge || row >= self.height - edge {
            return;
        }
        self.means.iter_mut().for_each(|means| means.fill(0.0));
        for (offset, weight) in self.weights.iter().enumerate() {
            let slot = &self.ring[mirrored((row + offset) as isize - RADIUS as isize, self.height) % WINDOW];
            for (mean, averaged) in self.means.iter_mut().zip(slot) {
                add(mean, averaged, *weight);
            }
        }
        let [x, y, xx, yy, xy] = &self.means;
        for at in edge..self.width - edge {
            self.sum += similarity([x[at], y[at], xx[at], yy[at], xy[at]]);
        }
        self.count += (self.width - 2 * edge) as u64;
    }
}

/// Adds a weighed row to another.
#[inline(always)]
fn add(to: &mut [f64], row: &[f64], weight: f64) {
    to.iter_mut().zip(row).for_each(|(to, sample)| *to += sample * weight);
}

#[inline(always)]
fn similarity([x, y, xx, yy, xy]: [f64; MOMENTS]) -> f64 {
    let (variance_x, variance_y, covariance) = (xx - x * x, yy - y * y, xy - x * y);
    let above = (2.0 * x * y + C1) * (2.0 * covariance + C2);
    above / ((x * x + y * y + C1) * (variance_x + variance_y + C2))
}

fn weights() -> [f64; WINDOW] {
    let bell: [f64; WINDOW] = std::array::from_fn(|at| {
        let distance = at as f64 - RADIUS as f64;
        (-distance * distance / (2.0 * SIGMA * SIGMA)).exp()
    });
    let sum: f64 = bell.iter().sum();
    bell.map(|weight| weight / sum)
}

#[inline(always)]
fn product(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| left * right).collect()
}

/// Averages a row along its length; its ends are mirrored.
#[inline(always)]
fn along(from: &[f64], to: &mut [f64], weights: &[f64; WINDOW]) {
    let beyond = |at: usize| from[mirrored(at as isize - RADIUS as isize, from.len())];
    let ends = from.len() + RADIUS..from.len() + 2 * RADIUS;
    let padded: Vec<f64> = (0..RADIUS).map(beyond).chain(from.iter().copied()).chain(ends.map(beyond)).collect();
    to.fill(0.0);
    weights.iter().enumerate().for_each(|(offset, weight)| add(to, &padded[offset..], *weight));
}

/// Returns the place that a place beyond the ends is mirrored to: `c b a | a b c | c b a`.
fn mirrored(at: isize, length: usize) -> usize {
    let period = 2 * length as isize;
    let within = at.rem_euclid(period);
    (if within < length as isize { within } else { period - 1 - within }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: usize, x: &[f64], y: &[f64]) -> f64 {
        let mut similarity = Similarity::new(width, x.len() / width);
        x.chunks_exact(width).zip(y.chunks_exact(width)).for_each(|(x, y)| similarity.row(x, y));
        similarity.finish()
    }

    #[test]
    fn borders_are_mirrored_with_their_last_sample_twice() {
        assert_eq!([-3, -1, 0, 2, 3, 5].map(|at| mirrored(at, 3)), [2, 0, 0, 2, 2, 0]);
        assert_eq!([-2, -1, 1, 7].map(|at| mirrored(at, 1)), [0; 4]);
    }

    #[test]
    fn a_plane_is_like_itself_in_every_size() {
        for (width, height) in [(1, 1), (3, 20), (20, 3), (11, 11), (12, 30)] {
            let plane: Vec<f64> = (0..width * height).map(|at| (at * 7 % 13) as f64 / 13.0).collect();
            assert!((of(width, &plane, &plane) - 1.0).abs() < 1e-12, "{width} by {height}");
        }
    }

    #[test]
    fn flat_planes_differ_by_their_means_alone() {
        let (x, y) = (vec![0.25; 256], vec![0.75; 256]);
        let expected = (2.0 * 0.25 * 0.75 + C1) / (0.25 * 0.25 + 0.75 * 0.75 + C1);
        assert!((of(16, &x, &y) - expected).abs() < 1e-9);
    }
}
