//! Writes JSON as a text.

use std::io;

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{PrettyFormatter, Serializer};
use windlass_core::prelude::*;

/// The longest text that is written, in bytes: where documents are nested deep, it is mostly spaces.
const MAX_BYTES: usize = 256 << 20;

/// How it is written.
#[derive(Params)]
pub struct Settings {
    /// Whether it is spread over lines.
    #[param(default = "pretty")]
    style: Style,
    /// How far each level is moved to the right, where it is spread over lines.
    #[param(default = 2, max = 8)]
    indent: u8,
    /// The order of fields.
    #[param(default = "as_is")]
    keys: Keys,
}

/// Whether JSON is spread over lines.
#[derive(Clone, Copy, Choice)]
pub enum Style {
    /// A line for each value.
    Pretty,
    /// All in one line, without spaces.
    Compact,
}

/// The order of fields.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Keys {
    /// As they came.
    AsIs,
    /// By name, in objects of every depth, so that equal documents have equal texts.
    Sorted,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
}

/// What was written.
#[derive(Outputs)]
pub struct Out {
    /// The text, without a line break at its end.
    text: String,
}

/// `json.format`
pub struct Format;

impl Node for Format {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.format",
            "Format JSON",
            "Writes a document as a text of at most 256 MiB, spread over lines or in one.",
        )
        .search(&["print", "encode", "serialize", "stringify", "pretty", "minify"])
        .cpu()
        .sample(Sample::new().input("json", Value::from_constant(&windlass_core::json!({ "b": 1, "a": [2] }))))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let mut json = inputs.json;
        if params.keys == Keys::Sorted {
            json.sort_all_objects();
        }
        let text = match params.style {
            Style::Compact => written(|out| serde_json::to_writer(out, &json)),
            Style::Pretty => written(|out| {
                let spaces = " ".repeat(params.indent.into());
                let formatter = PrettyFormatter::with_indent(spaces.as_bytes());
                json.serialize(&mut Serializer::with_formatter(out, formatter))
            }),
        };
        text.map(|text| Out { text })
    }
}

fn written(write: impl FnOnce(&mut Bounded) -> Result<(), serde_json::Error>) -> Result<String, NodeError> {
    let mut out = Bounded(Vec::new());
    let what = "the document cannot be written";
    write(&mut out).map_err(|error| NodeError::because(what, &error).permanent())?;
    String::from_utf8(out.0).map_err(|error| NodeError::because(what, &error).permanent())
}

/// A text that takes no more than it may.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(io::Error::other(format!("its text is longer than {MAX_BYTES} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const EXAMPLE: &str = r#"
line:
  kind: json.format
  params: { style: compact, keys: sorted, json: { width: 640, height: 480 } }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn written(params: &[(&str, Json)]) -> String {
        let json = Value::from_constant(&windlass_core::json!({ "b": [1, { "d": "é", "c": null }], "a": {} }));
        let bench = Harness::of::<Format>().input("json", json);
        let bench = params.iter().fold(bench, |bench, (name, value)| bench.param(name, value.clone()));
        bench.fire().unwrap().get("text").unwrap()
    }

    #[test]
    fn each_style_has_its_form() {
        assert_eq!(written(&[("style", "compact".into())]), r#"{"b":[1,{"d":"é","c":null}],"a":{}}"#);
        assert_eq!(
            written(&[("style", "compact".into()), ("keys", "sorted".into())]),
            r#"{"a":{},"b":[1,{"c":null,"d":"é"}]}"#
        );
        assert!(written(&[]).starts_with("{\n  \"b\": [\n    1,\n"), "{}", written(&[]));
        assert!(written(&[("indent", 0.into())]).starts_with("{\n\"b\": [\n1,\n"));
    }

    #[test]
    fn a_document_that_would_be_mostly_spaces_is_refused() {
        let deep = (0..120).fold(Json::from(vec![1; 300_000]), |inner, _| Json::Array(vec![inner]));
        let bench = Harness::of::<Format>().input("json", Value::Json(Arc::new(deep))).param("indent", 8);
        let error = bench.clone().fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the document cannot be written: its text is longer than 268435456 bytes");
        assert!(error.is_permanent() && bench.param("style", "compact").fire().is_ok());
    }

    #[test]
    fn what_json_lacks_is_refused() {
        let error = Harness::of::<Format>().input("json", Value::Float(f64::NAN)).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `json`: expected `json`"), "{error}");
    }
}
