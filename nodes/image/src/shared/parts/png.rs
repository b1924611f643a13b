//! The chunks of PNG files (PNG, third edition, chapter 11), as far as they carry metadata.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{Class, Format, Header, MAX_TEXT_BYTES, Part, PartsError, add};

const SIGNATURE_BYTES: usize = 8;

/// Length and type of a chunk, in bytes; its checksum takes four more.
const HEADER_BYTES: usize = 8;

/// The keyword of the text that holds an XMP packet.
const XMP: &str = "XML:com.adobe.xmp";

/// Chunks that a picture looks different without.
const PICTURE: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT",
    b"pHYs", b"bKGD", b"hIST", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn split(bytes: &[u8]) -> Result<Vec<Part<'_>>, PartsError> {
    let mut parts = vec![Part::new(Class::Picture, &bytes[..SIGNATURE_BYTES], 0..0)];
    let mut at = SIGNATURE_BYTES;
    loop {
        let Some(&[a, b, c, d, ref name @ ..]) = bytes.get(at..at + HEADER_BYTES) else {
            return Err(PartsError::Truncated(Format::Png));
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let chunk = length.checked_add(HEADER_BYTES + 4).and_then(|length| bytes[at..].get(..length));
        let chunk = chunk.ok_or(PartsError::Truncated(Format::Png))?;
        if parts.len() == 1 && name != b"IHDR" {
            return Err(PartsError::Damaged(Format::Png, "its first chunk is not its header"));
        }
        let content = HEADER_BYTES..HEADER_BYTES + length;
        add(&mut parts, Part::new(class(name, &chunk[content.clone()]), chunk, content), Format::Png)?;
        at += chunk.len();
        if name == b"IEND" {
            break;
        }
    }
    if at < bytes.len() {
        parts.push(Part::new(Class::Trailer, &bytes[at..], 0..bytes.len() - at));
    }
    Ok(parts)
}

fn class(name: &[u8], content: &[u8]) -> Class {
    match name {
        b"eXIf" => Class::Exif,
        b"iCCP" => Class::Profile,
        b"iTXt" if content.starts_with(b"XML:com.adobe.xmp\0") => Class::Xmp,
        b"tEXt" | b"zTXt" | b"iTXt" => Class::Text,
        name if PICTURE.iter().any(|known| known[..] == *name) => Class::Picture,
        _ => Class::Other,
    }
}

/// Returns the keyword of a text chunk of any of the three kinds.
pub(super) fn keyword(content: &[u8]) -> Option<String> {
    split_at_zero(content).map(|(keyword, _)| latin_1(keyword))
}

/// Returns the text of a text chunk of any of the three kinds, which are told apart by form, if it has at most so many
/// bytes.
pub(super) fn text(content: &[u8], max_bytes: usize) -> Option<String> {
    let (_keyword, rest) = split_at_zero(content)?;
    let text = match (international(rest, max_bytes), rest) {
        (Some(text), _) => text,
        // A method, and compressed Latin-1.
        (None, [0, compressed @ ..]) => latin_1(&inflate(compressed, max_bytes)?),
        (None, plain) => latin_1(plain),
    };
    (text.len() <= max_bytes).then_some(text)
}

/// A compression flag, a method, a language, a keyword in it, and UTF-8.
fn international(rest: &[u8], max_bytes: usize) -> Option<String> {
    let (&[flag, 0], rest) = rest.split_at_checked(2)? else { return None };
    let (_language, rest) = split_at_zero(rest)?;
    let (_translated, text) = split_at_zero(rest)?;
    match flag {
        0 => String::from_utf8(text.to_vec()).ok(),
        1 => String::from_utf8(inflate(text, max_bytes)?).ok(),
        _ => None,
    }
}

fn inflate(bytes: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    decompress_to_vec_zlib_with_limit(bytes, max_bytes).ok()
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// Returns the profile that a chunk of it holds: a name, a method, and the compressed profile.
pub(super) fn profile(content: &[u8]) -> Option<Vec<u8>> {
    let (_name, rest) = split_at_zero(content)?;
    rest.strip_prefix(&[0]).and_then(|profile| inflate(profile, MAX_TEXT_BYTES))
}

pub(super) fn chunk(class: Class, name: [u8; 4], content: &[u8]) -> Part<'static> {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&name);
    checksum.update(content);
    let length = (content.len() as u32).to_be_bytes();
    let bytes = [&length[..], &name, content, &checksum.finalize().to_be_bytes()].concat();
    Part::made(class, bytes, HEADER_BYTES..HEADER_BYTES + content.len())
}

pub(super) fn xmp(packet: &str) -> Part<'static> {
    chunk(Class::Xmp, *b"iTXt", &[XMP.as_bytes(), &[0; 5], packet.as_bytes()].concat())
}

/// Makes a chunk of a text: in Latin-1 where that suffices, which older readers know, else in UTF-8.
pub(super) fn new_text(keyword: &str, text: &str) -> Part<'static> {
    let keyword: Vec<u8> = keyword.chars().filter_map(|c| u8::try_from(c).ok()).collect();
    match text.chars().map(|c| u8::try_from(c).ok().filter(|byte| *byte != 0)).collect::<Option<Vec<u8>>>() {
        Some(latin) => chunk(Class::Text, *b"tEXt", &[&keyword[..], &[0], &latin].concat()),
        None => chunk(Class::Text, *b"iTXt", &[&keyword[..], &[0; 5], text.as_bytes()].concat()),
    }
}

/// Reads the header chunk.
pub(super) fn header(parts: &[Part<'_>]) -> Option<Header> {
    match parts.get(1)?.content().get(..10)? {
        &[a, b, c, d, e, f, g, h, bits, colour] => {
            let channels = match colour {
                0 => "gray",
                3 => "palette",
                4 => "gray_alpha",
                6 => "rgba",
                _ => "rgb",
            };
            let (width, height) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
            Some(Header { width, height, bits, channels })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_kinds_are_read() {
        let read = |content: &[u8]| (keyword(content).unwrap(), text(content, MAX_TEXT_BYTES).unwrap());
        let pair = |keyword: &str, text: &str| (keyword.to_owned(), text.to_owned());
        assert_eq!(read(b"Title\0caf\xE9"), pair("Title", "café"));
        assert_eq!(read("Title\0\0\0de\0Titel\0Tür".as_bytes()), pair("Title", "Tür"));
        let deflated = miniz_oxide::deflate::compress_to_vec_zlib(b"caf\xE9", 6);
        assert_eq!(read(&[b"Title\0\0", &deflated[..]].concat()), pair("Title", "café"));
        let deflated = miniz_oxide::deflate::compress_to_vec_zlib("漢".as_bytes(), 6);
        assert_eq!(read(&[b"Title\0\x01\0\0\0", &deflated[..]].concat()), pair("Title", "漢"));
        assert_eq!((keyword(b"no end"), text(b"no end", 100)), (None, None));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; MAX_TEXT_BYTES + 1], 6);
        assert_eq!(profile(&[b"name\0\0", &bomb[..]].concat()), None);
        assert_eq!(text(&[b"name\0\0", &bomb[..]].concat(), MAX_TEXT_BYTES), None);
    }

    #[test]
    fn a_new_text_is_written_as_simply_as_can_be() {
        assert_eq!(&new_text("Title", "café").bytes[4..8], b"tEXt");
        let wide = new_text("Title", "漢");
        assert_eq!(&wide.bytes[4..8], b"iTXt");
        assert_eq!(text(wide.content(), 3).as_deref(), Some("漢"));
    }
}
