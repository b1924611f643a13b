//! The windowed sinc of three lobes. The weights of a picture are computed anew for each picture, which takes a third of the time
//! of making a photograph smaller where each weight takes two sines of the system's library; here it takes a few products.
//! Sums and products alone also give the same weights on every machine.

use std::f64::consts::PI;

use fast_image_resize::FilterType;

/// How far the weights reach to each side, in pixels.
const REACH: f64 = 3.0;

/// The coefficients of the series of `sin(t) / t` in the square of `t`; for `t` up to a right angle what follows is below 1e-15.
const SERIES: [f64; 10] = series();

/// Returns the filter as the library takes it.
pub(super) fn filter() -> FilterType {
    fast_image_resize::Filter::new("lanczos3", weight, REACH).map_or(FilterType::Lanczos3, FilterType::Custom)
}

/// Returns `sinc(x) * sinc(x / 3)` within the reach and 0 outside, by `sin(3t) = sin(t) * (3 - 4 * sin(t)^2)`.
fn weight(x: f64) -> f64 {
    let x = x.abs();
    if x == 0.0 {
        return 1.0;
    }
    if x >= REACH {
        return 0.0;
    }
    let t = x * (PI / REACH);
    // The sine rises and falls alike on both sides of the right angle.
    let near = x.min(REACH - x) * (PI / REACH);
    let square = near * near;
    let quotient = SERIES.iter().rev().fold(0.0, |sum, coefficient| sum * square + coefficient);
    let sine = square * quotient * quotient;
    sine * (3.0 - 4.0 * sine) / (3.0 * t * t)
}

const fn series() -> [f64; 10] {
    let mut series = [1.0; 10];
    let mut at = 1;
    while at < series.len() {
        series[at] = -series[at - 1] / ((2 * at) as f64 * (2 * at + 1) as f64);
        at += 1;
    }
    series
}

#[cfg(test)]
mod tests {
    use fast_image_resize::images::Image;
    use fast_image_resize::{PixelType, ResizeAlg, ResizeOptions, Resizer};

    use super::*;

    fn sinc(x: f64) -> f64 {
        if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
    }

    #[test]
    fn weights_are_those_of_the_definition() {
        for step in -40_000..40_000 {
            let x = f64::from(step) / 10_000.0;
            let right = if x.abs() < REACH { sinc(x) * sinc(x / REACH) } else { 0.0 };
            assert!((weight(x) - right).abs() < 1e-15, "{x}: {} and not {right}", weight(x));
        }
    }

    /// Returns samples that look like noise, for `count` of them.
    fn noise(count: u32) -> Vec<u8> {
        (0..count).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    #[test]
    fn pictures_are_those_of_the_library() {
        for (from, to) in [(97, 31), (64, 32), (40, 77), (200, 3), (5, 90), (301, 300)] {
            let source = Image::from_vec_u8(from, from + 1, noise(from * (from + 1) * 3), PixelType::U8x3).unwrap();
            let [own, library] = [filter(), FilterType::Lanczos3].map(|filter| {
                let mut made = Image::new(to, to + 2, PixelType::U8x3);
                let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
                Resizer::new().resize(&source, &mut made, &options).unwrap();
                made.into_vec()
            });
            assert_eq!(own, library, "from {from} to {to}");
        }
    }
}
