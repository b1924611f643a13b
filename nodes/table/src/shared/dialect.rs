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
            "parameter `delimiter` must be one ASCII character, `tab` or `auto`, no quotation mark and no line break, \
             not `{}`",
            text.escape_debug()
        ))
        .permanent()),
    }
}

/// Reads the parameter `quote`.
pub(crate) fn quote(text: &str) -> Result<u8, NodeError> {
    match text.as_bytes() {
        [quote] if quote.is_ascii() && !matches!(quote, b'\n' | b'\r') => Ok(*quote),
        _ => Err(NodeError::new("parameter `quote` must be one ASCII character, and no line break").permanent()),
    }
}

/// Refuses a sign that stands both around fields and between them.
pub(crate) fn apart(delimiter: u8, quote: u8) -> Result<(), NodeError> {
    if delimiter != quote {
        return Ok(());
    }
    let sign = char::from(quote).escape_default();
    Err(NodeError::new(format!("parameter `quote` and the delimiter are the same: `{sign}`"))
        .hint("name another `quote`, or the `delimiter` that the file has")
        .permanent())
}

/// Checks the parameters `delimiter` and `quote`.
pub(crate) fn check(delimiter: &str, quote: &str) -> Result<(), NodeError> {
    let quote = self::quote(quote)?;
    self::delimiter(delimiter)?.map_or(Ok(()), |delimiter| apart(delimiter, quote))
}

/// Returns the encoding that a static parameter names.
pub(crate) fn encoding(statics: &Statics) -> Result<&'static Encoding, NodeError> {
    let label = statics.text("encoding")?;
    let known = Encoding::for_label(label.as_bytes());
    known.ok_or_else(|| {
        NodeError::new(format!("parameter `encoding` names no known encoding: `{label}`"))
            .hint("names are those of the web: `utf-8`, `utf-16le`, `windows-1252`, `iso-8859-15`, `shift_jis`")
            .permanent()
    })
}
