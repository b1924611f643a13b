//! Writes JSON as a text.

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{PrettyFormatter, Serializer};
use windlass_core::prelude::*;

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
        About::new("json.format", "Format JSON", "Writes a document as a text, spread over lines or in one.")
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
            Style::Compact => Ok(json.to_string()),
            Style::Pretty => pretty(&json, params.indent.into()),
        };
        text.map(|text| Out { text })
    }
}

fn pretty(json: &Json, indent: usize) -> Result<String, NodeError> {
    let (spaces, mut bytes) = (" ".repeat(indent), Vec::new());
    let mut out = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(spaces.as_bytes()));
    json.serialize(&mut out).map_err(|error| NodeError::because("the document cannot be written", &error))?;
    String::from_utf8(bytes).map_err(|error| NodeError::because("the document cannot be written", &error))
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
    fn what_json_lacks_is_refused() {
        let error = Harness::of::<Format>().input("json", Value::Float(f64::NAN)).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `json`: expected `json`"), "{error}");
    }
}
