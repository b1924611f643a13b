//! Stable names of rows, taken from a column.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use serde_json::Value as Json;
use windlass_core::node::NodeError;
use windlass_core::problem::nearest;

use crate::read::Row;

/// Names rows by a column, and refuses a name that came before. Holds 8 bytes for each row.
pub(crate) struct Keys {
    column: String,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Keys {
    pub(crate) fn new(column: String) -> Self {
        Self { column, seen: HashSet::new(), hasher: RandomState::new() }
    }

    /// Returns the name of a row.
    pub(crate) fn name(&mut self, row: &Row) -> Result<String, NodeError> {
        let name = match row.fields.get(&self.column) {
            Some(Json::String(text)) => text.clone(),
            Some(scalar @ (Json::Number(_) | Json::Bool(_))) => scalar.to_string(),
            Some(Json::Null) => String::new(),
            Some(_) => return Err(self.error(row, "is no text or number")),
            None => return Err(self.missing(row)),
        };
        if name.is_empty() {
            return Err(self.error(row, "is empty"));
        }
        if !self.seen.insert(self.hasher.hash_one(&name)) {
            return Err(self.error(row, &format!("is `{name}`, as in a row before")));
        }
        Ok(name)
    }

    fn error(&self, row: &Row, what: &str) -> NodeError {
        NodeError::new(format!("{} {}: the key column `{}` {what}", row.what, row.line, self.column))
    }

    fn missing(&self, row: &Row) -> NodeError {
        let error = NodeError::new(format!("{} {}: there is no key column `{}`", row.what, row.line, self.column));
        match nearest(&self.column, row.fields.keys().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    }
}
