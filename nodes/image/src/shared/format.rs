//! Which format a file has, told by its first bytes and never by its name.

/// A format of picture files that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, ISO/IEC 10918-1.
    Jpeg,
    /// PNG, ISO/IEC 15948.
    Png,
    /// WebP, RFC 9649.
    Webp,
    /// GIF 87a and 89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF 6.0 and BigTIFF.
    Tiff,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// A format that can be read.
    Known(Format),
    /// A picture of a format that cannot be read, by name.
    Unsupported(&'static str),
    /// No picture.
    Nothing,
}

const FORMATS: [(Format, &str, &str, &[&str]); 6] = [
    (Format::Jpeg, "JPEG", "image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    (Format::Png, "PNG", "image/png", &["png", "apng"]),
    (Format::Webp, "WebP", "image/webp", &["webp"]),
    (Format::Gif, "GIF", "image/gif", &["gif"]),
    (Format::Bmp, "BMP", "image/bmp", &["bmp", "dib"]),
    (Format::Tiff, "TIFF", "image/tiff", &["tif", "tiff"]),
];

const UNSUPPORTED: [(usize, &[u8], &str); 10] = [
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (0, b"\xFF\x0A", "JPEG XL"),
    (0, b"\0\0\0\x0CJXL ", "JPEG XL"),
    (0, b"\0\0\0\x0CjP  ", "JPEG 2000"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\x76\x2F\x31\x01", "OpenEXR"),
];

/// How many bytes of a file tell its format.
pub const HEAD_BYTES: u64 = 64;

/// Sizes of the information header that a Windows bitmap may have, in bytes.
const BMP_HEADERS: [u8; 7] = [12, 16, 40, 52, 56, 108, 124];

impl Format {
    /// Returns the name for people, `JPEG`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Returns the media type, `image/jpeg`.
    pub fn media_type(self) -> &'static str {
        self.row().2
    }

    /// Returns the format that the ending of a file name stands for; the ending is without its dot, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        FORMATS.iter().find(|row| row.3.contains(&extension.as_str())).map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, &'static [&'static str]) {
        FORMATS.iter().find(|row| row.0 == self).unwrap_or(&FORMATS[0])
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells the format of a file by its first bytes.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    match known(bytes) {
        Some(format) => Sniffed::Known(format),
        None => match UNSUPPORTED.iter().find(|(at, magic, _)| starts_at(bytes, *at, magic)) {
            Some((_, _, name)) => Sniffed::Unsupported(name),
            None => Sniffed::Nothing,
        },
    }
}

fn known(bytes: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1A\n") {
        Some(Format::Png)
    } else if starts(b"RIFF") && starts_at(bytes, 8, b"WEBP") {
        Some(Format::Webp)
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(Format::Gif)
    } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        Some(Format::Tiff)
    } else if starts(b"BM") && bytes.get(14).is_some_and(|size| BMP_HEADERS.contains(size)) {
        Some(Format::Bmp)
    } else {
        None
    }
}

fn starts_at(bytes: &[u8], at: usize, magic: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        assert_eq!(sniff(b"\xFF\xD8\xFF\xE0"), Sniffed::Known(Format::Jpeg));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Sniffed::Known(Format::Webp));
        assert_eq!(sniff(b"\0\0\0\x18ftypheic"), Sniffed::Unsupported("HEIC"));
    }

    #[test]
    fn prose_is_no_picture() {
        for text in [&b""[..], b"BMW and other cars of the year", b"GIF", b"RIFF....WAVE", b"II"] {
            assert_eq!(sniff(text), Sniffed::Nothing, "{text:?}");
        }
    }

    #[test]
    fn endings_are_read_in_any_case() {
        assert_eq!(Format::of_extension("JPeG"), Some(Format::Jpeg));
        assert_eq!(Format::of_extension("txt"), None);
    }
}
