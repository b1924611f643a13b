//! The three types of samples as one trait, so that an operation is written once.

use bytemuck::Pod;

/// A type of samples.
pub trait Depth: Pod + Default + PartialOrd + Send + Sync {
    /// What full brightness is: 255, 65,535 or 1.0.
    const FULL: f32;

    /// Returns the sample as a number of its own scale, 0.0 to [`Depth::FULL`].
    fn number(self) -> f32;

    /// Returns the nearest sample; integers are clamped, and what is no number is 0 there.
    fn of_number(number: f32) -> Self;

    /// Returns the sum of two samples as a number.
    #[inline(always)]
    fn sum(self, other: Self) -> f32 {
        self.number() + other.number()
    }

    /// Returns the samples if they are bytes.
    fn bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }

    /// Returns the sample with full brightness as 1.0.
    #[inline(always)]
    fn unit(self) -> f32 {
        self.number() / Self::FULL
    }

    /// Returns the nearest sample of a brightness whose full is 1.0.
    #[inline(always)]
    fn of_unit(unit: f32) -> Self {
        Self::of_number(unit * Self::FULL)
    }
}

/// Returns the nearest integer from 0 to `most`, halves rounded up, and 0 for what is no number.
///
/// Beyond 2^23 a float has no fraction: a number that is added to it is rounded, and stands in the lowest bits. A cast
/// would have to look at each number by itself; this is done for as many as fit a register.
#[inline(always)]
fn nearest(number: f32, most: f32) -> u32 {
    const NO_FRACTION: f32 = 8_388_608.0;
    // The least that all numbers up to `most` can take; without it halves would go to the even neighbour.
    let upwards = (most + 1.0) / 16_777_216.0;
    ((number + upwards).max(0.0).min(most) + NO_FRACTION).to_bits() & 0x7f_ffff
}

impl Depth for u8 {
    const FULL: f32 = 255.0;

    #[inline(always)]
    fn number(self) -> f32 {
        f32::from(self)
    }

    #[inline(always)]
    fn of_number(number: f32) -> Self {
        nearest(number, 255.0) as Self
    }

    #[inline(always)]
    fn sum(self, other: Self) -> f32 {
        // Integers are added before they are converted, which is half the work.
        (i32::from(self) + i32::from(other)) as f32
    }

    fn bytes(samples: &[Self]) -> Option<&[u8]> {
        Some(samples)
    }
}

impl Depth for u16 {
    const FULL: f32 = 65_535.0;

    #[inline(always)]
    fn number(self) -> f32 {
        f32::from(self)
    }

    #[inline(always)]
    fn of_number(number: f32) -> Self {
        nearest(number, 65_535.0) as Self
    }

    #[inline(always)]
    fn sum(self, other: Self) -> f32 {
        (i32::from(self) + i32::from(other)) as f32
    }
}

impl Depth for f32 {
    const FULL: f32 = 1.0;

    #[inline(always)]
    fn number(self) -> f32 {
        self
    }

    #[inline(always)]
    fn of_number(number: f32) -> Self {
        number
    }
}

/// Makes samples of samples by an expression that is generic over [`Depth`]; the type stays what it is.
macro_rules! each_depth {
    ($samples:expr, $name:ident => $made:expr) => {
        match $samples {
            ::windlass_core::value::Samples::U8($name) => ::windlass_core::value::Samples::U8($made),
            ::windlass_core::value::Samples::U16($name) => ::windlass_core::value::Samples::U16($made),
            ::windlass_core::value::Samples::F32($name) => ::windlass_core::value::Samples::F32($made),
        }
    };
}

/// Evaluates an expression that is generic over [`Depth`] on samples of whatever type.
macro_rules! with_depth {
    ($samples:expr, $name:ident => $value:expr) => {
        match $samples {
            ::windlass_core::value::Samples::U8($name) => $value,
            ::windlass_core::value::Samples::U16($name) => $value,
            ::windlass_core::value::Samples::F32($name) => $value,
        }
    };
}

pub(crate) use {each_depth, with_depth};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_integer_sample_survives_the_way_over_numbers() {
        assert!((0..=u8::MAX).all(|sample| u8::of_unit(sample.unit()) == sample));
        assert!((0..=u16::MAX).all(|sample| u16::of_unit(sample.unit()) == sample));
    }

    #[test]
    fn numbers_are_rounded_and_clamped_where_samples_are_integers() {
        let eights = [-9.0, 0.4, 0.5, 254.6, 300.0, f32::NAN, f32::INFINITY].map(u8::of_number);
        assert_eq!(eights, [0, 0, 1, 255, 255, 0, 255]);
        assert_eq!(u16::of_number(70_000.0), u16::MAX);
        assert_eq!(f32::of_number(1.5), 1.5);
    }
}
