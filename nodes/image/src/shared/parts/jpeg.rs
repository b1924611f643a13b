//! The segments of JPEG files (ISO/IEC 10918-1, annex B), as far as they carry metadata.

use super::{Class, Format, Header, Part, PartsError, add};
use crate::shared::decode_jpeg::end_of_picture;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// Marker and length of a segment, in bytes.
const HEADER_BYTES: usize = 4;

/// The most that a segment holds, in bytes: its length counts itself.
const MAX_CONTENT_BYTES: usize = 65_533;

pub(super) fn split(bytes: &[u8]) -> Result<Vec<Part<'_>>, PartsError> {
    let end = end_of_picture(bytes).ok_or(PartsError::Truncated(Format::Jpeg))?;
    let (picture, trailer) = bytes.split_at(end);
    let mut parts = vec![Part::new(Class::Picture, &picture[..2], 0..2)];
    let mut at = 2;
    while let Some(length) = segment(&picture[at..])? {
        add(&mut parts, part(&picture[at..at + length]), Format::Jpeg)?;
        at += length;
    }
    parts.push(Part::new(Class::Picture, &picture[at..], 0..0));
    if !trailer.is_empty() {
        parts.push(Part::new(Class::Trailer, trailer, 0..trailer.len()));
    }
    Ok(parts)
}

/// Returns the length of the segment that begins here, with padding before it; `None` where the scans begin.
fn segment(bytes: &[u8]) -> Result<Option<usize>, PartsError> {
    let damaged = |what| Err(PartsError::Damaged(Format::Jpeg, what));
    let padding = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    match (padding, bytes.get(padding)) {
        (0, _) => damaged("a segment does not begin with its marker"),
        (_, None | Some(0xD9)) => damaged("it has no scan"),
        (_, Some(0xDA)) => Ok(None),
        (_, Some(0x01 | 0xD0..=0xD8)) => Ok(Some(padding + 1)),
        (_, Some(_)) => match bytes.get(padding + 1..padding + 3) {
            Some(&[high, low]) if high > 0 || low >= 2 => {
                let length = padding + 1 + usize::from(u16::from_be_bytes([high, low]));
                if length > bytes.len() { Err(PartsError::Truncated(Format::Jpeg)) } else { Ok(Some(length)) }
            }
            _ => damaged("a segment has no length"),
        },
    }
}

fn part(bytes: &[u8]) -> Part<'_> {
    let marker = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    let start = (marker + 3).min(bytes.len());
    let content = &bytes[start..];
    let (class, skipped) = match bytes.get(marker) {
        Some(0xE1) if content.starts_with(EXIF) => (Class::Exif, EXIF.len()),
        Some(0xE1) if content.starts_with(XMP) || content.starts_with(MORE_XMP) => (Class::Xmp, 0),
        Some(0xE2) if content.starts_with(PROFILE) => (Class::Profile, PROFILE.len()),
        Some(0xFE) => (Class::Text, 0),
        // The density and the transform of colours are part of how the picture is shown.
        Some(0xE0) if content.starts_with(b"JFIF\0") => (Class::Picture, 0),
        Some(0xEE) if content.starts_with(b"Adobe") => (Class::Picture, 0),
        Some(0xE0..=0xEF) => (Class::Other, 0),
        _ => (Class::Picture, 0),
    };
    Part::new(class, bytes, start + skipped..bytes.len())
}

/// Returns the packet of XMP, if this is not a piece of an extended one.
pub(super) fn main_packet(content: &[u8]) -> Option<String> {
    content.strip_prefix(XMP).map(|packet| String::from_utf8_lossy(packet).into_owned())
}

/// Joins the pieces of a profile, which are numbered from 1 on (ICC.1:2022, B.4).
pub(super) fn profile<'a>(parts: impl Iterator<Item = &'a Part<'a>>) -> Option<Vec<u8>> {
    let mut pieces: Vec<_> = parts.filter_map(|part| part.content().split_at_checked(2)).collect();
    pieces.sort_by_key(|(numbers, _)| numbers[0]);
    let whole = pieces
        .iter()
        .enumerate()
        .all(|(at, (numbers, _))| usize::from(numbers[0]) == at + 1 && usize::from(numbers[1]) == pieces.len());
    (whole && !pieces.is_empty()).then(|| pieces.iter().flat_map(|(_, piece)| piece.iter().copied()).collect())
}

pub(super) fn exif(block: &[u8]) -> Result<Part<'static>, PartsError> {
    made(Class::Exif, "an EXIF block", EXIF, block, EXIF.len())
}

pub(super) fn xmp(packet: &str) -> Result<Part<'static>, PartsError> {
    made(Class::Xmp, "an XMP packet", XMP, packet.as_bytes(), 0)
}

fn made(
    class: Class,
    what: &'static str,
    name: &[u8],
    content: &[u8],
    skipped: usize,
) -> Result<Part<'static>, PartsError> {
    let max_bytes = MAX_CONTENT_BYTES - name.len();
    if content.len() > max_bytes {
        return Err(PartsError::TooLarge { what, bytes: content.len(), max_bytes, format: Format::Jpeg });
    }
    let length = (name.len() + content.len() + 2) as u16;
    let bytes = [&[0xFF, 0xE1], &length.to_be_bytes()[..], name, content].concat();
    let end = bytes.len();
    Ok(Part::made(class, bytes, HEADER_BYTES + skipped..end))
}

/// Returns where a part belongs: behind the start and the JFIF segment, XMP behind EXIF.
pub(super) fn place(parts: &[Part<'_>], class: Class) -> usize {
    let is_before = |part: &&Part<'_>| {
        let is_jfif = part.bytes.starts_with(b"\xFF\xE0") && part.class == Class::Picture;
        is_jfif || (class == Class::Xmp && part.class == Class::Exif)
    };
    1 + parts.iter().skip(1).take_while(is_before).count()
}

/// Reads the header of the frame (B.2.2).
pub(super) fn header(parts: &[Part<'_>]) -> Option<Header> {
    parts.iter().filter(|part| part.class == Class::Picture).find_map(|part| {
        let marker = part.bytes.iter().find(|byte| **byte != 0xFF)?;
        let is_frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        match part.content().get(..6).filter(|_| is_frame)? {
            &[bits, a, b, c, d, components] => {
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                let channels = match components {
                    1 => "gray",
                    4 => "cmyk",
                    _ => "rgb",
                };
                Some(Header { width: side(c, d), height: side(a, b), bits, channels })
            }
            _ => None,
        }
    })
}
