//! The blend modes of *Compositing and Blending Level 1* (W3C, 2024, chapter 10), and two that programs for pictures have.

use windlass_core::prelude::*;

/// How colours are mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Blend {
    /// The upper one.
    #[default]
    Normal,
    /// The product: never lighter than either.
    Multiply,
    /// The product of the complements: never darker than either.
    Screen,
    /// `multiply` where the lower one is dark, `screen` where it is light.
    Overlay,
    /// The darker one, channel by channel.
    Darken,
    /// The lighter one, channel by channel.
    Lighten,
    /// The lower one, brightened by the upper.
    ColorDodge,
    /// The lower one, darkened by the upper.
    ColorBurn,
    /// `multiply` where the upper one is dark, `screen` where it is light.
    HardLight,
    /// A soft form of `hard_light`.
    SoftLight,
    /// The difference.
    Difference,
    /// A difference of lower contrast.
    Exclusion,
    /// Hue of the upper one, saturation and luminosity of the lower.
    Hue,
    /// Saturation of the upper one, hue and luminosity of the lower.
    Saturation,
    /// Hue and saturation of the upper one, luminosity of the lower.
    Color,
    /// Luminosity of the upper one, hue and saturation of the lower.
    Luminosity,
    /// The sum, at most full brightness; linear dodge.
    Add,
    /// The lower one less the upper, at least black.
    Subtract,
}

/// A colour with full brightness as 1.0.
pub type Rgb = [f32; 3];

/// What becomes of the lower and the upper colour.
pub type Mix = fn(Rgb, Rgb) -> Rgb;

impl Blend {
    /// Returns the function that mixes; the first argument is the lower colour, the second the upper.
    pub fn mix(self) -> Mix {
        match self {
            Self::Normal => |_, upper| upper,
            Self::Multiply => |lower, upper| each(lower, upper, multiply),
            Self::Screen => |lower, upper| each(lower, upper, screen),
            Self::Overlay => |lower, upper| each(lower, upper, |lower, upper| hard_light(upper, lower)),
            Self::Darken => |lower, upper| each(lower, upper, f32::min),
            Self::Lighten => |lower, upper| each(lower, upper, f32::max),
            Self::ColorDodge => |lower, upper| each(lower, upper, color_dodge),
            Self::ColorBurn => |lower, upper| each(lower, upper, color_burn),
            Self::HardLight => |lower, upper| each(lower, upper, hard_light),
            Self::SoftLight => |lower, upper| each(lower, upper, soft_light),
            Self::Difference => |lower, upper| each(lower, upper, |lower, upper| (lower - upper).abs()),
            Self::Exclusion => |lower, upper| each(lower, upper, |lower, upper| lower + upper - 2.0 * lower * upper),
            Self::Hue => |lower, upper| with_lum(with_sat(upper, sat(lower)), lum(lower)),
            Self::Saturation => |lower, upper| with_lum(with_sat(lower, sat(upper)), lum(lower)),
            Self::Color => |lower, upper| with_lum(upper, lum(lower)),
            Self::Luminosity => |lower, upper| with_lum(lower, lum(upper)),
            Self::Add => |lower, upper| each(lower, upper, |lower, upper| (lower + upper).min(1.0)),
            Self::Subtract => |lower, upper| each(lower, upper, |lower, upper| (lower - upper).max(0.0)),
        }
    }
}

#[inline(always)]
fn each(lower: Rgb, upper: Rgb, mix: impl Fn(f32, f32) -> f32) -> Rgb {
    [mix(lower[0], upper[0]), mix(lower[1], upper[1]), mix(lower[2], upper[2])]
}

fn multiply(lower: f32, upper: f32) -> f32 {
    lower * upper
}

fn screen(lower: f32, upper: f32) -> f32 {
    lower + upper - lower * upper
}

fn hard_light(lower: f32, upper: f32) -> f32 {
    if upper <= 0.5 { multiply(lower, 2.0 * upper) } else { screen(lower, 2.0 * upper - 1.0) }
}

fn color_dodge(lower: f32, upper: f32) -> f32 {
    if lower <= 0.0 {
        0.0
    } else if upper >= 1.0 {
        1.0
    } else {
        (lower / (1.0 - upper)).min(1.0)
    }
}

fn color_burn(lower: f32, upper: f32) -> f32 {
    if lower >= 1.0 {
        1.0
    } else if upper <= 0.0 {
        0.0
    } else {
        1.0 - ((1.0 - lower) / upper).min(1.0)
    }
}

fn soft_light(lower: f32, upper: f32) -> f32 {
    if upper <= 0.5 {
        return lower - (1.0 - 2.0 * upper) * lower * (1.0 - lower);
    }
    let bent = if lower <= 0.25 { ((16.0 * lower - 12.0) * lower + 4.0) * lower } else { lower.sqrt() };
    lower + (2.0 * upper - 1.0) * (bent - lower)
}

/// 10.2 of the specification: luminosity.
fn lum([red, green, blue]: Rgb) -> f32 {
    0.3 * red + 0.59 * green + 0.11 * blue
}

fn sat(colour: Rgb) -> f32 {
    highest(colour) - lowest(colour)
}

fn highest([red, green, blue]: Rgb) -> f32 {
    red.max(green).max(blue)
}

fn lowest([red, green, blue]: Rgb) -> f32 {
    red.min(green).min(blue)
}

/// Gives a colour another luminosity, and moves it towards grey as far as it would leave 0.0 to 1.0.
fn with_lum(colour: Rgb, wanted: f32) -> Rgb {
    let shift = wanted - lum(colour);
    let colour = colour.map(|sample| sample + shift);
    let (middle, low, high) = (lum(colour), lowest(colour), highest(colour));
    let mut clipped = colour;
    if low < 0.0 && middle > low {
        clipped = clipped.map(|sample| middle + (sample - middle) * middle / (middle - low));
    }
    if high > 1.0 && high > middle {
        clipped = clipped.map(|sample| middle + (sample - middle) * (1.0 - middle) / (high - middle));
    }
    clipped
}

/// Gives a colour another saturation: the lowest channel becomes 0, the highest the saturation.
fn with_sat(colour: Rgb, wanted: f32) -> Rgb {
    let (low, span) = (lowest(colour), sat(colour));
    if span > 0.0 { colour.map(|sample| (sample - low) * wanted / span) } else { [0.0; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_dodge_and_burn_are_defined() {
        let dodge = |lower, upper| color_dodge(lower, upper);
        assert_eq!((dodge(0.0, 1.0), dodge(0.5, 1.0), dodge(0.25, 0.5)), (0.0, 1.0, 0.5));
        let burn = |lower, upper| color_burn(lower, upper);
        assert_eq!((burn(1.0, 0.0), burn(0.5, 0.0), burn(0.75, 0.5)), (1.0, 0.0, 0.5));
    }

    #[test]
    fn luminosity_is_that_of_the_one_that_gives_it() {
        let (lower, upper) = ([0.2, 0.4, 0.9], [0.8, 0.5, 0.1]);
        for blend in [Blend::Hue, Blend::Saturation, Blend::Color] {
            assert!((lum(blend.mix()(lower, upper)) - lum(lower)).abs() < 1e-6, "{blend:?}");
        }
        assert!((lum(Blend::Luminosity.mix()(lower, upper)) - lum(upper)).abs() < 1e-6);
    }

    #[test]
    fn black_and_white_are_neutral_where_they_should_be() {
        let colour = [0.1, 0.5, 0.9];
        for (blend, neutral) in [
            (Blend::Multiply, 1.0),
            (Blend::Screen, 0.0),
            (Blend::Add, 0.0),
            (Blend::Subtract, 0.0),
            (Blend::Difference, 0.0),
            (Blend::Exclusion, 0.0),
            (Blend::ColorBurn, 1.0),
            (Blend::ColorDodge, 0.0),
            (Blend::Overlay, 0.5),
            (Blend::HardLight, 0.5),
            (Blend::SoftLight, 0.5),
        ] {
            let mixed = blend.mix()(colour, [neutral; 3]);
            let close = mixed.iter().zip(colour).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(close, "{blend:?} gives {mixed:?}");
        }
    }
}
