//! What a firing asks a person, and the small records that are kept for it between its tries.

use serde_json::Value as Json;

use crate::key::Place;
use crate::node::NodeError;
use crate::plan::constant::{self, Base};
use crate::secret::Secrets;
use crate::types::Type;
use crate::value::Value;

/// The note under which a firing finds the answer to its question.
const ANSWER: &str = "answer";

/// What a firing asks a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    text: String,
    answers: String,
}

impl Question {
    /// Asks for a value of a type.
    pub fn new(text: impl Into<String>, answers: &Type) -> Self {
        Self { text: text.into(), answers: answers.to_string() }
    }

    /// Returns the question with secrets hidden: it is shown, and lies on disk until it is answered.
    #[must_use]
    pub fn without(mut self, secrets: &Secrets) -> Self {
        secrets.hide_in(&mut self.text);
        self
    }

    /// Returns what is asked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the type of its answers, as graphs write it: `bool`, `text("keep"|"drop")`.
    pub fn answers(&self) -> &str {
        &self.answers
    }

    /// Reads an answer as it was typed; returns what is to be noted.
    ///
    /// # Errors
    /// Says what is expected.
    pub fn read(&self, typed: &str) -> Result<Json, NodeError> {
        let value = self.value_of(typed)?;
        value.to_json().ok_or_else(|| NodeError::new(format!("`{}` cannot be typed", self.answers)))
    }

    fn value_of(&self, typed: &str) -> Result<Value, NodeError> {
        let ty: Type = self.answers.parse().map_err(|error| NodeError::because("the type of the answers", &error))?;
        constant::from_text(typed, &ty, Base::Template).map_err(NodeError::new)
    }

    /// Returns the value that was noted.
    pub(super) fn noted(&self, json: &Json) -> Result<Value, NodeError> {
        let ty: Type = self.answers.parse().map_err(|error| NodeError::because("the type of the answers", &error))?;
        constant::from_json(json, &ty, Base::Template).map_err(NodeError::new)
    }

    /// Returns the name of the note that holds the answer.
    pub fn note() -> &'static str {
        ANSWER
    }
}

/// Keeps small records of firings from one try to the next. What the engine brings keeps them in memory; a store keeps
/// them across runs.
pub trait Notes: Send + Sync {
    /// Returns what was noted for a firing under a name.
    fn get(&self, step: &str, place: &Place, name: &str) -> Option<Json>;
    /// Notes something; durable, as far as notes are at all, before the call returns.
    ///
    /// # Errors
    /// Says why nothing was noted.
    fn put(&self, step: &str, place: &Place, name: &str, value: Json) -> Result<(), NodeError>;
    /// Forgets what was noted for a firing that has its fate.
    fn forget(&self, step: &str, place: &Place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_their_type() {
        let keep = Question::new("keep it?", &"text(\"keep\"|\"drop\")".parse().unwrap());
        assert_eq!(keep.read("keep"), Ok("keep".into()));
        assert!(keep.read("perhaps").is_err_and(|error| error.to_string().contains("keep")));
        let number = Question::new("how many?", &"int(1..)".parse().unwrap());
        assert_eq!(number.read("7"), Ok(7.into()));
        assert!(number.read("0").is_err());
        assert_eq!(number.noted(&7.into()).unwrap().to_json(), Some(7.into()));
    }
}
