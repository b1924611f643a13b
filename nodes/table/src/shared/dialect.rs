//! Parameters that say how a table is written.

use encoding_rs::Encoding;
use windlass_core::node::NodeError;
use windlass_core::prelude::Statics;

/// Reads the parameter `delimiter`; `None` is `auto`.
pub(crate) fn delimiter(text: &str) -> Result<Option<u8>, NodeError> {
    match text.as_bytes() {
        b"auto" => Ok(None),
        b"tab" => Ok(Some(b'\t')),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Some(*byte)),
        _ => Err(NodeError::new(format!(
            "parameter `delimiter` must be one ASCII character, `tab` or `auto`, not `{text}`"
        ))),
    }
}

/// Reads the parameter `quote`.
pub(crate) fn quote(text: &str) -> Result<u8, NodeError> {
    match text.as_bytes() {
        [quote] if quote.is_ascii() && !matches!(quote, b'\n' | b'\r') => Ok(*quote),
        _ => Err(NodeError::new("parameter `quote` must be one ASCII character, and no line break").permanent()),
    }
}

/// Returns the encoding that a static parameter names.
pub(crate) fn encoding(statics: &Statics) -> Result<&'static Encoding, NodeError> {
    let label = statics.text("encoding")?;
    let known = Encoding::for_label(label.as_bytes());
    known.ok_or_else(|| NodeError::new(format!("parameter `encoding` names no known encoding: `{label}`")))
}
