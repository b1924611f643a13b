//! Encodings of texts by the names that people give them.

use encoding_rs::Encoding;
use windlass_core::prelude::*;

/// What is shown of those that are known.
const SOME: &str = "`utf-8`, `utf-16le`, `windows-1252`, `iso-8859-2`, `koi8-r`, `gbk` and `shift_jis` are some of those of \
                    the WHATWG encoding standard";

/// The upper half of code page 437, the encoding of names in old zip archives (Unicode's `CP437.TXT`).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// How bytes that are not marked as UTF-8 are read as a name.
#[derive(Clone, Copy, Debug)]
pub enum NameEncoding {
    /// Code page 437.
    Cp437,
    /// One of the WHATWG encoding standard.
    Of(&'static Encoding),
}

/// Returns the encoding of that name, which a parameter holds.
///
/// # Errors
/// It is not known.
pub fn by_label(param: &str, label: &str) -> Result<&'static Encoding, NodeError> {
    // The standard writes `latin1`, and most people `latin-1`.
    let latin = label.to_ascii_lowercase().replace("latin-", "latin");
    Encoding::for_label(label.as_bytes()).or_else(|| Encoding::for_label(latin.as_bytes())).ok_or_else(|| {
        NodeError::new(format!("parameter `{param}` names no known encoding: `{label}`")).hint(SOME).permanent()
    })
}

impl NameEncoding {
    /// Returns the encoding of names by what a parameter holds: `cp437`, or one of the standard.
    ///
    /// # Errors
    /// It is not known.
    pub fn by_label(param: &str, label: &str) -> Result<Self, NodeError> {
        if label.eq_ignore_ascii_case("cp437") { Ok(Self::Cp437) } else { by_label(param, label).map(Self::Of) }
    }

    /// Reads a name; what the encoding does not have is written as `%E9`.
    pub fn read(self, bytes: &[u8]) -> String {
        match self {
            Self::Cp437 => bytes.iter().map(|byte| cp437(*byte)).collect(),
            Self::Of(encoding) => match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) => text.into_owned(),
                None => escaped(bytes),
            },
        }
    }
}

fn cp437(byte: u8) -> char {
    let upper = usize::from(byte).checked_sub(0x80).and_then(|at| CP437.chars().nth(at));
    upper.unwrap_or(char::from(byte))
}

/// Writes what is not UTF-8 as `%E9`, so that a name can be printed and put into a path template.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_encodings_are_forgiving() {
        for (label, name) in
            [("latin-1", "windows-1252"), ("LATIN1", "windows-1252"), ("Shift-JIS", "Shift_JIS"), ("utf8", "UTF-8")]
        {
            assert_eq!(by_label("encoding", label).unwrap().name(), name);
        }
        let error = by_label("encoding", "klingon").unwrap_err();
        assert_eq!(error.to_string(), "parameter `encoding` names no known encoding: `klingon`");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("windows-1252")));
    }

    #[test]
    fn a_name_is_read_in_its_encoding() {
        let read = |label: &str, bytes: &[u8]| NameEncoding::by_label("names", label).unwrap().read(bytes);
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(read("cp437", b"caf\x82 \x81\xff"), "café ü\u{a0}");
        assert_eq!(read("shift_jis", b"\x93\xfa\x96\x7b.txt"), "日本.txt");
        assert_eq!(read("utf-8", b"caf\xE9"), "caf%E9");
    }
}
