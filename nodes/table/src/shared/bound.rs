//! How large a table may become: told before the memory is taken.

use serde_json::Value as Json;
use windlass_core::node::NodeError;

/// The most rows that a node makes where its parameters say nothing.
pub(crate) const MAX_ROWS: usize = 50_000_000;

/// The most columns of a table that is made.
pub(crate) const MAX_COLUMNS: usize = 10_000;

/// The most memory of a table that a node makes, in bytes.
pub(crate) const MAX_BYTES: u64 = 4 << 30;

/// What a table may have at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub rows: usize,
    pub bytes: u64,
    /// What to do about more.
    pub hint: &'static str,
}

impl Default for Bound {
    fn default() -> Self {
        Self { rows: MAX_ROWS, bytes: MAX_BYTES, hint: "make it smaller, or take its rows as items" }
    }
}

impl Bound {
    /// Refuses a table of so many rows and so many bytes.
    pub(crate) fn check(self, rows: usize, bytes: u64) -> Result<(), NodeError> {
        if rows > self.rows {
            return Err(self.refuse(format!("the table has more than {} rows", self.rows)));
        }
        if bytes > self.bytes {
            return Err(self.refuse(format!("the table takes more than {} MiB", self.bytes >> 20)));
        }
        Ok(())
    }

    fn refuse(self, what: String) -> NodeError {
        NodeError::new(what).hint(self.hint).permanent()
    }
}

/// Refuses a table of so many columns.
pub(crate) fn check_columns(columns: usize) -> Result<(), NodeError> {
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    let error = NodeError::new(format!("the table would have {columns} columns, at most {MAX_COLUMNS} are made"));
    Err(error.permanent())
}

/// Returns about how much memory a JSON value takes, in bytes.
pub(crate) fn json_bytes(json: &Json) -> u64 {
    let own = size_of::<Json>() as u64;
    own + match json {
        Json::String(text) => text.len() as u64,
        Json::Array(items) => items.iter().map(json_bytes).sum(),
        Json::Object(fields) => fields.iter().map(|(name, field)| 48 + name.len() as u64 + json_bytes(field)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_said_in_words() {
        let bound = Bound { rows: 2, bytes: 3 << 20, hint: "less" };
        assert_eq!(bound.check(2, 3 << 20), Ok(()));
        assert_eq!(bound.check(3, 0).unwrap_err().to_string(), "the table has more than 2 rows");
        assert_eq!(bound.check(0, 4 << 20).unwrap_err().to_string(), "the table takes more than 3 MiB");
        assert!(check_columns(MAX_COLUMNS + 1).unwrap_err().is_permanent());
    }

    #[test]
    fn json_counts_with_all_that_it_holds() {
        let flat = json_bytes(&Json::Null);
        assert_eq!(json_bytes(&windlass_core::json!(["ab", 1])), 3 * flat + 2);
        assert!(json_bytes(&windlass_core::json!({ "name": "x" })) > 2 * flat);
    }
}
