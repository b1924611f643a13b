//! What is exchanged with a server, apart from how it travels: the messages that it pushes, and its answers.

mod answers;
mod messages;
mod past;

pub use answers::{NodeProblem, Posted, Queue, Refused, posted};
pub use messages::{Failure, Message, Preview, Step};
pub use past::{Ended, Outcome, OutputFile};

use serde_json::Value;

use crate::ReadError;

fn refused(expected: &'static str, why: impl Into<String>) -> ReadError {
    ReadError::Shape { expected, why: why.into() }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

/// Returns the texts of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
