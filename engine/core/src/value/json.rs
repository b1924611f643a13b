//! Sizes of JSON values in memory.

use serde_json::Value as Json;

/// Returns about how many bytes of memory a JSON value holds.
pub(super) fn size_bytes(json: &Json) -> u64 {
    let own = size_of::<Json>() as u64;
    own + match json {
        Json::String(text) => text.len() as u64,
        Json::Array(items) => items.iter().map(size_bytes).sum(),
        Json::Object(fields) => fields.iter().map(|(name, value)| name.len() as u64 + size_bytes(value)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}
