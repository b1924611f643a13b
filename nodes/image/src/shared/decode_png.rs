//! PNG by the png crate: palettes and small depths are expanded, 16 bits are kept.

use std::io::Cursor;
use std::sync::Arc;

use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};
use windlass_core::value::{Channels, Image, Samples};

use super::decode::{DecodeError, Limits, Stored};
use super::format::Format;
use super::orient;

/// Memory for what stands beside the pixels (profile, one row), in bytes.
const BESIDE_BYTES: usize = 64 << 20;

type Source<'a> = Cursor<&'a [u8]>;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Stored, DecodeError> {
    let mut reader = reader(bytes, limits)?;
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    let (width, height) = reader.info().size();
    limits.check_bytes(width.into(), height.into(), size as u64)?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    buffer.truncate(frame.buffer_size());
    let samples = match frame.bit_depth {
        BitDepth::Sixteen => {
            Samples::U16(buffer.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
        }
        _ => Samples::U8(buffer),
    };
    let image = Image::new(frame.width, frame.height, channels(frame.color_type), samples);
    let mut image = image.map_err(|error| DecodeError::of(Format::Png, error))?;
    let info = reader.info();
    image.icc = info.icc_profile.as_deref().map(Arc::from);
    Ok(Stored { image, orientation: info.exif_metadata.as_deref().map_or(orient::UPRIGHT, orient::of_exif) })
}

fn reader<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Reader<Source<'a>>, DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: BESIDE_BYTES });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(damaged)?;
    limits.check(header.width.into(), header.height.into())?;
    decoder.read_info().map_err(damaged)
}

pub(super) fn channels(color: ColorType) -> Channels {
    match color {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
    }
}

pub(super) fn damaged(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(error) => DecodeError::of(Format::Png, error),
        error => DecodeError::of(Format::Png, error),
    }
}
