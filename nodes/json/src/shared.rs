//! What the kinds of the pack have in common: bounds of documents, and pointers into them.

use serde_json::Value as Json;
use windlass_core::prelude::*;

/// How deep documents may be nested that nodes make; the reader of JSON takes as many.
pub(crate) const MAX_DEPTH: usize = 127;

/// The largest document that a node makes by copying parts of others, as [`weight`] counts.
pub(crate) const MAX_WEIGHT: u64 = 256 << 20;

/// What a value takes without its texts, names and parts, in bytes.
pub(crate) const OWN_WEIGHT: u64 = size_of::<Json>() as u64;

/// Returns about how many bytes a document takes in memory.
pub(crate) fn weight(json: &Json) -> u64 {
    OWN_WEIGHT
        + match json {
            Json::String(text) => text.len() as u64,
            Json::Array(items) => items.iter().map(weight).sum(),
            Json::Object(fields) => fields.iter().map(|(name, value)| name.len() as u64 + weight(value)).sum(),
            Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        }
}

/// Returns how many values a document holds, itself and all inside of it.
pub(crate) fn values(json: &Json) -> u64 {
    1 + match json {
        Json::Array(items) => items.iter().map(values).sum(),
        Json::Object(fields) => fields.values().map(values).sum(),
        _ => 0,
    }
}

/// Returns how deep a document is nested; 0 for a scalar.
pub(crate) fn depth(json: &Json) -> usize {
    let inside = match json {
        Json::Array(items) => items.iter().map(depth).max(),
        Json::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + inside.unwrap_or_default()
}

/// Refuses a document that became too large, before more is copied into it.
pub(crate) fn check_weight(weight: u64) -> Result<(), NodeError> {
    check_weight_up_to(MAX_WEIGHT, weight)
}

/// Refuses a document that weighs more than `most`.
pub(crate) fn check_weight_up_to(most: u64, weight: u64) -> Result<(), NodeError> {
    if weight <= most {
        return Ok(());
    }
    Err(NodeError::new(format!("the result is larger than the {most} bytes that are made at most")).permanent())
}

/// Refuses a document that is nested too deep.
pub(crate) fn check_depth(depth: usize) -> Result<(), NodeError> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    Err(NodeError::new(format!("the result is nested {depth} deep, at most {MAX_DEPTH}")).permanent())
}

/// Refuses a separator between the parts of a name that could not be told from nothing.
pub(crate) fn check_separator(separator: &str) -> Result<(), NodeError> {
    match separator {
        "" => Err(NodeError::new("parameter `separator` must not be empty").permanent()),
        _ => Ok(()),
    }
}

/// Returns the parts of a JSON Pointer (RFC 6901), unescaped; none for the whole document.
pub(crate) fn pointer(text: &str) -> Result<Vec<String>, NodeError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |why: &str| {
        let error = NodeError::new(format!("`{text}` is not a JSON Pointer: {why}"));
        error.hint("write it like `/items/0/name`; in a name, `~0` stands for `~` and `~1` for `/`").permanent()
    };
    let rest = text.strip_prefix('/').ok_or_else(|| wrong("it must be empty or begin with `/`"))?;
    let parts = rest.split('/').map(|part| match part.split('~').skip(1).all(|after| after.starts_with(['0', '1'])) {
        true => Ok(part.replace("~1", "/").replace("~0", "~")),
        false => Err(wrong("`~` must be followed by `0` or `1`")),
    });
    parts.collect()
}

/// Returns the place that a part of a pointer names in an array: digits without a leading zero.
pub(crate) fn array_index(part: &str) -> Option<usize> {
    let is_number = part == "0" || (!part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_number.then(|| part.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    #[test]
    fn pointers_are_taken_apart_as_the_rfc_says() {
        assert_eq!(pointer("/a~1b/m~0n//0").unwrap(), ["a/b", "m~n", "", "0"]);
        assert_eq!(pointer("").unwrap(), [""; 0]);
        assert!(pointer("a").unwrap_err().to_string().ends_with("it must be empty or begin with `/`"));
        assert!(pointer("/a~2").unwrap_err().to_string().ends_with("must be followed by `0` or `1`"));
        assert_eq!(["0", "7", "07", "-", "", "-1", "99999999999999999999"].map(array_index), {
            [Some(0), Some(7), None, None, None, None, None]
        });
    }

    #[test]
    fn documents_are_weighed_and_measured() {
        let document = json!({ "ab": ["c", 1, {}] });
        assert_eq!((weight(&document), values(&document), depth(&document)), (5 * OWN_WEIGHT + 3, 5, 3));
        assert!(check_weight(MAX_WEIGHT + 1).is_err() && check_depth(MAX_DEPTH + 1).is_err());
    }
}
