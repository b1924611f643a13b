//! Names and references: `node.port` and `$input`, never numbers.

use std::str::FromStr;

use super::{End, Reference};

/// The longest name of a node, port or input, in characters.
pub const MAX_NAME: usize = 64;

/// The longest name of a parameter or input port of any kind, in characters; a kind decides about the rest.
pub const MAX_PORT_NAME: usize = 256;

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a reference: {cause}")]
pub struct ReferenceError {
    /// The text, shortened.
    pub text: String,
    /// What is wrong.
    pub cause: &'static str,
}

/// Returns whether a text can name a node, a graph input or a graph output: a letter, then letters, digits, `_` or
/// `-`, at most [`MAX_NAME`], all of ASCII.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && is_port_name(text)
}

/// Returns whether a text can name a port: letters, digits, `_` or `-` of ASCII, at most [`MAX_NAME`].
pub fn is_port_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(fits)
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse(text).map_err(|cause| ReferenceError { text: text.chars().take(80).collect(), cause })
    }
}

impl FromStr for End {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse_end(text).map_err(|cause| ReferenceError { text: text.chars().take(80).collect(), cause })
    }
}

fn parse_end(text: &str) -> Result<End, &'static str> {
    let (node, port) = text.split_once('.').ok_or("it has no `.` between a node and its port")?;
    if !is_name(node) {
        return Err("before the `.` stands the id of a node: a letter, then letters, digits, `_` or `-`");
    }
    if port.is_empty() || port.chars().count() > MAX_PORT_NAME {
        return Err("after the `.` stands the name of a port or parameter");
    }
    Ok(End { node: node.to_owned(), port: port.to_owned() })
}

fn parse(text: &str) -> Result<Reference, &'static str> {
    if let Some(name) = text.strip_prefix('$') {
        let message = "after `$` stands the name of a graph input: a letter, then letters, digits, `_` or `-`";
        return if is_name(name) { Ok(Reference::Input(name.to_owned())) } else { Err(message) };
    }
    let (node, port) = text.split_once('.').ok_or("it has no `.` between a node and its output port")?;
    if !is_name(node) {
        return Err("before the `.` stands the id of a node: a letter, then letters, digits, `_` or `-`");
    }
    if !is_port_name(port) {
        return Err("after the `.` stands the name of an output port: letters, digits, `_` or `-`");
    }
    Ok(Reference::Port { node: node.to_owned(), port: port.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_print_as_they_are_read() {
        for text in ["open.image", "$folder", "a-1.b_2", "n.0"] {
            assert_eq!(text.parse::<Reference>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_reference_is_explained() {
        let cause = |text: &str| text.parse::<Reference>().unwrap_err().cause;
        assert!(cause("open").contains("no `.`"));
        assert!(cause("1.image").starts_with("before the `.`"));
        assert!(cause("a.b.c").starts_with("after the `.`"));
        assert!(cause("$").starts_with("after `$`"));
        assert!(cause("open.").starts_with("after the `.`"));
    }
}
