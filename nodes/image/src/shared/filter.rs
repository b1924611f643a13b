//! Filters that mix neighbouring pixels: colour is weighted by alpha, so that what is hidden does not bleed.

use windlass_core::value::{AlphaMode, Image, Samples};

use crate::shared::depth::{Depth, each_depth};
use crate::shared::rows::fill_rows;

/// The size of a picture in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Samples of a pixel, 1 to 4.
    pub count: usize,
}

impl Shape {
    /// Returns the shape of a picture.
    pub fn of(image: &Image) -> Self {
        Self { width: image.width() as usize, height: image.height() as usize, count: image.channels().count() }
    }

    /// Returns the length of a row in samples.
    pub fn row_len(self) -> usize {
        self.width * self.count
    }
}

/// A filter that treats all channels alike.
pub trait Filter {
    /// Makes samples of samples; the size may change, and is the filter's to know.
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T>;
}

/// Applies a filter that mixes pixels. Where alpha is straight, the filter sees floats whose colour has been
/// multiplied by alpha, full brightness being 1.0, and what it makes is divided again and rounded.
pub fn mixing(image: &Image, filter: &impl Filter) -> Samples {
    let shape = Shape::of(image);
    if !image.channels().has_alpha() || image.alpha == AlphaMode::Premultiplied {
        return each_depth!(image.samples(), samples => filter.run(samples, shape));
    }
    each_depth!(image.samples(), samples => unweighted(&filter.run(&weighted(samples, shape), shape), shape.count))
}

/// Returns floats whose colour has been multiplied by alpha, the last channel.
pub fn weighted<T: Depth>(samples: &[T], shape: Shape) -> Vec<f32> {
    let mut made = vec![0.0; samples.len()];
    let count = shape.count;
    fill_rows(
        &mut made,
        shape.row_len(),
        #[inline(always)]
        |y, row| {
            let from = samples[y * shape.row_len()..].chunks_exact(count);
            for (to, from) in row.chunks_exact_mut(count).zip(from) {
                let alpha = from[count - 1].unit();
                for (to, from) in to[..count - 1].iter_mut().zip(from) {
                    *to = from.unit() * alpha;
                }
                to[count - 1] = alpha;
            }
        },
    );
    made
}

/// Divides colour by alpha, the last channel; where alpha is 0, colour is 0.
pub fn unweighted<T: Depth>(floats: &[f32], count: usize) -> Vec<T> {
    let mut made = vec![T::default(); floats.len()];
    fill_rows(&mut made, count, |at, to| {
        let from = &floats[at * count..][..count];
        let alpha = from[count - 1];
        if alpha > 0.0 {
            for (to, from) in to[..count - 1].iter_mut().zip(from) {
                *to = T::of_unit(from / alpha);
            }
        }
        to[count - 1] = T::of_unit(alpha);
    });
    made
}

#[cfg(test)]
mod tests {
    use windlass_core::value::Channels;

    use super::*;

    /// Makes one pixel of all: their mean.
    struct Mean;

    impl Filter for Mean {
        fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
            let mean = |at| samples.iter().skip(at).step_by(shape.count).map(|sample| sample.number()).sum::<f32>();
            (0..shape.count).map(|at| T::of_number(mean(at) / (shape.width * shape.height) as f32)).collect()
        }
    }

    #[test]
    fn hidden_colour_does_not_bleed() {
        let red_and_hidden_green = [[200, 0, 0, 255], [0, 255, 0, 0]].concat();
        let mut image = Image::new(2, 1, Channels::Rgba, Samples::U8(red_and_hidden_green)).unwrap();
        assert_eq!(mixing(&image, &Mean), Samples::U8(vec![200, 0, 0, 128]));
        image.alpha = AlphaMode::Premultiplied;
        assert_eq!(mixing(&image, &Mean), Samples::U8(vec![100, 128, 0, 128]));
    }

    #[test]
    fn weighing_and_dividing_gives_the_same_again() {
        let shape = Shape { width: 256, height: 2, count: 2 };
        let samples: Vec<u8> = (0..=255).flat_map(|grey| [grey, 1, grey, 200]).collect();
        assert_eq!(unweighted::<u8>(&weighted(&samples, shape), 2), samples);
    }
}
