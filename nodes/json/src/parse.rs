//! Reads JSON.

use serde_json::Value as Json;
use windlass_core::prelude::*;

/// How much is read.
#[derive(Params)]
pub struct Settings {
    /// The longest text that is read. In memory a document takes up to some twenty times its text.
    #[param(default = 16, min = 1, max = 1024, unit = "MiB")]
    max_size: u32,
}

/// What is read.
#[derive(Inputs)]
pub struct In {
    /// The text, or a file that holds it as UTF-8.
    #[port(ty = "text|file", constant)]
    text: Value,
}

/// What was read.
#[derive(Outputs)]
pub struct Out {
    /// The document.
    json: Json,
}

/// `json.parse`
pub struct Parse;

impl Node for Parse {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.parse",
            "Parse JSON",
            "Reads a text or a file as JSON (RFC 8259), nested at most 127 deep. The order of fields is kept; of fields \
             with the same name the last one stands. What is wrong is named with its line and column.",
        )
        .search(&["read", "decode", "deserialize", "object"])
        .cpu()
        .sample(Sample::new().input("text", Value::text("{\"a\": [1, 2]}")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let limit_bytes = u64::from(params.max_size) << 20;
        let json = match &inputs.text {
            Value::File(file) => {
                let bytes = ctx.read(file, limit_bytes)?;
                parse(&bytes).map_err(|error| error.within(format!("the file is not JSON: `{}`", file.name)))
            }
            Value::Text(text) if text.len() as u64 > limit_bytes => Err(NodeError::new(format!(
                "the text has {} bytes, more than the {limit_bytes} that are read at most",
                text.len()
            ))
            .hint("raise `max_size`")),
            Value::Text(text) => parse(text.as_bytes()).map_err(|error| error.within("the text is not JSON")),
            other => Err(NodeError::new(format!("expected `text` or `file`, found `{}`", other.type_of()))),
        };
        json.map(|json| Out { json }).map_err(NodeError::permanent)
    }
}

/// A byte order mark is passed over, as RFC 8259 lets readers do.
fn parse(bytes: &[u8]) -> Result<Json, NodeError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| explain(&error))
}

fn explain(error: &serde_json::Error) -> NodeError {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    let cause = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
    let cause = cause.replace("recursion limit exceeded", "it is nested too deep");
    NodeError::new(format!("line {line}, column {column}: {cause}"))
}

const EXAMPLE: &str = r#"
settings:
  kind: json.parse
  params: { text: '{ "width": 640, "tags": ["sea", "night"] }' }
width:
  kind: json.get
  params: { path: /width }
  inputs: { json: settings.json }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn read(text: &str) -> Result<Json, NodeError> {
        Harness::of::<Parse>().input("text", Value::text(text)).fire().and_then(|gave| gave.get("json"))
    }

    #[track_caller]
    fn cause(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn texts_and_files_are_read_and_fields_keep_their_order() {
        let json = read("\u{feff}{\"z\": 1, \"a\": [true, null, 2.5]}").unwrap();
        assert_eq!(json.to_string(), r#"{"z":1,"a":[true,null,2.5]}"#);
        let file = Value::File(Arc::new(File::in_memory(*b"[1]", "a.json", "application/json")));
        let gave = Harness::of::<Parse>().input("text", file).fire().unwrap();
        assert_eq!(gave.get::<Json>("json"), Ok(json!([1])));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        assert_eq!(cause("{\n  \"a\": 1\n  \"b\": 2 }"), "the text is not JSON: line 3, column 3: expected `,` or `}`");
        assert!(cause("").starts_with("the text is not JSON: line 1, column 0: EOF"), "{}", cause(""));
        assert!(cause("[1] 2").contains("column 5: trailing characters"));
        let file = Value::File(Arc::new(File::in_memory(*b"\"\xFF\"", "a.json", "application/json")));
        let error = Harness::of::<Parse>().input("text", file).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the file is not JSON: `a.json`: line 1"), "{error}");
        assert!(error.is_permanent());
    }

    #[test]
    fn depth_and_size_are_bounded() {
        assert!(read(&format!("{}{}", "[".repeat(127), "]".repeat(127))).is_ok());
        assert!(cause(&"[".repeat(1_000_000)).contains("column 128: it is nested too deep"));
        let long = format!("\"{}\"", "x".repeat(1 << 20));
        let error = Harness::of::<Parse>().param("max_size", 1).input("text", Value::text(long)).fire().map(|_| ());
        let error = error.unwrap_err();
        assert!(error.to_string().contains("more than the 1048576"), "{error}");
        assert_eq!(error.hint_text(), Some("raise `max_size`"));
    }
}
