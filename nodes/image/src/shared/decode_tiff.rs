//! What the image crate leaves out of TIFF: pictures of one channel of floats, and the profiles of small pictures, and whether
//! colours are multiplied by alpha.

use std::io::Cursor;
use std::sync::Arc;

use tiff::decoder::{Decoder, DecodingResult, Limits as Bounds};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError, TiffResult};
use windlass_core::value::{Channels, Image, Samples};

use super::decode::{DecodeError, Limits, Stored};
use super::format::Format;
use super::orient;

/// What TIFF 6.0 calls an alpha that the colours are multiplied by.
const ASSOCIATED_ALPHA: u16 = 1;

type Source<'a> = Decoder<Cursor<&'a [u8]>>;

/// Returns the ICC profile. The image crate bounds its size by that of the pixels, and so loses it where they are few.
pub(super) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    open(bytes)?.get_tag_u8_vec(Tag::IccProfile).ok()
}

/// Returns whether colours are stored multiplied by alpha, as the image crate does not tell.
pub(super) fn is_premultiplied(bytes: &[u8]) -> bool {
    let extra = open(bytes).and_then(|mut decoder| decoder.find_tag_unsigned_vec(Tag::ExtraSamples).ok().flatten());
    extra.is_some_and(|extra: Vec<u16>| extra.first() == Some(&ASSOCIATED_ALPHA))
}

/// Reads a picture of one channel of floats; `None` for all that the image crate can read or refuse by itself.
pub(super) fn grey_floats(bytes: &[u8], limits: &Limits) -> Result<Option<Stored>, DecodeError> {
    let Some(mut decoder) = open(bytes) else { return Ok(None) };
    let Ok(ColorType::Gray(bits @ (32 | 64))) = decoder.colortype() else { return Ok(None) };
    let (width, height) = decoder.dimensions().map_err(damaged)?;
    limits.check(width.into(), height.into())?;
    limits.check_bytes(width.into(), height.into(), u64::from(width) * u64::from(height) * u64::from(bits / 8))?;
    let mut decoder = decoder.with_limits(bounds(limits));
    let orientation = decoder.find_tag_unsigned(Tag::Orientation).map_err(damaged)?.unwrap_or(orient::UPRIGHT);
    let Some(samples) = floats(&mut decoder).map_err(damaged)? else { return Ok(None) };
    let image = Image::new(width, height, Channels::Gray, Samples::F32(samples));
    let mut image = image.map_err(|error| DecodeError::of(Format::Tiff, error))?;
    image.icc = profile(bytes).map(Arc::from);
    Ok(Some(Stored { image, orientation }))
}

fn open(bytes: &[u8]) -> Option<Source<'_>> {
    Decoder::new(Cursor::new(bytes)).ok()
}

fn bounds(limits: &Limits) -> Bounds {
    let mut bounds = Bounds::default();
    bounds.decoding_buffer_size = usize::try_from(limits.max_bytes).unwrap_or(usize::MAX);
    bounds.intermediate_buffer_size = bounds.decoding_buffer_size;
    bounds
}

fn floats(decoder: &mut Source<'_>) -> TiffResult<Option<Vec<f32>>> {
    Ok(match decoder.read_image()? {
        DecodingResult::F32(samples) => Some(samples),
        DecodingResult::F64(samples) => Some(samples.into_iter().map(|sample| sample as f32).collect()),
        _ => None,
    })
}

fn damaged(error: TiffError) -> DecodeError {
    match error {
        TiffError::IoError(error) => DecodeError::of(Format::Tiff, error),
        error => DecodeError::of(Format::Tiff, error),
    }
}
