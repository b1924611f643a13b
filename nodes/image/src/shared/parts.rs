//! A picture file as a row of parts: metadata is taken out or put in, and all else is copied byte for byte.
//!
//! Deliberately absent: pixels. Nothing here decodes or encodes a picture, so nothing of it can get worse.

mod jpeg;
mod png;
mod webp;

use std::borrow::Cow;
use std::ops::Range;

use windlass_core::prelude::*;

use super::decode::{DecodeError, recognise};
use super::format::Format;

/// The largest file that is taken apart, in bytes.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// The most parts that a file is taken into; each takes more memory than its few bytes.
const MAX_PARTS: usize = 1 << 18;

/// The most that a profile, a packet, or all texts of a file together may have once they are unpacked, in bytes; what is
/// more is left out.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// What a part of a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What the picture cannot be shown without, or would look different without.
    Picture,
    /// The colour profile.
    Profile,
    /// An EXIF block.
    Exif,
    /// An XMP packet, or a piece of one.
    Xmp,
    /// Texts and comments.
    Text,
    /// Anything else: IPTC records, previews, marks of programs, times.
    Other,
    /// What follows the end of the picture: further pictures, a film, what somebody has hidden.
    Trailer,
}

/// A run of bytes of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'a> {
    /// What it is for.
    pub class: Class,
    /// All of it, with its header.
    pub bytes: Cow<'a, [u8]>,
    /// Where in it the content lies.
    content: Range<usize>,
}

/// A file in parts, in order; joined unchanged, they are the file.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    /// The format of the file.
    pub format: Format,
    /// The parts.
    pub list: Vec<Part<'a>>,
}

/// What the header of a file says of its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// Bits of a sample.
    pub bits: u8,
    /// The channels: `gray`, `gray_alpha`, `rgb`, `rgba`, `palette`, `cmyk`.
    pub channels: &'static str,
}

/// Why a file cannot be taken apart or put together.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// It is no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A format whose parts are not known here.
    #[error("metadata of {0} files cannot be changed")]
    Format(Format),
    /// The file ends too early.
    #[error("the {0} file is cut off before the end of its picture")]
    Truncated(Format),
    /// The parts do not follow each other as they should.
    #[error("the {0} file is damaged: {1}")]
    Damaged(Format, &'static str),
    /// The format has no room for so much.
    #[error("{what} of {bytes} bytes is more than the {max_bytes} that a {format} file has room for")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The room in bytes.
        max_bytes: usize,
        /// The format.
        format: Format,
    },
}

impl PartsError {
    /// Returns the error of a node, which names the file.
    pub fn explain(&self, file: &File) -> NodeError {
        let error = NodeError::new(format!("{self}: `{}`", file.name)).permanent();
        match self {
            Self::Decode(cause) => error.hint(cause.hint()),
            Self::Format(_) => error.hint("convert it to JPEG, PNG or WebP first"),
            Self::Truncated(_) | Self::Damaged(..) => error.hint("fetch it again, or open and save it anew"),
            Self::TooLarge { .. } => error.hint("write less"),
        }
    }
}

/// Reads a file whole, up to 512 MiB.
///
/// # Errors
/// Refuses a larger one, and says why a disk cannot be read.
pub fn read(file: &File, ctx: &Ctx) -> Result<Vec<u8>, NodeError> {
    ctx.open(file)?.read_all(&file.name, MAX_FILE_BYTES)
}

/// Returns a file of the same name with other content.
pub fn same_file(file: &File, bytes: Vec<u8>, format: Format) -> File {
    File::in_memory(bytes, &file.name, format.media_type())
}

/// A PNG file of one grey pixel, for tests of all kinds.
pub fn specimen() -> File {
    let parts = [
        png::chunk(Class::Picture, *b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
        png::chunk(Class::Picture, *b"IDAT", b"\x78\x01\x63\x60\0\0\0\x02\0\x01"),
        png::chunk(Class::Picture, *b"IEND", b""),
    ];
    let chunks = parts.iter().flat_map(|part| part.bytes.iter().copied());
    let bytes: Vec<u8> = b"\x89PNG\r\n\x1A\n".iter().copied().chain(chunks).collect();
    File::in_memory(bytes, "dot.png", "image/png")
}

/// Adds a part to those of a file.
///
/// # Errors
/// Refuses more of them than are read.
fn add<'a>(parts: &mut Vec<Part<'a>>, part: Part<'a>, format: Format) -> Result<(), PartsError> {
    if parts.len() >= MAX_PARTS {
        return Err(PartsError::Damaged(format, "it has more parts than are read"));
    }
    parts.push(part);
    Ok(())
}

impl<'a> Part<'a> {
    fn new(class: Class, bytes: &'a [u8], content: Range<usize>) -> Self {
        Self { class, bytes: Cow::Borrowed(bytes), content }
    }

    fn made(class: Class, bytes: Vec<u8>, content: Range<usize>) -> Self {
        Self { class, bytes: Cow::Owned(bytes), content }
    }

    /// Returns the content without its header.
    pub fn content(&self) -> &[u8] {
        self.bytes.get(self.content.clone()).unwrap_or_default()
    }
}

impl<'a> Parts<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// See [`PartsError`]; only JPEG, PNG and WebP are taken apart.
    pub fn split(bytes: &'a [u8]) -> Result<Self, PartsError> {
        let format = recognise(bytes)?;
        let list = match format {
            Format::Jpeg => jpeg::split(bytes),
            Format::Png => png::split(bytes),
            Format::Webp => webp::split(bytes),
            Format::Gif | Format::Bmp | Format::Tiff => Err(PartsError::Format(format)),
        }?;
        Ok(Self { format, list })
    }

    /// Puts the file together again.
    ///
    /// # Errors
    /// A WebP file may become larger than its header can say.
    pub fn join(&self) -> Result<Vec<u8>, PartsError> {
        match self.format {
            Format::Webp => webp::join(&self.list),
            _ => Ok(self.list.iter().flat_map(|part| part.bytes.iter().copied()).collect()),
        }
    }

    fn of(&self, class: Class) -> impl Iterator<Item = &Part<'a>> {
        self.list.iter().filter(move |part| part.class == class)
    }

    /// Returns how many bytes of a class there are.
    pub fn size_bytes(&self, class: Class) -> usize {
        self.of(class).map(|part| part.bytes.len()).sum()
    }

    /// Takes all parts of a class out.
    pub fn remove(&mut self, class: Class) {
        self.list.retain(|part| part.class != class);
    }

    /// Returns the EXIF block, from its TIFF header on.
    pub fn exif(&self) -> Option<&[u8]> {
        let content = self.of(Class::Exif).next()?.content();
        // Some writers of PNG and WebP put the marker of JPEG before the block.
        Some(content.strip_prefix(b"Exif\0\0").unwrap_or(content))
    }

    /// Returns the XMP packet, if it has at most 16 MiB.
    pub fn xmp(&self) -> Option<String> {
        let mut parts = self.of(Class::Xmp);
        let packet = match self.format {
            Format::Png => png::text(parts.next()?.content(), MAX_TEXT_BYTES)?,
            Format::Jpeg => parts.find_map(|part| jpeg::main_packet(part.content()))?,
            _ => {
                let content = parts.next()?.content();
                String::from_utf8_lossy(content.get(..=MAX_TEXT_BYTES).map_or(content, |_| &[])).into_owned()
            }
        };
        Some(packet.trim_matches(['\0', '\u{feff}']).to_owned())
    }

    /// Returns the ICC profile.
    pub fn profile(&self) -> Option<Vec<u8>> {
        match self.format {
            Format::Jpeg => jpeg::profile(self.of(Class::Profile)),
            Format::Png => png::profile(self.of(Class::Profile).next()?.content()),
            _ => self.of(Class::Profile).next().map(|part| part.content().to_vec()),
        }
    }

    /// Returns what the header says of the picture.
    pub fn header(&self) -> Option<Header> {
        match self.format {
            Format::Jpeg => jpeg::header(&self.list),
            Format::Png => png::header(&self.list),
            _ => webp::header(&self.list),
        }
    }

    /// Returns texts by their keywords, of 16 MiB together at most; those of JPEG are comments and have an empty one.
    pub fn texts(&self) -> Vec<(String, String)> {
        let mut room = MAX_TEXT_BYTES;
        let mut texts = Vec::new();
        for part in self.of(Class::Text) {
            let text = match self.format {
                Format::Png => png::keyword(part.content()).zip(png::text(part.content(), room)),
                _ => Some((String::new(), String::from_utf8_lossy(part.content()).into_owned())),
            };
            if let Some((keyword, text)) = text.filter(|(_, text)| text.len() <= room) {
                room -= text.len();
                texts.push((keyword, text));
            }
        }
        texts
    }

    /// Sets the EXIF block, or takes it out.
    ///
    /// # Errors
    /// A JPEG file has room for 65,527 bytes.
    pub fn set_exif(&mut self, block: Option<&[u8]>) -> Result<(), PartsError> {
        self.remove(Class::Exif);
        let Some(block) = block else { return Ok(()) };
        let part = match self.format {
            Format::Jpeg => jpeg::exif(block)?,
            Format::Png => png::chunk(Class::Exif, *b"eXIf", block),
            _ => webp::chunk(Class::Exif, *b"EXIF", block),
        };
        self.insert(part);
        Ok(())
    }

    /// Sets the XMP packet, or takes it out.
    ///
    /// # Errors
    /// A JPEG file has room for 65,504 bytes.
    pub fn set_xmp(&mut self, packet: Option<&str>) -> Result<(), PartsError> {
        self.remove(Class::Xmp);
        let Some(packet) = packet else { return Ok(()) };
        let part = match self.format {
            Format::Jpeg => jpeg::xmp(packet)?,
            Format::Png => png::xmp(packet),
            _ => webp::chunk(Class::Xmp, *b"XMP ", packet.as_bytes()),
        };
        self.insert(part);
        Ok(())
    }

    /// Sets the text of a keyword in a PNG file, or takes it out.
    pub fn set_png_text(&mut self, keyword: &str, text: Option<&str>) {
        let is_it = |part: &Part<'_>| png::keyword(part.content()).as_deref() == Some(keyword);
        self.list.retain(|part| part.class != Class::Text || !is_it(part));
        if let Some(text) = text {
            self.insert(png::new_text(keyword, text));
        }
    }

    /// Puts a part where its format wants it: behind the header, or in WebP behind the picture.
    fn insert(&mut self, part: Part<'a>) {
        let at = match self.format {
            Format::Jpeg => jpeg::place(&self.list, part.class),
            Format::Png => 2.min(self.list.len()),
            _ => self.list.iter().position(|part| part.class == Class::Trailer).unwrap_or(self.list.len()),
        };
        self.list.insert(at, part);
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Channels, SampleType};

    use super::*;
    use crate::codecs::{Encode, Options, decode, encode};
    use crate::shared::specimen;

    const BLOCK: &[u8] = b"II*\0\x08\0\0\0\0\0\0\0\0\0";

    fn file(format: Format, channels: Channels) -> Vec<u8> {
        let mut image = specimen::picture(24, 16, channels, SampleType::U8);
        image.icc = Some(Arc::from(specimen::profile(b"RGB ")));
        encode(&image, Encode { format, quality: 80 }).unwrap().bytes
    }

    fn files() -> Vec<Vec<u8>> {
        let formats = [Format::Jpeg, Format::Png, Format::Webp];
        formats.iter().flat_map(|format| [Channels::Rgb, Channels::Rgba].map(|set| file(*format, set))).collect()
    }

    #[test]
    fn parts_that_nobody_touched_join_to_the_same_file() {
        for mut bytes in files() {
            assert_eq!(Parts::split(&bytes).unwrap().join().unwrap(), bytes);
            bytes.extend(b"behind the end");
            let parts = Parts::split(&bytes).unwrap();
            assert_eq!(parts.list.last().unwrap().class, Class::Trailer);
            assert_eq!(parts.join().unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_put_in_is_found_again_and_the_picture_stays() {
        for bytes in files() {
            let mut parts = Parts::split(&bytes).unwrap();
            parts.set_exif(Some(BLOCK)).unwrap();
            parts.set_xmp(Some("<x:xmpmeta/>")).unwrap();
            let written = parts.join().unwrap();
            let again = Parts::split(&written).unwrap();
            assert_eq!((again.exif(), again.xmp().as_deref()), (Some(BLOCK), Some("<x:xmpmeta/>")));
            assert_eq!(again.profile(), Some(specimen::profile(b"RGB ")));
            let picture = |bytes: &[u8]| decode(bytes, &Options::default()).unwrap().image;
            assert_eq!(picture(&written), picture(&bytes), "{}", again.format);
            let mut without = again.clone();
            without.set_exif(None).unwrap();
            without.set_xmp(None).unwrap();
            assert_eq!(Parts::split(&without.join().unwrap()).unwrap().exif(), None);
            assert_eq!(picture(&without.join().unwrap()), picture(&bytes));
        }
    }

    #[test]
    fn a_simple_webp_becomes_an_extended_one() {
        let image = specimen::picture(24, 16, Channels::Rgba, SampleType::U8);
        let bytes = encode(&image, Encode { format: Format::Webp, quality: 80 }).unwrap().bytes;
        assert_eq!(&bytes[12..16], b"VP8L");
        let mut parts = Parts::split(&bytes).unwrap();
        parts.set_exif(Some(BLOCK)).unwrap();
        let written = parts.join().unwrap();
        // Alpha and EXIF are flagged; the canvas is one less than 24 by 16.
        assert_eq!(&written[12..30], b"VP8X\x0A\0\0\0\x18\0\0\0\x17\0\0\x0F\0\0");
        assert_eq!(decode(&written, &Options::default()).unwrap().image, image);
    }

    #[test]
    fn every_cut_is_refused_or_is_whole() {
        for bytes in files() {
            for end in 0..bytes.len() {
                if let Ok(parts) = Parts::split(&bytes[..end]) {
                    assert_eq!(parts.join().unwrap().len(), end);
                }
            }
        }
    }

    #[test]
    fn what_has_no_room_is_refused() {
        let bytes = file(Format::Jpeg, Channels::Rgb);
        let mut parts = Parts::split(&bytes).unwrap();
        let error = parts.set_exif(Some(&vec![0; 65_528])).unwrap_err();
        let expected = "an EXIF block of 65528 bytes is more than the 65527 that a JPEG file has room for";
        assert_eq!(error.to_string(), expected);
        assert!(parts.set_xmp(Some(&"x".repeat(65_505))).is_err());
        assert!(matches!(Parts::split(b"GIF89a....."), Err(PartsError::Format(Format::Gif))));
    }

    #[test]
    fn a_file_of_crumbs_is_refused() {
        let refused = |format: Format, at: usize, crumb: &[u8]| {
            let bytes = file(format, Channels::Rgb);
            let (head, tail) = bytes.split_at(at);
            let many = [head, &crumb.repeat(MAX_PARTS), tail].concat();
            assert_eq!(
                Parts::split(&many).unwrap_err().to_string(),
                format!("the {format} file is damaged: it has more parts than are read")
            );
        };
        // Behind the header of PNG, and behind the first marker of JPEG, where the smallest segment is two bytes.
        refused(Format::Png, 33, b"\0\0\0\0teSt\0\0\0\0");
        refused(Format::Jpeg, 2, b"\xFF\x01");
    }
}
