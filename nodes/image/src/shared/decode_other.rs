//! WebP, GIF, BMP and TIFF by the image crate.

use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};
use windlass_core::value::{AlphaMode, Channels, Image, Samples};

use super::decode::{DecodeError, Limits, Stored};
use super::decode_tiff;
use super::format::Format;
use super::recast;

pub(super) fn decode(format: Format, bytes: &[u8], limits: &Limits) -> Result<Stored, DecodeError> {
    let damaged = |error: ImageError| match error {
        _ if is_cut(format, bytes) => DecodeError::Truncated { format },
        ImageError::Unsupported(error) => DecodeError::Variety { format, cause: Box::new(error) },
        ImageError::IoError(error) => DecodeError::of(format, error),
        error => DecodeError::of(format, error),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), foreign(format));
    reader.limits(bounds(limits));
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    limits.check(width.into(), height.into())?;
    limits.check_bytes(width.into(), height.into(), decoder.total_bytes())?;
    let icc =
        if format == Format::Tiff { decode_tiff::profile(bytes) } else { decoder.icc_profile().map_err(damaged)? };
    let orientation = decoder.orientation().map_err(damaged)?.to_exif();
    let (channels, samples) = parts(DynamicImage::from_decoder(decoder).map_err(damaged)?);
    let mut image = Image::new(width, height, channels, samples).map_err(|error| DecodeError::of(format, error))?;
    if format == Format::Tiff && channels.has_alpha() && decode_tiff::is_premultiplied(bytes) {
        image.alpha = AlphaMode::Premultiplied;
        let straight = recast::alpha_mode(&image, AlphaMode::Straight);
        image = straight.map_err(|error| DecodeError::of(format, error))?.into_owned();
    }
    image.icc = icc.map(Arc::from);
    Ok(Stored { image, orientation })
}

/// Tells a cut from damage where the decoder has one name for both: a WebP that is shorter than its RIFF header
/// says, and a GIF without its trailer.
fn is_cut(format: Format, bytes: &[u8]) -> bool {
    match (format, bytes.get(4..8)) {
        (Format::Webp, Some(&[a, b, c, d])) => (bytes.len() as u64) < 8 + u64::from(u32::from_le_bytes([a, b, c, d])),
        (Format::Gif, _) => bytes.last() != Some(&0x3B),
        _ => false,
    }
}

fn foreign(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::Tiff => ImageFormat::Tiff,
    }
}

/// Sides are left to our own check, so that its words are used.
fn bounds(limits: &Limits) -> image::Limits {
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.working_bytes());
    bounds
}

fn parts(image: DynamicImage) -> (Channels, Samples) {
    match image {
        DynamicImage::ImageLuma8(buffer) => (Channels::Gray, Samples::U8(buffer.into_raw())),
        DynamicImage::ImageLumaA8(buffer) => (Channels::GrayAlpha, Samples::U8(buffer.into_raw())),
        DynamicImage::ImageRgb8(buffer) => (Channels::Rgb, Samples::U8(buffer.into_raw())),
        DynamicImage::ImageRgba8(buffer) => (Channels::Rgba, Samples::U8(buffer.into_raw())),
        DynamicImage::ImageLuma16(buffer) => (Channels::Gray, Samples::U16(buffer.into_raw())),
        DynamicImage::ImageLumaA16(buffer) => (Channels::GrayAlpha, Samples::U16(buffer.into_raw())),
        DynamicImage::ImageRgb16(buffer) => (Channels::Rgb, Samples::U16(buffer.into_raw())),
        DynamicImage::ImageRgba16(buffer) => (Channels::Rgba, Samples::U16(buffer.into_raw())),
        DynamicImage::ImageRgb32F(buffer) => (Channels::Rgb, Samples::F32(buffer.into_raw())),
        DynamicImage::ImageRgba32F(buffer) => (Channels::Rgba, Samples::F32(buffer.into_raw())),
        other => (Channels::Rgba, Samples::F32(other.into_rgba32f().into_raw())),
    }
}
