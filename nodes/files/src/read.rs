//! Reads a file as text.

use encoding_rs::{DecoderResult, Encoding};
use windlass_core::prelude::*;

/// How it is read.
#[derive(Params)]
pub struct Settings {
    /// Encoding of the text, by its usual name: `utf-8`, `windows-1252`, `shift_jis`. A byte order mark wins over it.
    #[param(static, default = "utf-8")]
    encoding: String,
    /// The largest file that is read.
    #[param(default = 64, min = 1, max = 4096, unit = "MiB")]
    max_size: u32,
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
}

/// `files.read`
pub struct Read(&'static Encoding);

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
        .search(&["load", "text", "encoding", "charset"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(File::in_memory(*b"hello", "a.txt", "text/plain")))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let label = statics.text("encoding")?;
        Encoding::for_label(label.as_bytes()).map(Self).ok_or_else(|| {
            NodeError::new(format!("parameter `encoding` names no known encoding: `{label}`"))
                .hint("`utf-8`, `windows-1252` and `shift_jis` are some of those of the WHATWG encoding standard")
        })
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = ctx.read(&inputs.file, u64::from(params.max_size) << 20)?;
        decode(self.0, bytes, &inputs.file.name).map(|text| Out { text })
    }
}

/// Decodes without replacing anything.
fn decode(encoding: &'static Encoding, bytes: Vec<u8>, name: &str) -> Result<String, NodeError> {
    let (encoding, mark) = Encoding::for_bom(&bytes).unwrap_or((encoding, 0));
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
            Err(error.hint("set `encoding` to the one that the file was written in").permanent())
        }
        DecoderResult::OutputFull => Err(NodeError::new(format!("the text is too large to decode: `{name}`"))),
    }
}

const EXAMPLE: &str = r#"
table:
  kind: files.open
  params: { path: samples/customers.csv }
text:
  kind: files.read
  inputs: { file: table.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

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
    fn bounds_and_unknown_encodings_are_refused() {
        let huge = vec![b'a'; (1 << 20) + 1];
        let error = bench(&huge).param("max_size", 1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("larger than the 1048576 bytes"), "{error}");
        let error = bench(b"").param("encoding", "utf-9").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `encoding` names no known encoding: `utf-9`");
    }
}
