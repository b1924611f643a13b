//! The chunks of WebP files (RFC 9649), as far as they carry metadata.

use std::borrow::Cow;

use super::{Class, Format, Header, Part, PartsError, add};

/// `RIFF`, a length and `WEBP`, in bytes.
const FILE_HEADER_BYTES: usize = 12;

/// Name and length of a chunk, in bytes.
const HEADER_BYTES: usize = 8;

const FLAG_PROFILE: u8 = 0x20;
const FLAG_ALPHA: u8 = 0x10;
const FLAG_EXIF: u8 = 0x08;
const FLAG_XMP: u8 = 0x04;

pub(super) fn split(bytes: &[u8]) -> Result<Vec<Part<'_>>, PartsError> {
    let truncated = PartsError::Truncated(Format::Webp);
    let Some((header, &[a, b, c, d])) = bytes.get(..FILE_HEADER_BYTES).zip(bytes.get(4..8)) else {
        return Err(truncated);
    };
    let end = HEADER_BYTES.saturating_add(u32::from_le_bytes([a, b, c, d]) as usize);
    if end > bytes.len() || end < FILE_HEADER_BYTES {
        return Err(truncated);
    }
    let mut parts = vec![Part::new(Class::Picture, header, 0..0)];
    let mut at = FILE_HEADER_BYTES;
    while at < end {
        let Some(&[ref name @ .., a, b, c, d]) = bytes[at..end].get(..HEADER_BYTES) else { return Err(truncated) };
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let padded = length.checked_add(HEADER_BYTES + length % 2);
        let chunk =
            padded.and_then(|padded| bytes[at..end].get(..padded)).ok_or(PartsError::Truncated(Format::Webp))?;
        add(&mut parts, Part::new(class(name), chunk, HEADER_BYTES..HEADER_BYTES + length), Format::Webp)?;
        at += chunk.len();
    }
    if end < bytes.len() {
        parts.push(Part::new(Class::Trailer, &bytes[end..], 0..bytes.len() - end));
    }
    Ok(parts)
}

fn class(name: &[u8]) -> Class {
    match name {
        b"EXIF" => Class::Exif,
        b"XMP " => Class::Xmp,
        b"ICCP" => Class::Profile,
        b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => Class::Picture,
        _ => Class::Other,
    }
}

pub(super) fn chunk(class: Class, name: [u8; 4], content: &[u8]) -> Part<'static> {
    let mut bytes = [&name[..], &(content.len() as u32).to_le_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    Part::made(class, bytes, HEADER_BYTES..HEADER_BYTES + content.len())
}

/// Puts the file together, with its length and its flags as they are now.
pub(super) fn join(parts: &[Part<'_>]) -> Result<Vec<u8>, PartsError> {
    let has = |class: Class| parts.iter().any(|part| part.class == class);
    let mut flags = 0;
    for (class, flag) in [(Class::Profile, FLAG_PROFILE), (Class::Exif, FLAG_EXIF), (Class::Xmp, FLAG_XMP)] {
        flags |= if has(class) { flag } else { 0 };
    }
    let mut list: Vec<Cow<'_, [u8]>> = parts.iter().map(|part| Cow::Borrowed(&*part.bytes)).collect();
    match parts.iter().position(|part| part.bytes.starts_with(b"VP8X")) {
        Some(at) => list[at] = with_flags(&parts[at].bytes, flags),
        None if flags == 0 => {}
        None => list.insert(1, Cow::Owned(extended_header(parts, flags)?)),
    }
    with_length(list.concat(), parts)
}

fn with_flags(header: &[u8], flags: u8) -> Cow<'_, [u8]> {
    let mut header = header.to_vec();
    if let Some(byte) = header.get_mut(HEADER_BYTES) {
        *byte = *byte & !(FLAG_PROFILE | FLAG_EXIF | FLAG_XMP) | flags;
    }
    Cow::Owned(header)
}

/// Makes the header that a file needs once it holds more than a picture.
fn extended_header(parts: &[Part<'_>], flags: u8) -> Result<Vec<u8>, PartsError> {
    let (width, height, alpha) = simple_size(parts).ok_or(PartsError::Damaged(Format::Webp, "it has no picture"))?;
    let flags = if alpha { flags | FLAG_ALPHA } else { flags };
    let [w, h] = [width, height].map(|side| (side.max(1) - 1).to_le_bytes());
    Ok([b"VP8X\x0A\0\0\0", &[flags, 0, 0, 0][..], &w[..3], &h[..3]].concat())
}

/// Returns width, height and whether there is alpha, of a file that holds a picture alone.
fn simple_size(parts: &[Part<'_>]) -> Option<(u32, u32, bool)> {
    let picture = parts.iter().find(|part| part.bytes.starts_with(b"VP8"))?;
    match (&picture.bytes[..4], picture.content()) {
        // A signature, then 14 bits of width, 14 of height, one of alpha.
        (b"VP8L", &[0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([a, b, c, d]);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1 == 1))
        }
        // A frame tag, a start code, then 14 bits of each side and two of scale.
        (b"VP8 ", &[_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..]) => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            Some((side(a, b), side(c, d), false))
        }
        _ => None,
    }
}

fn with_length(mut bytes: Vec<u8>, parts: &[Part<'_>]) -> Result<Vec<u8>, PartsError> {
    let trailer: usize = parts.iter().filter(|part| part.class == Class::Trailer).map(|part| part.bytes.len()).sum();
    let length = bytes.len() - trailer - HEADER_BYTES;
    let too_large =
        PartsError::TooLarge { what: "a file", bytes: length, max_bytes: u32::MAX as usize, format: Format::Webp };
    let length = u32::try_from(length).map_err(|_| too_large)?;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Reads the header of an extended or a simple file.
pub(super) fn header(parts: &[Part<'_>]) -> Option<Header> {
    let (width, height, alpha) = match parts.iter().find(|part| part.bytes.starts_with(b"VP8X")) {
        Some(header) => canvas(header.content()),
        None => simple_size(parts),
    }?;
    Some(Header { width, height, bits: 8, channels: if alpha { "rgba" } else { "rgb" } })
}

fn canvas(header: &[u8]) -> Option<(u32, u32, bool)> {
    match header {
        &[flags, _, _, _, a, b, c, d, e, f, ..] => {
            let side = |a, b, c| u32::from_le_bytes([a, b, c, 0]) + 1;
            Some((side(a, b, c), side(d, e, f), flags & FLAG_ALPHA != 0))
        }
        _ => None,
    }
}
