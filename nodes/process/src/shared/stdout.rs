//! What becomes of what a program writes to its standard output.

use std::sync::Arc;

use windlass_core::node::{NodeError, ParamValue, Statics};
use windlass_core::prelude::Choice;
use windlass_core::spec::PortSpec;
use windlass_core::types::Type;
use windlass_core::value::{File, IntoValue, List, Value};

/// What a program's standard output becomes.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Stdout {
    /// A text, without the ends of lines at its end.
    Text,
    /// A list of its lines.
    Lines,
    /// The JSON that it is.
    Json,
    /// A file in memory.
    File,
    /// Nothing.
    None,
}

impl Stdout {
    /// Reads the static parameter `stdout`.
    pub(crate) fn of(statics: &Statics) -> Result<Self, NodeError> {
        statics.get("stdout").map_or(Ok(Self::Text), |given| Self::read_param(Value::from_constant(given)))
    }

    /// Returns its port, if it has one.
    pub(crate) fn port(self) -> Option<PortSpec> {
        let ty = match self {
            Self::Text => Type::text(),
            Self::Lines => Type::list(Type::text()),
            Self::Json => Type::Json,
            Self::File => Type::File,
            Self::None => return None,
        };
        Some(PortSpec::new("stdout", ty, "What it wrote to its standard output."))
    }

    /// Returns what was written as a value, if it is to be one.
    pub(crate) fn value(self, bytes: Vec<u8>) -> Result<Option<Value>, NodeError> {
        Ok(match self {
            Self::Text => Some(Value::text(text(bytes)?.trim_end_matches(['\n', '\r']))),
            Self::Lines => Some(lines(&text(bytes)?)),
            Self::Json => Some(json(&bytes)?),
            Self::File => {
                let file = File::in_memory(bytes, "stdout", "application/octet-stream");
                Some(Value::File(Arc::new(file)))
            }
            Self::None => None,
        })
    }
}

fn text(bytes: Vec<u8>) -> Result<String, NodeError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        NodeError::new(format!("its output is no text in UTF-8, from byte {at} on"))
            .hint("take it as it is with `stdout: file`")
    })
}

fn lines(text: &str) -> Value {
    Value::List(Arc::new(text.lines().map(Value::text).collect::<List>()))
}

fn json(bytes: &[u8]) -> Result<Value, NodeError> {
    let read: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    read.map(IntoValue::into_value).map_err(|error| NodeError::because("its output is no JSON", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_becomes_what_was_asked_for() {
        let value = |how: Stdout, bytes: &[u8]| how.value(bytes.to_vec()).unwrap().map(|value| value.to_json());
        assert_eq!(value(Stdout::Text, b"a\r\n b\n\r\n"), Some(Some("a\r\n b".into())));
        assert_eq!(value(Stdout::Lines, b"a\r\n\nb"), Some(Some(windlass_core::json!(["a", "", "b"]))));
        assert_eq!(value(Stdout::Lines, b""), Some(Some(windlass_core::json!([]))));
        assert_eq!(value(Stdout::Json, b" {\"a\": 1}\n"), Some(Some(windlass_core::json!({ "a": 1 }))));
        assert_eq!(value(Stdout::None, b"a"), None);
    }

    #[test]
    fn what_is_something_else_is_said() {
        let cause = |how: Stdout, bytes: &[u8]| how.value(bytes.to_vec()).unwrap_err().to_string();
        assert_eq!(cause(Stdout::Text, b"ab\xff"), "its output is no text in UTF-8, from byte 2 on");
        assert!(cause(Stdout::Json, b"").starts_with("its output is no JSON: "));
    }
}
