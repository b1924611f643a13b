//! From a picture to the bytes of a file. What a format cannot hold is converted, and said.
//!
//! | Format | Samples | Alpha | Profile |
//! | --- | --- | --- | --- |
//! | JPEG | 8 bits | laid on white | kept |
//! | PNG | 8 and 16 bits | kept | kept |
//! | WebP, lossless | 8 bits | kept | kept |
//! | TIFF | 8 and 16 bits, floats | kept | kept |
//! | BMP | 8 bits | kept | left out |

use std::borrow::Cow;
use std::error::Error;
use std::io::Cursor;

use image::codecs::bmp::BmpEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};
use windlass_core::value::{Channels, Image, Samples};

use super::convert;
use super::format::Format;
use super::profile;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encode {
    /// The format.
    pub format: Format,
    /// Quality of JPEG, 1 to 100.
    pub quality: u8,
}

/// A file in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the format could not hold, one sentence each.
    pub losses: Vec<&'static str>,
}

/// Why a picture does not become a file.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The format cannot be written.
    #[error("{0} cannot be written")]
    ReadOnly(Format),
    /// The format cannot name such a side.
    #[error("a picture of {width} by {height} pixels is too long for {format}, which ends at {max_side}")]
    TooLong {
        /// The format.
        format: Format,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The longest side that the format can name.
        max_side: u32,
    },
    /// The encoder fails.
    #[error("the picture cannot be written as {format}")]
    Library {
        /// The format.
        format: Format,
        /// What the encoder says.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}

const ROUNDED_TO_8: &str = "samples were rounded to 8 bits, which is all that the format holds";
const ROUNDED_TO_16: &str = "samples were rounded to 16 bits, which is all that the format holds";
const LAID_ON_WHITE: &str = "transparency was laid on white, because the format has none";
const NO_PROFILE: &str = "the colour profile was left out, because the format has no place for it";

/// Writes a picture to memory.
///
/// # Errors
/// See [`EncodeError`].
pub fn encode(image: &Image, how: Encode) -> Result<Encoded, EncodeError> {
    check_sides(image, how.format)?;
    let image = convert::straight(image);
    match how.format {
        Format::Jpeg => jpeg(&image, how.quality),
        Format::Png => png(&image),
        Format::Webp => webp(&image),
        Format::Tiff => tiff(&image),
        Format::Bmp => bmp(&image),
        Format::Gif => Err(EncodeError::ReadOnly(Format::Gif)),
    }
}

fn check_sides(image: &Image, format: Format) -> Result<(), EncodeError> {
    let max_side = match format {
        Format::Jpeg => 65_535,
        Format::Webp => 16_384,
        Format::Png | Format::Tiff | Format::Bmp | Format::Gif => i32::MAX as u32,
    };
    let (width, height) = (image.width(), image.height());
    if width.max(height) > max_side {
        return Err(EncodeError::TooLong { format, width, height, max_side });
    }
    Ok(())
}

fn jpeg(image: &Image, quality: u8) -> Result<Encoded, EncodeError> {
    let mut losses = rounding(image);
    if image.channels().has_alpha() {
        losses.push(LAID_ON_WHITE);
    }
    let eights = convert::to_u8(image.samples());
    let samples = convert::lay_on(&eights, image.channels(), convert::WHITE);
    let color = match image.channels() {
        Channels::Gray | Channels::GrayAlpha => jpeg_encoder::ColorType::Luma,
        Channels::Rgb | Channels::Rgba => jpeg_encoder::ColorType::Rgb,
    };
    let mut bytes = Vec::with_capacity(samples.len() / 8);
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100));
    if let Some(icc) = fitting_profile(image, image.channels()) {
        encoder.add_icc_profile(icc).map_err(|error| library(Format::Jpeg, error))?;
    }
    let (width, height) = (image.width() as u16, image.height() as u16);
    encoder.encode(&samples, width, height, color).map_err(|error| library(Format::Jpeg, error))?;
    Ok(Encoded { bytes, losses })
}

fn png(image: &Image) -> Result<Encoded, EncodeError> {
    let mut losses = Vec::new();
    let (depth, samples) = match image.samples() {
        Samples::U8(samples) => (png::BitDepth::Eight, Cow::Borrowed(&samples[..])),
        samples => {
            if matches!(samples, Samples::F32(_)) {
                losses.push(ROUNDED_TO_16);
            }
            let sixteens = convert::to_u16(samples);
            (png::BitDepth::Sixteen, sixteens.iter().flat_map(|sample| sample.to_be_bytes()).collect())
        }
    };
    let mut bytes = Vec::with_capacity(samples.len() / 2);
    write_png(&mut bytes, image, depth, &samples).map_err(|error| library(Format::Png, error))?;
    Ok(Encoded { bytes, losses })
}

fn write_png(
    bytes: &mut Vec<u8>,
    image: &Image,
    depth: png::BitDepth,
    samples: &[u8],
) -> Result<(), png::EncodingError> {
    let mut info = png::Info::with_size(image.width(), image.height());
    info.icc_profile = fitting_profile(image, image.channels()).map(Cow::Borrowed);
    info.bit_depth = depth;
    info.color_type = match image.channels() {
        Channels::Gray => png::ColorType::Grayscale,
        Channels::GrayAlpha => png::ColorType::GrayscaleAlpha,
        Channels::Rgb => png::ColorType::Rgb,
        Channels::Rgba => png::ColorType::Rgba,
    };
    let mut encoder = png::Encoder::with_info(bytes, info)?;
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()
}

fn webp(image: &Image) -> Result<Encoded, EncodeError> {
    let mut encoded = Encoded { losses: rounding(image), ..Encoded::default() };
    let mut encoder = WebPEncoder::new_lossless(&mut encoded.bytes);
    set_profile(&mut encoder, image, image.channels());
    let samples = convert::to_u8(image.samples());
    write(encoder, Format::Webp, image, &samples, eight_bit(image.channels()))?;
    Ok(encoded)
}

fn bmp(image: &Image) -> Result<Encoded, EncodeError> {
    let mut encoded = Encoded { losses: rounding(image), ..Encoded::default() };
    if image.icc.is_some() {
        encoded.losses.push(NO_PROFILE);
    }
    let samples = convert::to_u8(image.samples());
    let samples = convert::spread_grey(&samples, image.channels());
    let encoder = BmpEncoder::new(&mut encoded.bytes);
    write(encoder, Format::Bmp, image, &samples, eight_bit(spread(image.channels())))?;
    Ok(encoded)
}

fn tiff(image: &Image) -> Result<Encoded, EncodeError> {
    use ExtendedColorType::{L8, L16, Rgb8, Rgb16, Rgb32F, Rgba8, Rgba16, Rgba32F};
    let mut bytes = Vec::new();
    let mut encoder = TiffEncoder::new(Cursor::new(&mut bytes));
    let channels = image.channels();
    // Grey with alpha and grey floats have no encoder; spread over three channels they lose nothing.
    let alone = channels == Channels::Gray && !matches!(image.samples(), Samples::F32(_));
    let written = if alone { channels } else { spread(channels) };
    set_profile(&mut encoder, image, written);
    let pick = |gray, rgb, rgba| match written {
        Channels::Gray | Channels::GrayAlpha => gray,
        Channels::Rgb => rgb,
        Channels::Rgba => rgba,
    };
    match image.samples() {
        Samples::U8(samples) => {
            write(encoder, Format::Tiff, image, &maybe_spread(samples, channels, alone), pick(L8, Rgb8, Rgba8))
        }
        Samples::U16(samples) => {
            let samples = maybe_spread(samples, channels, alone);
            write(encoder, Format::Tiff, image, bytemuck::cast_slice(&samples), pick(L16, Rgb16, Rgba16))
        }
        Samples::F32(samples) => {
            let samples = maybe_spread(samples, channels, alone);
            write(encoder, Format::Tiff, image, bytemuck::cast_slice(&samples), pick(Rgb32F, Rgb32F, Rgba32F))
        }
    }?;
    Ok(Encoded { bytes, losses: Vec::new() })
}

fn maybe_spread<T: Copy>(samples: &[T], channels: Channels, alone: bool) -> Cow<'_, [T]> {
    if alone { Cow::Borrowed(samples) } else { convert::spread_grey(samples, channels) }
}

fn spread(channels: Channels) -> Channels {
    if channels.has_alpha() { Channels::Rgba } else { Channels::Rgb }
}

fn eight_bit(channels: Channels) -> ExtendedColorType {
    match channels {
        Channels::Gray => ExtendedColorType::L8,
        Channels::GrayAlpha => ExtendedColorType::La8,
        Channels::Rgb => ExtendedColorType::Rgb8,
        Channels::Rgba => ExtendedColorType::Rgba8,
    }
}

fn rounding(image: &Image) -> Vec<&'static str> {
    if matches!(image.samples(), Samples::U8(_)) { Vec::new() } else { vec![ROUNDED_TO_8] }
}

/// Returns the profile where it describes the channels that are written.
fn fitting_profile(image: &Image, written: Channels) -> Option<&[u8]> {
    image.icc.as_deref().filter(|icc| profile::fits(icc, written))
}

fn set_profile(encoder: &mut impl ImageEncoder, image: &Image, written: Channels) {
    if let Some(icc) = fitting_profile(image, written) {
        // Every encoder that this is called for has a place for a profile.
        let _ = encoder.set_icc_profile(icc.to_vec());
    }
}

fn write(
    encoder: impl ImageEncoder,
    format: Format,
    image: &Image,
    samples: &[u8],
    color: ExtendedColorType,
) -> Result<(), EncodeError> {
    let written = encoder.write_image(samples, image.width(), image.height(), color);
    written.map_err(|error: ImageError| library(format, error))
}

fn library(format: Format, cause: impl Error + Send + Sync + 'static) -> EncodeError {
    EncodeError::Library { format, cause: Box::new(cause) }
}
