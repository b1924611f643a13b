//! The parameters that are known before a run, and the files that they name.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::NodeError;

/// Static parameters of a node, with defaults filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statics {
    values: BTreeMap<String, Json>,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Statics {
    /// Returns no parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the content of the file that a parameter names.
    #[must_use]
    pub fn with_file(mut self, name: &str, content: Arc<[u8]>) -> Self {
        self.files.insert(name.to_owned(), content);
        self
    }

    /// Returns a parameter.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.values.get(name)
    }

    /// Returns a parameter that must be a text.
    ///
    /// # Errors
    /// Names the parameter that is missing or no text.
    pub fn text(&self, name: &str) -> Result<&str, NodeError> {
        let text = self.get(name).and_then(Json::as_str);
        text.ok_or_else(|| NodeError::new(format!("parameter `{name}` must be a text")))
    }

    /// Returns the content of the file that a parameter names.
    pub fn file(&self, name: &str) -> Option<&Arc<[u8]>> {
        self.files.get(name)
    }

    /// Returns all parameters by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}
