//! Between types of samples and sets of channels.

use std::borrow::Cow;

use fast_image_resize::images::Image as Pixels;
use fast_image_resize::{MulDiv, PixelType};
use windlass_core::value::{AlphaMode, Channels, Image, Samples};

/// A colour of 8 bits a channel: red, green, blue, alpha; alpha is straight.
pub type Colour = [u8; 4];

/// Opaque white.
pub const WHITE: Colour = [255; 4];

/// Returns the samples in 8 bits, rounded; floats are clamped to 0.0 to 1.0.
pub fn to_u8(samples: &Samples) -> Cow<'_, [u8]> {
    match samples {
        Samples::U8(samples) => Cow::Borrowed(samples),
        Samples::U16(samples) => samples.iter().map(|sample| narrow(*sample)).collect(),
        Samples::F32(samples) => samples.iter().map(|sample| (sample.clamp(0.0, 1.0) * 255.0).round() as u8).collect(),
    }
}

/// Returns the samples in 16 bits, rounded; floats are clamped to 0.0 to 1.0.
pub fn to_u16(samples: &Samples) -> Cow<'_, [u16]> {
    match samples {
        Samples::U8(samples) => samples.iter().map(|sample| u16::from(*sample) * 257).collect(),
        Samples::U16(samples) => Cow::Borrowed(samples),
        Samples::F32(samples) => {
            samples.iter().map(|sample| (sample.clamp(0.0, 1.0) * 65_535.0).round() as u16).collect()
        }
    }
}

fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_767) / 65_535) as u8
}

/// Returns a picture whose colour is not multiplied by alpha, in 8 bits if it had to be divided.
pub fn straight(image: &Image) -> Cow<'_, Image> {
    if image.alpha == AlphaMode::Straight || !image.channels().has_alpha() {
        return Cow::Borrowed(image);
    }
    let pixel = if image.channels() == Channels::Rgba { PixelType::U16x4 } else { PixelType::U16x2 };
    let mut samples = to_u16(image.samples()).into_owned();
    let (width, height) = (image.width(), image.height());
    let divided = Pixels::from_slice_u8(width, height, bytemuck::cast_slice_mut(&mut samples), pixel)
        .map(|mut pixels| MulDiv::new().divide_alpha_inplace(&mut pixels));
    let made = image.with(width, height, image.channels(), Samples::U16(samples));
    match (divided, made) {
        (Ok(Ok(())), Ok(mut made)) => {
            made.alpha = AlphaMode::Straight;
            Cow::Owned(made)
        }
        _ => Cow::Borrowed(image),
    }
}

/// Returns samples with grey spread over red, green and blue; alpha is kept.
pub fn spread_grey<T: Copy>(samples: &[T], channels: Channels) -> Cow<'_, [T]> {
    match channels {
        Channels::Gray => samples.iter().flat_map(|grey| [*grey; 3]).collect(),
        Channels::GrayAlpha => {
            samples.chunks_exact(2).flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
        }
        Channels::Rgb | Channels::Rgba => Cow::Borrowed(samples),
    }
}

/// Lays straight samples of 8 bits onto a colour, and so takes their alpha away.
pub fn lay_on(samples: &[u8], channels: Channels, ground: Colour) -> Cow<'_, [u8]> {
    match channels {
        Channels::Gray | Channels::Rgb => Cow::Borrowed(samples),
        Channels::GrayAlpha => samples.chunks_exact(2).map(|pixel| mix(pixel[0], ground[0], pixel[1])).collect(),
        Channels::Rgba => {
            samples.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|at| mix(pixel[at], ground[at], pixel[3]))).collect()
        }
    }
}

/// Returns `over` laid on `under` with an alpha of `alpha / 255`, rounded.
pub fn mix(over: u8, under: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(over) * alpha + u32::from(under) * (255 - alpha) + 127) / 255) as u8
}

/// Lays a pixel over one that may be transparent too: *over* of Porter and Duff (1984), with straight alpha.
///
/// `under` is red, green, blue, alpha.
pub fn lay_over(under: &mut [u8], over: Colour) {
    let [.., alpha] = over;
    let below = u32::from(under[3]) * u32::from(255 - alpha) / 255;
    let sum = (u32::from(alpha) + below).max(1);
    for at in 0..3 {
        let weighed = u32::from(over[at]) * u32::from(alpha) + u32::from(under[at]) * below;
        under[at] = ((weighed + sum / 2) / sum) as u8;
    }
    under[3] = (u32::from(alpha) + below) as u8;
}

/// Reads `#rgb`, `#rrggbb` or `#rrggbbaa`.
pub fn parse_colour(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#')?;
    let nibbles: Vec<u8> = digits.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    match nibbles[..] {
        [r, g, b] => Some([r * 17, g * 17, b * 17, 255]),
        [a, b, c, d, e, f] => Some([a * 16 + b, c * 16 + d, e * 16 + f, 255]),
        [a, b, c, d, e, f, g, h] => Some([a * 16 + b, c * 16 + d, e * 16 + f, g * 16 + h]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_8_bit_sample_survives_16_bits() {
        let all: Vec<u8> = (0..=255).collect();
        let wide = Samples::U16(to_u16(&Samples::U8(all.clone())).into_owned());
        assert_eq!(to_u8(&wide).into_owned(), all);
    }

    #[test]
    fn floats_are_clamped_and_never_wrap() {
        let samples = Samples::F32(vec![-1.0, 0.0, 0.5, 1.0, 9.0, f32::NAN, f32::INFINITY]);
        assert_eq!(to_u8(&samples).into_owned(), [0, 0, 128, 255, 255, 0, 255]);
    }

    #[test]
    fn transparency_shows_the_ground() {
        let half_black = [0, 0, 0, 128];
        assert_eq!(lay_on(&half_black, Channels::Rgba, WHITE).into_owned(), [127; 3]);
        assert_eq!(lay_on(&[10, 0], Channels::GrayAlpha, WHITE).into_owned(), [255]);
    }

    #[test]
    fn premultiplied_colour_is_divided_again() {
        let mut image = Image::new(1, 1, Channels::Rgba, Samples::U8(vec![64, 0, 0, 128])).unwrap();
        image.alpha = AlphaMode::Premultiplied;
        let divided = straight(&image);
        assert_eq!(to_u8(divided.samples()).into_owned(), [128, 0, 0, 128]);
        assert_eq!(divided.alpha, AlphaMode::Straight);
    }

    #[test]
    fn colours_are_read() {
        assert_eq!(parse_colour("#fff"), Some(WHITE));
        assert_eq!(parse_colour("#10203040"), Some([16, 32, 48, 64]));
        for wrong in ["", "#", "fff", "#ffff", "#gggggg", "#fffffff", "#ÿÿÿ"] {
            assert_eq!(parse_colour(wrong), None, "{wrong}");
        }
    }
}
