//! The Gaussian filter: by its kernel, or by boxes where the kernel would be long.

use crate::shared::boxes;
use crate::shared::depth::Depth;
use crate::shared::filter::Shape;
use crate::shared::gauss_bytes::Fixed;
use crate::shared::rows::{fill_bands, fill_rows};

/// Above this, the kernel would be so long that boxes are faster; in pixels.
const LONG_SIGMA: f64 = 24.0;

/// How many samples are added up at a time, so that the sums stay in the fastest cache.
const STRETCH: usize = 512;

/// Blurs a picture, beyond whose edges its outermost pixels go on for ever. Each stretch of whole pixels of a row is
/// handed to `finish` as it was and blurred, to make what comes out.
///
/// The kernel is cut off at 4 `sigma` (3 for 8 bits, where the rest is below half a step) and normalised. For a `sigma`
/// above 24 pixels it is approximated by four extended boxes (Gwosdek et al. 2011), which is off by less than 0.01 of
/// full brightness at edges. Bytes under a short kernel are computed in integers.
pub fn blurred<T: Depth>(
    samples: &[T],
    shape: Shape,
    sigma: f64,
    finish: impl Fn(&[T], &[f32], &mut [T]) + Sync,
) -> Vec<T> {
    let row_len = shape.row_len();
    let mut made = vec![T::default(); samples.len()];
    let row_of = |y: usize| &samples[y * row_len..][..row_len];
    if sigma > LONG_SIGMA {
        let smooth = boxes::gaussian(samples, shape, sigma);
        fill_rows(&mut made, row_len, |y, row| finish(row_of(y), &smooth[y * row_len..][..row_len], row));
        return made;
    }
    let kernel = kernel(sigma, if T::FULL == 255.0 { 3.0 } else { 4.0 });
    if let Some(fixed) = T::bytes(samples).and_then(|bytes| Fixed::new(bytes, shape, &kernel)) {
        fixed.blur(&mut made, |at, smooth, to| finish(&samples[at..][..to.len()], smooth, to));
        return made;
    }
    let margin = (kernel.len() - 1) * shape.count;
    fill_bands(
        &mut made,
        row_len,
        #[inline(always)]
        |first, band| {
            let mut padded = vec![0.0; row_len + 2 * margin];
            let mut smooth = vec![0.0; row_len];
            for (at, row) in band.chunks_exact_mut(row_len).enumerate() {
                down(&mut padded[margin..margin + row_len], first + at, &kernel, (samples, shape));
                extend(&mut padded, margin, shape.count);
                across(&mut smooth, &padded, &kernel, shape.count);
                finish(row_of(first + at), &smooth, row);
            }
        },
    );
    made
}

/// Returns the weights from the middle outwards, as far as `cut` times `sigma`; with their mirror image they add up to 1.
pub fn kernel(sigma: f64, cut: f64) -> Vec<f32> {
    let radius = (sigma * cut).ceil() as usize;
    let weights: Vec<f64> = (0..=radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp()).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Filters along columns, for the row `y`.
#[inline(always)]
fn down<T: Depth>(to: &mut [f32], y: usize, kernel: &[f32], (samples, shape): (&[T], Shape)) {
    let row_of = |y: usize, start: usize, len: usize| &samples[y * shape.row_len() + start..][..len];
    let last = shape.height - 1;
    for (at, sums) in to.chunks_mut(STRETCH).enumerate() {
        let (start, len) = (at * STRETCH, sums.len());
        for (sum, sample) in sums.iter_mut().zip(row_of(y, start, len)) {
            *sum = sample.number() * kernel[0];
        }
        for (distance, weight) in kernel.iter().enumerate().skip(1) {
            let above = row_of(y.saturating_sub(distance), start, len);
            let below = row_of((y + distance).min(last), start, len);
            for ((sum, above), below) in sums.iter_mut().zip(above).zip(below) {
                *sum += above.sum(*below) * weight;
            }
        }
    }
}

/// Repeats the outermost pixels of a row in its margins.
#[inline(always)]
fn extend(padded: &mut [f32], margin: usize, count: usize) {
    let end = padded.len() - margin;
    for at in (0..margin).step_by(count) {
        padded.copy_within(margin..margin + count, at);
        padded.copy_within(end - count..end, end + at);
    }
}

/// Filters along a row.
#[inline(always)]
fn across(to: &mut [f32], padded: &[f32], kernel: &[f32], count: usize) {
    let middle = (kernel.len() - 1) * count;
    for (at, sums) in to.chunks_mut(STRETCH).enumerate() {
        let (start, len) = (at * STRETCH + middle, sums.len());
        for (sum, sample) in sums.iter_mut().zip(&padded[start..]) {
            *sum = sample * kernel[0];
        }
        for (distance, weight) in kernel.iter().enumerate().skip(1) {
            let left = &padded[start - distance * count..][..len];
            let right = &padded[start + distance * count..][..len];
            for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
                *sum += (left + right) * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blur(samples: &[f32], shape: Shape, sigma: f64) -> Vec<f32> {
        blurred(samples, shape, sigma, |_, smooth, to| to.copy_from_slice(smooth))
    }

    #[test]
    fn a_dot_becomes_the_gaussian() {
        for (sigma, side, off) in [(0.6, 41, 1e-5), (2.5, 41, 1e-5), (30.0, 301, 3e-3)] {
            let shape = Shape { width: side, height: side, count: 1 };
            let mut dot = vec![0.0; side * side];
            dot[side * side / 2] = 1.0;
            let peak = 1.0 / (std::f64::consts::TAU * sigma * sigma);
            let made = blur(&dot, shape, sigma);
            let middle = side as f64 / 2.0 - 0.5;
            for (at, sample) in made.iter().enumerate() {
                let distance = (at as f64 % side as f64 - middle).hypot((at / side) as f64 - middle);
                let expected = peak * (-0.5 * (distance / sigma).powi(2)).exp();
                // A narrow bell is not what pixels are samples of, and boxes make one that is a little too flat.
                let factor = if (1.0..24.0).contains(&sigma) { 0.03 } else { 0.1 };
                assert!(
                    (f64::from(*sample) - expected).abs() < peak * factor + off * peak,
                    "sigma {sigma} at {distance}"
                );
            }
        }
    }

    #[test]
    fn a_plain_picture_stays_as_it_is_up_to_its_edges() {
        for (width, height, sigma) in [(1, 1, 3.0), (5, 3, 20.0), (7, 2, 200.0), (700, 3, 1.0)] {
            let shape = Shape { width, height, count: 3 };
            let plain: Vec<f32> = [0.25, 0.5, 0.75].repeat(width * height);
            let made = blur(&plain, shape, sigma);
            assert!(made.iter().zip(&plain).all(|(made, plain)| (made - plain).abs() < 1e-5), "sigma {sigma}");
        }
    }
}
