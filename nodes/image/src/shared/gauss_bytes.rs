//! The Gaussian filter for bytes: in integers of 16 bits, of which twice as many fit a register as floats.

use crate::shared::filter::Shape;
use crate::shared::rows::fill_tall_bands;

/// How many bits of a number lie below those of a byte.
const FRACTION: u32 = 7;

/// The longest kernel from its middle outwards. A product loses up to 1/128 of a step to rounding; of 25 on each of two
/// ways, half of it given back, no more than 0.2 steps can be missing or too many.
const LONGEST: usize = 25;

/// The largest weight in the middle: 1.0 does not fit 16 bits of fraction.
const MOST: f32 = 0.99;

/// How many samples are added up at a time: whole pixels of any layout, in the fastest cache.
const STRETCH: usize = 384;

/// Samples side by side; what is left over at the end of a row is computed, and not looked at.
type Stretch = [u16; STRETCH];

/// A kernel in integers, and what it is applied to.
pub struct Fixed<'a> {
    bytes: &'a [u8],
    shape: Shape,
    /// From the middle outwards, in 16 bits of fraction; with their mirror image they add up to 1. Each stands there as often
    /// as a stretch has samples: a product of two loads is one instruction for 16 of them, one with a single number is not,
    /// as the compiler sees it.
    weights: Vec<Stretch>,
}

impl<'a> Fixed<'a> {
    /// Takes a kernel from its middle outwards; `None` if it is too long for integers, or so short that it is none.
    pub fn new(bytes: &'a [u8], shape: Shape, kernel: &[f32]) -> Option<Self> {
        if kernel.len() > LONGEST || kernel[0] > MOST {
            return None;
        }
        let mut weights: Vec<u16> = kernel.iter().map(|weight| (weight * 65_536.0).round() as u16).collect();
        let sides: u32 = weights[1..].iter().map(|weight| 2 * u32::from(*weight)).sum();
        weights[0] = 65_536_u32.saturating_sub(sides) as u16;
        Some(Self { bytes, shape, weights: weights.into_iter().map(|weight| [weight; STRETCH]).collect() })
    }

    /// Fills a picture with what `finish` makes of stretches of whole pixels: it is given the index of the first sample,
    /// and the blurred samples.
    pub fn blur<T: Send>(&self, made: &mut [T], finish: impl Fn(usize, &[f32], &mut [T]) + Sync) {
        let row_len = self.shape.row_len();
        let reach = self.weights.len() - 1;
        fill_tall_bands(
            made,
            row_len,
            4 * reach,
            #[inline(always)]
            |first, band| {
                let mut around = Around::new(self);
                for at in first..first + 2 * reach {
                    around.push(at);
                }
                for (y, row) in (first..).zip(band.chunks_exact_mut(row_len)) {
                    around.push(y + 2 * reach);
                    around.down(
                        y,
                        row,
                        #[inline(always)]
                        |at, smooth, to| finish(y * row_len + at, smooth, to),
                    );
                }
            },
        );
    }
}

/// The rows around one, blurred across, as a ring: what is blurred down next takes one more, and forgets one.
struct Around<'a> {
    of: &'a Fixed<'a>,
    /// As many rows as the kernel is long, each of whole stretches.
    rows: Vec<Stretch>,
    /// A row as it was, and what goes on beyond its edges, up to the end of a stretch.
    padded: Vec<u16>,
    /// How many stretches a row has.
    stretches: usize,
}

impl<'a> Around<'a> {
    fn new(of: &'a Fixed<'a>) -> Self {
        let reach = of.weights.len() - 1;
        let stretches = of.shape.row_len().div_ceil(STRETCH);
        let padded = vec![0; stretches * STRETCH + 2 * reach * of.shape.count];
        Self { of, rows: vec![[0; STRETCH]; stretches * (2 * reach + 1)], padded, stretches }
    }

    /// Returns where a row stands in the ring; its index is counted from as many rows above the picture as the kernel
    /// reaches.
    #[inline(always)]
    fn place(&self, at: usize) -> usize {
        at % (2 * self.of.weights.len() - 1) * self.stretches
    }

    /// Blurs a row across.
    #[inline(always)]
    fn push(&mut self, at: usize) {
        let Fixed { bytes, shape, weights } = self.of;
        let (row_len, count, reach) = (shape.row_len(), shape.count, weights.len() - 1);
        let y = at.saturating_sub(reach).min(shape.height - 1);
        extend(&mut self.padded, &bytes[y * row_len..][..row_len], reach * count, count);
        let place = self.place(at);
        for (at, sums) in self.rows[place..][..self.stretches].iter_mut().enumerate() {
            let middle = at * STRETCH + reach * count;
            *sums = add_up(
                weights,
                #[inline(always)]
                |away| &self.padded[middle.wrapping_add_signed(away * count as isize)..],
            );
        }
    }

    /// Blurs the row `y` of the picture down.
    #[inline(always)]
    fn down<T>(&self, y: usize, row: &mut [T], finish: impl Fn(usize, &[f32], &mut [T])) {
        let weights = &self.of.weights;
        let middle = y + weights.len() - 1;
        let mut smooth = [0.0; STRETCH];
        for (at, to) in row.chunks_mut(STRETCH).enumerate() {
            let sums = add_up(
                weights,
                #[inline(always)]
                |away| &self.rows[self.place(middle.wrapping_add_signed(away)) + at],
            );
            for (smooth, sum) in smooth.iter_mut().zip(&sums) {
                *smooth = f32::from(*sum) / (1 << FRACTION) as f32;
            }
            finish(at * STRETCH, &smooth[..to.len()], to);
        }
    }
}

/// Copies a row behind a margin, with what lies beyond its edges: the outermost pixels go on.
#[inline(always)]
fn extend(padded: &mut [u16], row: &[u8], margin: usize, count: usize) {
    let (before, rest) = padded.split_at_mut(margin);
    let (middle, after) = rest.split_at_mut(row.len());
    for (to, byte) in middle.iter_mut().zip(row) {
        *to = u16::from(*byte) << FRACTION;
    }
    before.chunks_exact_mut(count).for_each(|pixel| pixel.copy_from_slice(&middle[..count]));
    let after = after[..margin].chunks_exact_mut(count);
    after.for_each(|pixel| pixel.copy_from_slice(&middle[middle.len() - count..]));
}

/// Adds up neighbours by their weights; `row` returns those that are so many steps away.
#[inline(always)]
fn add_up<'a>(weights: &[Stretch], row: impl Fn(isize) -> &'a [u16]) -> Stretch {
    let mut sums = [0; STRETCH];
    // What rounding down takes away, in the mean.
    let lost = weights.len() as u16 / 2;
    for ((sum, number), weight) in sums.iter_mut().zip(&row(0)[..STRETCH]).zip(&weights[0]) {
        *sum = lost + weighted(*number, *weight);
    }
    // Two at a time, so that sums are read and written half as often.
    let (pairs, last) = weights[1..].as_chunks::<2>();
    for (away, [near, far]) in (1..).step_by(2).zip(pairs) {
        let (a, b) = (&row(-away)[..STRETCH], &row(away)[..STRETCH]);
        let (c, d) = (&row(-away - 1)[..STRETCH], &row(away + 1)[..STRETCH]);
        for at in 0..STRETCH {
            sums[at] += weighted(a[at] + b[at], near[at]) + weighted(c[at] + d[at], far[at]);
        }
    }
    if let [weight] = last {
        let away = weights.len() as isize - 1;
        let (a, b) = (&row(-away)[..STRETCH], &row(away)[..STRETCH]);
        for at in 0..STRETCH {
            sums[at] += weighted(a[at] + b[at], weight[at]);
        }
    }
    sums
}

#[inline(always)]
fn weighted(number: u16, weight: u16) -> u16 {
    ((u32::from(number) * u32::from(weight)) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::gauss::{blurred, kernel};

    /// Filters by the same kernel without rounding anything.
    fn exact(bytes: &[u8], shape: Shape, kernel: &[f32]) -> Vec<f64> {
        let floats: Vec<f64> = bytes.iter().map(|byte| f64::from(*byte)).collect();
        let along = |from: &[f64], step: usize, place: &dyn Fn(usize) -> (usize, usize)| -> Vec<f64> {
            let sum = |at: usize| {
                let (own, len) = place(at);
                let near = |away: isize| from[at - own * step + own.saturating_add_signed(away).min(len - 1) * step];
                let each = kernel.iter().enumerate().map(|(away, weight)| {
                    let away = away as isize;
                    f64::from(*weight) * if away == 0 { near(0) } else { near(away) + near(-away) }
                });
                each.sum()
            };
            (0..from.len()).map(sum).collect()
        };
        let across = along(&floats, shape.count, &|at| (at % shape.row_len() / shape.count, shape.width));
        along(&across, shape.row_len(), &|at| (at / shape.row_len(), shape.height))
    }

    fn made(bytes: &[u8], shape: Shape, sigma: f64) -> Vec<u8> {
        blurred(bytes, shape, sigma, |_, smooth, to| {
            to.iter_mut().zip(smooth).for_each(|(to, smooth)| *to = (smooth + 0.5) as u8);
        })
    }

    #[test]
    fn sums_are_those_of_floats_but_for_a_small_part_of_a_step() {
        for (width, height, count, sigma) in
            [(1, 1, 1, 2.0), (3, 90, 4, 7.9), (400, 3, 3, 0.4), (301, 170, 3, 3.0), (70, 300, 2, 5.5)]
        {
            let shape = Shape { width, height, count };
            let bytes: Vec<u8> = (0..width * height * count).map(|at| (at * at * 31 / 7 + at) as u8).collect();
            let kernel = kernel(sigma, 3.0);
            let mut made = vec![0.0_f32; bytes.len()];
            let fixed = Fixed::new(&bytes, shape, &kernel).unwrap();
            fixed.blur(&mut made, |_, smooth, to| to.copy_from_slice(smooth));
            let exact = exact(&bytes, shape, &kernel);
            let off = made.iter().zip(&exact).map(|(made, exact)| (f64::from(*made) - exact).abs()).fold(0.0, f64::max);
            assert!(off < 0.2, "{width} by {height}, sigma {sigma}: {off}");
        }
    }

    #[test]
    fn a_plain_picture_stays_as_it_is() {
        let shape = Shape { width: 40, height: 30, count: 1 };
        for sigma in [0.4, 1.0, 3.0, 8.0] {
            for byte in 0..=255 {
                let plain = vec![byte; 1200];
                assert_eq!(made(&plain, shape, sigma), plain, "sigma {sigma}");
            }
        }
    }

    #[test]
    fn kernels_that_integers_do_not_suit_are_left_to_floats() {
        let shape = Shape { width: 1, height: 1, count: 1 };
        assert!(Fixed::new(&[0], shape, &[1.0, 0.0]).is_none());
        assert!(Fixed::new(&[0], shape, &[0.01; 60]).is_none());
        assert!(Fixed::new(&[0], shape, &[0.5, 0.25]).is_some());
    }
}
