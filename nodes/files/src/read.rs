//! Reads a file as text.

use encoding_rs::{DecoderResult, Encoding};
use windlass_core::prelude::*;

use crate::shared::encodings::by_label;

/// How it is read.
#[derive(Params)]
pub struct Settings {
    /// Encoding of the text, by its usual name: `utf-8`, `windows-1252`, `latin-1`, `shift_jis`; `auto` for UTF-8 where
    /// it is that, else `fallback`. A byte order mark wins over it.
    #[param(static, default = "utf-8")]
    encoding: String,
    /// What `auto` takes where the text is not UTF-8.
    #[param(static, default = "windows-1252")]
    fallback: String,
    /// What happens to bytes that do not keep to the encoding: the item fails and the place is named, or U+FFFD stands
    /// for them.
    #[param(default = "fail")]
    invalid: Invalid,
    /// What becomes of the ends of lines: they stay as they are, or all are `\n`.
    #[param(default = "keep")]
    line_ends: LineEnds,
    /// The largest file that is read.
    #[param(default = 64, min = 1, max = 4096, unit = "MiB")]
    max_size: u32,
}

/// What happens to bytes that do not keep to the encoding.
#[derive(Clone, Copy, Choice)]
pub enum Invalid {
    /// The item fails.
    Fail,
    /// The replacement character stands for them.
    Replace,
}

/// What becomes of the ends of lines.
#[derive(Clone, Copy, Choice)]
pub enum LineEnds {
    /// They stay.
    Keep,
    /// All are `\n`.
    Lf,
}

/// What is read.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
}

/// What was read.
#[derive(Outputs)]
pub struct Out {
    /// The text, without a byte order mark.
    text: String,
    /// The encoding that it was read in, as the WHATWG encoding standard names it.
    encoding: String,
}

/// `files.read`
pub struct Read {
    /// `None` for whatever it is.
    encoding: Option<&'static Encoding>,
    fallback: &'static Encoding,
}

impl Node for Read {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.read",
            "Read text",
            "Reads a whole file as text. What does not keep to the encoding fails, and the place is named.",
        )
        .search(&["load", "text", "encoding", "charset", "unicode", "latin-1", "utf-16", "line ends"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(File::in_memory(*b"hello", "a.txt", "text/plain")))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let label = statics.text("encoding")?;
        let encoding = if label == "auto" { None } else { Some(by_label("encoding", label)?) };
        Ok(Self { encoding, fallback: by_label("fallback", statics.text("fallback")?)? })
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = ctx.read(&inputs.file, u64::from(params.max_size) << 20)?;
        let encoding = self.encoding_of(&bytes);
        let text = match params.invalid {
            Invalid::Fail => decode(encoding, bytes, &inputs.file.name)?,
            Invalid::Replace => encoding.decode(&bytes).0.into_owned(),
        };
        let text = match params.line_ends {
            LineEnds::Keep => text,
            LineEnds::Lf => text.replace("\r\n", "\n").replace('\r', "\n"),
        };
        Ok(Out { text, encoding: encoding.name().into() })
    }
}

impl Read {
    fn encoding_of(&self, bytes: &[u8]) -> &'static Encoding {
        let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
        let is_utf8 = || std::str::from_utf8(bytes).is_ok();
        marked.or(self.encoding).unwrap_or_else(|| if is_utf8() { encoding_rs::UTF_8 } else { self.fallback })
    }
}

/// Decodes without replacing anything.
fn decode(encoding: &'static Encoding, bytes: Vec<u8>, name: &str) -> Result<String, NodeError> {
    let mark = Encoding::for_bom(&bytes).map_or(0, |(_, length)| length);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let body = &bytes[mark..];
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len());
    let mut text = String::with_capacity(room.unwrap_or(body.len()));
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::Malformed(length, after) => {
            let at = (mark + read).saturating_sub(usize::from(length) + usize::from(after));
            let error = NodeError::new(format!("byte {at} is not {}: `{name}`", encoding.name()));
            let hint = "set `encoding` to the one that the file was written in, or `invalid: replace`";
            Err(error.hint(hint).permanent())
        }
        DecoderResult::OutputFull => Err(NodeError::new(format!("the text is too large to decode: `{name}`"))),
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/captions.csv }
read:
  kind: files.read
  params: { encoding: auto, line_ends: lf }
  inputs: { file: open.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench(bytes: &[u8]) -> Harness {
        let file = File::in_memory(bytes, "a.txt", "text/plain");
        Harness::of::<Read>().input("file", Value::File(Arc::new(file)))
    }

    #[test]
    fn text_is_decoded_and_a_byte_order_mark_wins() {
        let read = |bench: Harness| bench.fire().unwrap().get::<String>("text");
        assert_eq!(read(bench("é".as_bytes())), Ok("é".into()));
        assert_eq!(read(bench(b"\xEF\xBB\xBFa")), Ok("a".into()));
        assert_eq!(read(bench(b"\xFF\xFEa\0")), Ok("a".into()));
        assert_eq!(read(bench(b"\xE9").param("encoding", "windows-1252")), Ok("é".into()));
        assert_eq!(read(bench(b"")), Ok(String::new()));
    }

    #[test]
    fn the_place_of_a_wrong_byte_is_named() {
        let cause = |bytes: &[u8]| bench(bytes).fire().map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(b"caf\xE9 au lait"), "byte 3 is not UTF-8: `a.txt`");
        assert_eq!(cause(b"\xEF\xBB\xBFab\xFF"), "byte 5 is not UTF-8: `a.txt`");
        assert_eq!(cause(b"cut\xC3"), "byte 3 is not UTF-8: `a.txt`");
    }

    #[test]
    fn the_encoding_is_found_by_mark_then_utf_8_then_the_fallback() {
        let read = |bytes: &[u8]| {
            let gave = bench(bytes).param("encoding", "auto").param("fallback", "koi8-r").fire().unwrap();
            (gave.get::<String>("text").unwrap(), gave.get::<String>("encoding").unwrap())
        };
        let both = |text: &str, encoding: &str| (text.to_owned(), encoding.to_owned());
        assert_eq!(read("né".as_bytes()), both("né", "UTF-8"));
        assert_eq!(read(b"\xFE\xFF\0n\0\xE9"), both("né", "UTF-16BE"));
        assert_eq!(read(b"\xFF\xFEn\0\xE9\0"), both("né", "UTF-16LE"));
        assert_eq!(read(b"\xC4\xC1"), both("да", "KOI8-R"));
        let latin = bench(b"caf\xE9").param("encoding", "latin-1").fire().unwrap();
        assert_eq!(latin.get::<String>("text"), Ok("café".into()));
    }

    #[test]
    fn wrong_bytes_can_be_replaced_and_line_ends_made_equal() {
        let gave = bench(b"a\xFFb\r\nc\rd\n").param("invalid", "replace").param("line_ends", "lf").fire().unwrap();
        assert_eq!(gave.get::<String>("text"), Ok("a\u{FFFD}b\nc\nd\n".into()));
        assert_eq!(bench(b"a\r\n").fire().unwrap().get::<String>("text"), Ok("a\r\n".into()));
        let odd = bench(b"\xFF\xFEa\0b").fire().map(|_| ()).unwrap_err();
        assert_eq!(odd.to_string(), "byte 4 is not UTF-16LE: `a.txt`");
    }

    #[test]
    fn bounds_and_unknown_encodings_are_refused() {
        let huge = vec![b'a'; (1 << 20) + 1];
        let error = bench(&huge).param("max_size", 1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("larger than the 1048576 bytes"), "{error}");
        let error = bench(b"").param("encoding", "utf-9").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `encoding` names no known encoding: `utf-9`");
    }

    #[test]
    fn a_file_that_says_that_it_is_small_is_read_up_to_the_bound() {
        let settings = Settings {
            encoding: "utf-8".into(),
            fallback: "utf-8".into(),
            invalid: Invalid::Fail,
            line_ends: LineEnds::Keep,
            max_size: 1,
        };
        let read = Read { encoding: None, fallback: encoding_rs::UTF_8 };
        let file = Arc::new(File::in_memory(*b"", "a.bin", "x/y"));
        let (gave, seen) = Spool::new(3).endless().fire(async |ctx| read.fire(settings, In { file }, ctx).await);
        let error = gave.map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, "larger than the 1048576 bytes that are read at most: `a.bin`");
        assert_eq!(seen.read_bytes, (1 << 20) + 1);
    }
}
