//! A picture turned by any angle around its middle: for each new pixel, the place in the old picture is sampled.

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, Samples};

use crate::shared::convert::Colour;
use crate::shared::depth::Depth;
use crate::shared::filter::{Filter, Shape, mixing};
use crate::shared::ground::pixel;
use crate::shared::rows::fill_rows;

/// How a pixel between pixels is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Interpolation {
    /// The nearest pixel: hard edges, for pixel art and masks.
    Nearest,
    /// Of the 4 around it, by distance: soft.
    Bilinear,
    /// Of the 16 around it, by cubic convolution (Keys 1981, a = -0.5): sharp.
    Bicubic,
}

/// One pixel in places of 32 bits of fraction.
const ONE: f64 = 4_294_967_296.0;

/// A turn.
pub struct Turned {
    filter: Interpolation,
    /// Size of what is made, in pixels.
    size: (u32, u32),
    /// What is outside, and the channels of the picture.
    ground: (Colour, Channels),
    sin: f64,
    cos: f64,
}

impl Turned {
    /// A turn by an angle in degrees, clockwise; what is made has a size in pixels and the same middle.
    pub fn new(angle: f64, filter: Interpolation, size: (u32, u32), ground: (Colour, Channels)) -> Self {
        let (sin, cos) = angle.to_radians().sin_cos();
        Self { filter, size, ground, sin, cos }
    }

    /// Returns the samples of the turned picture.
    pub fn apply(&self, image: &Image) -> Samples {
        mixing(image, self)
    }

    fn rows<T: Depth, const COUNT: usize>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        let (colour, channels) = self.ground;
        // A filter sees colour that has been multiplied by alpha.
        let ground: [T; 4] = pixel(colour, channels, AlphaMode::Premultiplied);
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let from = Pixels {
            pixels: samples.as_chunks::<COUNT>().0,
            width: shape.width as i64,
            height: shape.height as i64,
            ground: std::array::from_fn(|at| ground[at]),
        };
        let step = ((self.cos * ONE) as i64, (-self.sin * ONE) as i64);
        let mut made = vec![T::default(); width * height * COUNT];
        fill_rows(
            &mut made,
            width * COUNT,
            #[inline(always)]
            |y, row| {
                let row = row.as_chunks_mut::<COUNT>().0;
                let start = self.source((0.5 - width as f64 / 2.0, y as f64 + 0.5 - height as f64 / 2.0), shape);
                match self.filter {
                    Interpolation::Nearest => from.walk(row, start, step, Pixels::nearest),
                    Interpolation::Bilinear => from.walk(row, start, step, Pixels::bilinear),
                    Interpolation::Bicubic => from.walk(row, start, step, Pixels::bicubic),
                }
            },
        );
        made
    }

    /// Returns the place in the old picture, from the middle of its first pixel on.
    fn source(&self, (x, y): (f64, f64), shape: Shape) -> Place {
        let across = self.cos * x + self.sin * y + shape.width as f64 / 2.0 - 0.5;
        let down = self.cos * y - self.sin * x + shape.height as f64 / 2.0 - 0.5;
        ((across * ONE) as i64, (down * ONE) as i64)
    }
}

impl Filter for Turned {
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        match shape.count {
            1 => self.rows::<T, 1>(samples, shape),
            2 => self.rows::<T, 2>(samples, shape),
            3 => self.rows::<T, 3>(samples, shape),
            _ => self.rows::<T, 4>(samples, shape),
        }
    }
}

/// A place in pixels with 32 bits of fraction.
type Place = (i64, i64);

/// The old picture.
struct Pixels<'a, T, const COUNT: usize> {
    pixels: &'a [[T; COUNT]],
    width: i64,
    height: i64,
    ground: [T; COUNT],
}

impl<T: Depth, const COUNT: usize> Pixels<'_, T, COUNT> {
    #[inline(always)]
    fn walk(&self, row: &mut [[T; COUNT]], start: Place, step: Place, sample: impl Fn(&Self, Place) -> [T; COUNT]) {
        let mut place = start;
        for to in row {
            *to = sample(self, place);
            place = (place.0 + step.0, place.1 + step.1);
        }
    }

    #[inline(always)]
    fn at(&self, x: i64, y: i64) -> [f32; COUNT] {
        let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
        let pixel = if inside { self.pixels[(y * self.width + x) as usize] } else { self.ground };
        pixel.map(Depth::number)
    }

    #[inline(always)]
    fn nearest(&self, (x, y): Place) -> [T; COUNT] {
        let half = 1 << 31;
        self.at((x + half) >> 32, (y + half) >> 32).map(T::of_number)
    }

    #[inline(always)]
    fn bilinear(&self, place: Place) -> [T; COUNT] {
        let (x, y) = (place.0 >> 32, place.1 >> 32);
        if x < -1 || y < -1 || x >= self.width || y >= self.height {
            return self.ground;
        }
        let (right, down) = (fraction(place.0), fraction(place.1));
        let inside = x >= 0 && y >= 0 && x + 1 < self.width && y + 1 < self.height;
        let [above, below] = match inside {
            true => {
                let at = (y * self.width + x) as usize;
                [at, at + self.width as usize].map(|at| {
                    let two = &self.pixels[at..at + 2];
                    between(two[0].map(Depth::number), two[1].map(Depth::number), right)
                })
            }
            false => [y, y + 1].map(|y| between(self.at(x, y), self.at(x + 1, y), right)),
        };
        between(above, below, down).map(T::of_number)
    }

    #[inline(always)]
    fn bicubic(&self, place: Place) -> [T; COUNT] {
        let (x, y) = (place.0 >> 32, place.1 >> 32);
        if x < -2 || y < -2 || x > self.width || y > self.height {
            return self.ground;
        }
        let (right, down) = (cubic(fraction(place.0)), cubic(fraction(place.1)));
        let inside = x >= 1 && y >= 1 && x + 2 < self.width && y + 2 < self.height;
        let rows: [[[f32; COUNT]; 4]; 4] = match inside {
            true => std::array::from_fn(|row| self.four(x - 1, y - 1 + row as i64)),
            false => {
                std::array::from_fn(|row| std::array::from_fn(|at| self.at(x - 1 + at as i64, y - 1 + row as i64)))
            }
        };
        // Downwards first: the samples of four pixels in a row all have the same weight there, and fit a register.
        let mut columns = [[0.0; COUNT]; 4];
        for (row, weight) in rows.iter().zip(down) {
            columns.iter_mut().flatten().zip(row.as_flattened()).for_each(|(sum, number)| *sum += number * weight);
        }
        let mut sum = [0.0; COUNT];
        for (column, weight) in columns.iter().zip(right) {
            (0..COUNT).for_each(|at| sum[at] += column[at] * weight);
        }
        sum.map(T::of_number)
    }

    /// Returns four pixels in a row, all of which are inside.
    #[inline(always)]
    fn four(&self, x: i64, y: i64) -> [[f32; COUNT]; 4] {
        let at = (y * self.width + x) as usize;
        let four = &self.pixels[at..at + 4];
        std::array::from_fn(|at| four[at].map(Depth::number))
    }
}

/// Returns the fraction of a place, 0.0 to 1.0.
#[inline(always)]
fn fraction(place: i64) -> f32 {
    (place & 0xFFFF_FFFF) as f32 * (1.0 / ONE as f32)
}

#[inline(always)]
fn between<const COUNT: usize>(from: [f32; COUNT], to: [f32; COUNT], share: f32) -> [f32; COUNT] {
    std::array::from_fn(|at| from[at] + (to[at] - from[at]) * share)
}

/// Returns the weights of four pixels in a row, by how far behind the second of them a place lies.
#[inline(always)]
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_and_meet_the_pixels() {
        assert_eq!((cubic(0.0), cubic(1.0)), ([0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]));
        assert!((0..=10).all(|at| (cubic(at as f32 / 10.0).iter().sum::<f32>() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn a_ramp_is_sampled_between_its_pixels() {
        let pixels: Vec<[f32; 1]> = (0..64).map(|at| [(at % 8) as f32 + 10.0 * (at / 8) as f32]).collect();
        let from = Pixels { pixels: &pixels, width: 8, height: 8, ground: [-1.0] };
        let place = |x: f64, y: f64| ((x * ONE) as i64, (y * ONE) as i64);
        for (x, y) in [(3.0, 3.0), (2.25, 4.5), (4.75, 2.125)] {
            let expected = (x + 10.0 * y) as f32;
            assert!((from.bilinear(place(x, y))[0] - expected).abs() < 1e-4);
            assert!((from.bicubic(place(x, y))[0] - expected).abs() < 1e-4);
        }
        assert_eq!(from.nearest(place(2.4, 4.6)), [52.0]);
        assert_eq!((from.nearest(place(-0.6, 0.0)), from.bilinear(place(-1.0, 0.0))), ([-1.0], [-1.0]));
        assert_eq!(from.bilinear(place(-0.5, 1.0)), [4.5]);
    }
}
