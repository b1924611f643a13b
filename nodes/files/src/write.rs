//! Writes a value to a file.

use std::borrow::Cow;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use encoding_rs::{EncoderResult, Encoding, UTF_16BE, UTF_16LE};
use serde_json::Value as Json;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::shared::content::{copy, saved_file};
use crate::shared::encodings::by_label;

/// Where it goes.
#[derive(Params)]
pub struct Settings {
    /// Path of the file, a template: `out/{stem}.txt`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
    /// Encoding of a text: `utf-8`, `utf-16le`, `windows-1252`, `latin-1`, `shift_jis`.
    #[param(static, default = "utf-8")]
    encoding: String,
    /// Whether a text of UTF-8 or UTF-16 begins with a byte order mark, as some programs of Windows expect.
    #[param(default = false)]
    byte_order_mark: bool,
    /// What becomes of the ends of lines in a text: they stay as they are, or all are `\n`, or all `\r\n`.
    #[param(default = "keep")]
    line_ends: LineEnds,
    /// What happens to letters that the encoding lacks: the item fails and the first one is named, or `?` stands for them.
    #[param(default = "fail")]
    unmappable: Unmappable,
}

/// What becomes of the ends of lines.
#[derive(Clone, Copy, Choice)]
pub enum LineEnds {
    /// They stay.
    Keep,
    /// All are `\n`.
    Lf,
    /// All are `\r\n`.
    Crlf,
}

/// What happens to letters that the encoding lacks.
#[derive(Clone, Copy, Choice)]
pub enum Unmappable {
    /// The item fails.
    Fail,
    /// A question mark stands for them.
    Replace,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// A text is written in its encoding, JSON with indents as UTF-8, a file byte for byte.
    #[port(ty = "text|json|file", constant)]
    value: Value,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file that was written.
    file: Arc<File>,
    /// Its path.
    path: PathBuf,
}

/// `files.write`
pub struct Write(&'static Encoding);

impl Node for Write {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.write",
            "Write file",
            "Writes a text, JSON or a file to a path, whole or not at all: an interrupted run leaves nothing \
             half-written. A file that grows by more than 64 MiB while it is read is refused.",
        )
        .search(&["save", "store", "export", "copy", "sink"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out.txt").input("value", Value::text("hello")))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        by_label("encoding", statics.text("encoding")?).map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let saved = match &inputs.value {
            Value::Text(text) => save(ctx, &params, &encoded(self.0, text, &params)?).await?,
            Value::File(file) => copy(ctx, file, &params.path, params.if_exists).await?,
            other => save_json(ctx, &params, &json(other)?).await?,
        };
        Ok(Out { file: saved_file(&saved), path: saved.path })
    }
}

async fn save(ctx: &Ctx, params: &Settings, bytes: &[u8]) -> Result<Saved, NodeError> {
    let path = params.path.as_path();
    ctx.save(&params.path, params.if_exists, |out| {
        out.write_all(bytes).map_err(|error| explain_io("write", path, &error))
    })
    .await
}

/// The text of a document that is nested deep is mostly spaces, and many times its size: it is written as it is made.
async fn save_json(ctx: &Ctx, params: &Settings, json: &Json) -> Result<Saved, NodeError> {
    let path = params.path.as_path();
    ctx.save(&params.path, params.if_exists, |out| {
        let mut out = BufWriter::new(out);
        let written = serde_json::to_writer_pretty(&mut out, json).map_err(std::io::Error::from);
        let written = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
        written.map_err(|error| explain_io("write", path, &error))
    })
    .await
}

fn encoded<'a>(encoding: &'static Encoding, text: &'a str, params: &Settings) -> Result<Cow<'a, [u8]>, NodeError> {
    let text = with_line_ends(text, params.line_ends);
    let mark = if params.byte_order_mark { "\u{FEFF}" } else { "" };
    let units = || mark.encode_utf16().chain(text.encode_utf16());
    Ok(match encoding {
        it if it == UTF_16LE => units().flat_map(u16::to_le_bytes).collect::<Vec<_>>().into(),
        it if it == UTF_16BE => units().flat_map(u16::to_be_bytes).collect::<Vec<_>>().into(),
        it if it == encoding_rs::UTF_8 && mark.is_empty() => match text {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        },
        it if it == encoding_rs::UTF_8 => [mark.as_bytes(), text.as_bytes()].concat().into(),
        it => mapped(it, &text, params.unmappable)?.into(),
    })
}

fn with_line_ends(text: &str, ends: LineEnds) -> Cow<'_, str> {
    let plain = || text.replace("\r\n", "\n").replace('\r', "\n");
    match ends {
        LineEnds::Keep => text.into(),
        LineEnds::Lf => plain().into(),
        LineEnds::Crlf => plain().replace('\n', "\r\n").into(),
    }
}

/// Writes a text in an encoding that lacks some letters.
fn mapped(encoding: &'static Encoding, text: &str, unmappable: Unmappable) -> Result<Vec<u8>, NodeError> {
    let mut encoder = encoding.new_encoder();
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    loop {
        let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len());
        bytes.reserve(room.min(rest.len() * 2 + 64));
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match (result, unmappable) {
            (EncoderResult::InputEmpty, _) => return Ok(bytes),
            (EncoderResult::OutputFull, _) => {}
            (EncoderResult::Unmappable(_), Unmappable::Replace) => bytes.push(b'?'),
            (EncoderResult::Unmappable(letter), Unmappable::Fail) => {
                let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
                let error = format!("line {line}: {} lacks the letter `{letter}`", encoding.name());
                let hint = "choose an encoding that has it, such as `utf-8`, or `unmappable: replace`";
                return Err(NodeError::new(error).hint(hint).permanent());
            }
        }
    }
}

fn json(value: &Value) -> Result<Json, NodeError> {
    let found = || NodeError::new(format!("expected `text`, `json` or `file`, found `{}`", value.type_of()));
    value.to_json().ok_or_else(found)
}

const EXAMPLE: &str = r#"
write:
  kind: files.write
  params: { value: "Grüße\n", path: out/greeting.txt, encoding: utf-16le, byte_order_mark: true, line_ends: crlf }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench() -> Harness {
        Harness::of::<Write>().param("path", "out.x")
    }

    #[test]
    fn each_kind_of_value_has_its_form() {
        let written = |bench: Harness| bench.fire().unwrap().file("out.x").map(<[u8]>::to_vec);
        assert_eq!(written(bench().input("value", Value::text("é"))), Some("é".into()));
        let json = windlass_core::json!({ "b": 1, "a": [true] });
        assert_eq!(
            written(bench().input("value", json)),
            Some("{\n  \"b\": 1,\n  \"a\": [\n    true\n  ]\n}\n".into())
        );
        let file = Arc::new(File::in_memory([0, 255], "a.bin", "application/octet-stream"));
        assert_eq!(written(bench().input("value", file.into_value())), Some(vec![0, 255]));
    }

    #[test]
    fn a_text_is_written_in_any_encoding() {
        let written = |encoding: &str, text: &str| {
            let bench = bench().param("encoding", encoding).input("value", Value::text(text));
            bench.param("byte_order_mark", true).fire().unwrap().file("out.x").map(<[u8]>::to_vec).unwrap()
        };
        assert_eq!(written("utf-8", "é"), b"\xEF\xBB\xBF\xC3\xA9");
        assert_eq!(written("utf-16", "é"), b"\xFF\xFE\xE9\0");
        assert_eq!(written("utf-16be", "\u{1F600}"), b"\xFE\xFF\xD8\x3D\xDE\x00");
        assert_eq!(written("latin-1", "é€"), b"\xE9\x80");
        assert_eq!(written("shift_jis", "日本"), b"\x93\xFA\x96\x7B");
        // A stateful encoding ends as it began.
        assert_eq!(written("iso-2022-jp", "日a"), b"\x1B$B\x46\x7C\x1B(Ba");
        let long = "日本語".repeat(50_000);
        assert_eq!(encoding_rs::SHIFT_JIS.decode(&written("shift_jis", &long)).0, long);
    }

    #[test]
    fn letters_that_an_encoding_lacks_are_named_or_replaced() {
        let bench = bench().param("encoding", "windows-1252").input("value", Value::text("a\nb 日本 c"));
        let error = bench.fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "line 2: windows-1252 lacks the letter `日`");
        assert!(error.is_permanent() && error.hint_text().is_some());
        let gave = bench.param("unmappable", "replace").fire().unwrap();
        assert_eq!(gave.file("out.x"), Some(&b"a\nb ?? c"[..]));
        // In the middle of two-byte letters a question mark of one byte has to be one, too.
        let bench = Harness::of::<Write>().param("path", "out.x").param("encoding", "iso-2022-jp");
        let gave = bench.param("unmappable", "replace").param("value", "日\u{1F600}日").fire().unwrap();
        assert_eq!(encoding_rs::ISO_2022_JP.decode(gave.file("out.x").unwrap()).0, "日?日");
        let error = Harness::of::<Write>().param("path", "x").param("encoding", "utf-9").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `encoding` names no known encoding: `utf-9`");
    }

    #[test]
    fn line_ends_are_made_equal_where_that_is_asked_for() {
        let written = |ends: &str| {
            let bench = bench().param("line_ends", ends).input("value", Value::text("a\r\nb\nc\rd"));
            String::from_utf8(bench.fire().unwrap().file("out.x").unwrap().to_vec()).unwrap()
        };
        assert_eq!(written("keep"), "a\r\nb\nc\rd");
        assert_eq!(written("lf"), "a\nb\nc\nd");
        assert_eq!(written("crlf"), "a\r\nb\r\nc\r\nd");
    }

    #[test]
    fn the_path_that_was_written_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let gave = bench().param("path", "sub/out.json").folder(folder.path()).param("value", "x").fire().unwrap();
        assert_eq!(gave.get("path"), Ok(folder.path().join("sub/out.json")));
        assert_eq!(gave.get::<Arc<File>>("file").unwrap().media_type, "application/json");
    }

    #[test]
    fn a_picture_is_refused_and_a_source_that_is_gone_leaves_nothing() {
        let gone = Arc::new(File::on_disk("/gone/a.bin", "a.bin", "application/octet-stream"));
        let error = bench().input("value", gone.into_value()).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("/gone/a.bin"), "{error}");
        let image = Image::new(1, 1, windlass_core::value::Channels::Gray, windlass_core::value::Samples::U8(vec![0]));
        let error = bench().input("value", Value::Image(Arc::new(image.unwrap()))).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("found `image`"), "{error}");
    }

    #[test]
    fn a_path_is_required() {
        let error = Harness::of::<Write>().input("value", Value::text("x")).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `path` is required");
    }

    fn written(value: Value, spool: Spool) -> (Result<Out, NodeError>, crate::shared::spool::Seen) {
        let settings = Settings {
            path: OutPath::new("out.x".into()),
            if_exists: IfExists::Ours,
            encoding: "utf-8".into(),
            byte_order_mark: false,
            line_ends: LineEnds::Keep,
            unmappable: Unmappable::Fail,
        };
        let write = Write(encoding_rs::UTF_8);
        spool.fire(async |ctx| write.fire(settings, In { value }, ctx).await)
    }

    #[test]
    fn a_long_file_and_the_spaces_of_a_deep_document_are_never_held() {
        let file = || Value::File(Arc::new(File::in_memory(*b"", "a.bin", "x/y")));
        let (gave, seen) = written(file(), Spool::new(16 << 20));
        assert!(gave.is_ok() && seen.written_bytes == 16 << 20 && seen.ahead_bytes <= 1 << 16);
        let (gave, seen) = written(file(), Spool::new(0).endless());
        let error = gave.map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("it grew by more than 64 MiB") && !seen.is_saved, "{error}");
        let deep = (0..100).fold(Json::from(vec![0; 20_000]), |json, _| Json::from(vec![json]));
        let (gave, seen) = written(Value::Json(Arc::new(deep)), Spool::new(0));
        assert!(gave.is_ok() && seen.written_bytes > 4_000_000);
        assert!(seen.at_once_bytes <= 1 << 16, "{} bytes", seen.at_once_bytes);
    }
}
