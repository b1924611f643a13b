//! JPEG by zune-jpeg, strictly: a damaged or shortened file is refused rather than filled up with grey.

use std::sync::Arc;

use windlass_core::value::{Channels, Image, Samples};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::decode::{DecodeError, Limits, Stored};
use super::format::Format;
use super::jpeg_bytes::Bytes;
use super::orient;

/// The longest side that the format can name, in pixels.
const LONGEST_SIDE: usize = 65_535;

/// The marker behind the last scan.
const END: [u8; 2] = [0xFF, 0xD9];

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Stored, DecodeError> {
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(LONGEST_SIDE).set_max_height(LONGEST_SIDE);
    let mut decoder = JpegDecoder::new_with_options(Bytes::new(bytes), options);
    decoder.decode_headers().map_err(|error| explain(bytes, &error))?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    limits.check(width as u64, height as u64)?;
    let (channels, space) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (Channels::Gray, ColorSpace::Luma),
        _ => (Channels::Rgb, ColorSpace::RGB),
    };
    limits.check_bytes(width as u64, height as u64, width as u64 * height as u64 * channels.count() as u64)?;
    // What ends as a picture ends needs no search: inside a scan these bytes cannot stand, and before it the decoder misses the rest.
    if !bytes.ends_with(&END) && !reaches_its_end(bytes) {
        return Err(DecodeError::Truncated { format: Format::Jpeg });
    }
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let samples = decoder.decode().map_err(|error| explain(bytes, &error))?;
    let image = Image::new(width as u32, height as u32, channels, Samples::U8(samples));
    let mut image = image.map_err(|error| DecodeError::of(Format::Jpeg, error))?;
    image.icc = decoder.icc_profile().map(Arc::from);
    Ok(Stored { image, orientation: decoder.exif().map_or(orient::UPRIGHT, |exif| orient::of_exif(exif)) })
}

const RARE: &str = "only baseline and progressive JPEG of 8 bits, Huffman coded, can be read";

/// The decoder calls many things by one name, so the file itself tells a cut, a rare variety and damage apart.
fn explain(bytes: &[u8], error: &DecodeErrors) -> DecodeError {
    let format = Format::Jpeg;
    if !reaches_its_end(bytes) {
        DecodeError::Truncated { format }
    } else if is_rare(bytes) {
        DecodeError::Variety { format, cause: RARE.into() }
    } else {
        DecodeError::Damaged { format, cause: error.to_string().into() }
    }
}

/// Returns whether the frame is of a process that the decoder lacks: lossless, arithmetic coded, of 12 bits.
fn is_rare(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, marker, _, _, precision]) = bytes.get(at..at + 5) {
        match marker {
            0xC0..=0xC2 => return precision != 8,
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return true,
            _ => {}
        }
        at += 2 + segment_length(bytes, at + 2);
    }
    false
}

fn reaches_its_end(bytes: &[u8]) -> bool {
    end_of_picture(bytes).is_some()
}

/// Returns where the first picture in the file ends: behind the end marker that follows its segments and scans.
pub(super) fn end_of_picture(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    while let Some(rest) = bytes.get(at..) {
        let found = memchr::memchr(0xFF, rest)?;
        at += found + 1;
        match bytes.get(at) {
            // A second 0xFF is padding, and may begin the marker itself.
            Some(0xFF) => {}
            Some(0xD9) => return Some(at + 1),
            // An escaped 0xFF inside a scan, and the markers that carry no length.
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 1,
            Some(_) => at += 1 + segment_length(bytes, at + 1),
            None => return None,
        }
    }
    None
}

fn segment_length(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(bytes.len(), |length| usize::from(u16::from_be_bytes([length[0], length[1]])))
}
