//! What is known about an item that failed.

use serde::{Deserialize, Serialize};

use crate::secret::Secrets;

/// A failed firing: what an `error` port gives, and what a journal keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Name of the step that failed.
    pub step: String,
    /// Key of the item.
    pub key: String,
    /// Stable names of the item, outermost first.
    pub names: Vec<String>,
    /// What went wrong, outermost cause first, without a full stop.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Each try, the last one included.
    pub attempts: Vec<Attempt>,
    /// The inputs by name, each in a few words.
    pub inputs: Vec<(String, String)>,
}

/// One try of a firing that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// What went wrong in this try.
    pub cause: String,
    /// How long the try took, in milliseconds.
    pub took_ms: u64,
}

impl Failure {
    /// Returns the outermost cause.
    pub fn cause(&self) -> &str {
        self.causes.first().map_or("unknown cause", String::as_str)
    }

    /// Hides secrets in it, before it leaves the step that failed.
    #[must_use]
    pub fn hidden(mut self, secrets: &Secrets) -> Self {
        let attempts = self.attempts.iter_mut().map(|attempt| &mut attempt.cause);
        let inputs = self.inputs.iter_mut().map(|(_, text)| text);
        let texts = self.causes.iter_mut().chain(&mut self.hint).chain(&mut self.names).chain(attempts).chain(inputs);
        texts.for_each(|text| secrets.hide_in(text));
        self
    }

    pub(super) fn size_bytes(&self) -> u64 {
        let texts = self.causes.iter().chain(&self.names).map(String::len).sum::<usize>();
        (texts + self.step.len() + self.inputs.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>()) as u64
    }
}
