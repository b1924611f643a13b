//! Answers of a server to what is posted and asked.

use serde_json::Value;

use super::{refused, text};
use crate::ReadError;

/// What a server says to a prompt that is posted.
#[derive(Clone, Debug, PartialEq)]
pub enum Posted {
    /// It runs, or waits in its queue.
    Taken {
        /// The prompt.
        prompt: String,
        /// Nodes that the server leaves out, because they are wrong.
        left_out: Vec<NodeProblem>,
    },
    /// It does not run.
    Refused(Refused),
    /// Nobody can say whether it runs: the server itself has failed.
    Unclear {
        /// The HTTP status.
        status: u16,
        /// What it said.
        said: String,
    },
}

/// Why a prompt does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The server's word for it: `prompt_no_outputs`.
    pub kind: String,
    /// In words.
    pub message: String,
    /// What is wrong with which node.
    pub nodes: Vec<NodeProblem>,
}

/// What is wrong with a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeProblem {
    /// Its id.
    pub node: String,
    /// Its class.
    pub class: String,
    /// The server's word for it: `value_not_in_list`.
    pub kind: String,
    /// In words, with the input.
    pub message: String,
}

/// Returns what a server has said to a prompt.
pub fn posted(status: u16, body: &[u8]) -> Posted {
    let unclear = || Posted::Unclear { status, said: String::from_utf8_lossy(body).chars().take(400).collect() };
    let Ok(value) = crate::json(body) else { return unclear() };
    match (status, text(&value, "prompt_id")) {
        (200, Some(prompt)) => Posted::Taken { prompt, left_out: problems(value.get("node_errors")) },
        (400..=499, _) => Posted::Refused(why(status, &value)),
        _ => unclear(),
    }
}

fn why(status: u16, value: &Value) -> Refused {
    let nodes = problems(value.get("node_errors"));
    let Some(error) = value.get("error") else {
        return Refused { kind: status.to_string(), message: format!("the server answered {status}"), nodes };
    };
    let kind = text(error, "type").unwrap_or_else(|| status.to_string());
    let message = text(error, "message").or_else(|| error.as_str().map(str::to_owned)).unwrap_or_default();
    let details = text(error, "details").filter(|details| !details.is_empty() && *details != message);
    Refused { kind, message: details.map_or_else(|| message.clone(), |details| format!("{message}: {details}")), nodes }
}

fn problems(value: Option<&Value>) -> Vec<NodeProblem> {
    let nodes = value.and_then(Value::as_object).into_iter().flatten();
    let each = nodes.flat_map(|(id, node)| {
        let class = text(node, "class_type").unwrap_or_default();
        let errors = node.get("errors").and_then(Value::as_array).into_iter().flatten();
        errors.map(move |error| {
            let said = ["message", "details"].iter().filter_map(|key| text(error, key)).filter(|said| !said.is_empty());
            let message = said.collect::<Vec<_>>().join(": ");
            NodeProblem {
                node: id.clone(),
                class: class.clone(),
                kind: text(error, "type").unwrap_or_default(),
                message,
            }
        })
    });
    each.collect()
}

/// The queue of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// What runs.
    pub running: Vec<String>,
    /// What waits, next first.
    pub waiting: Vec<String>,
}

impl Queue {
    /// Takes a queue out of JSON.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn of(value: &Value) -> Result<Self, ReadError> {
        let part = |key: &str| {
            let list = value
                .get(key)
                .and_then(Value::as_array)
                .ok_or_else(|| refused("queue", format!("it has no `{key}`")))?;
            let one = |entry: &Value| Some((entry.get(0)?.as_f64()?, entry.get(1)?.as_str()?.to_owned()));
            let entries: Option<Vec<_>> = list.iter().map(one).collect();
            let mut entries = entries.ok_or_else(|| refused("queue", format!("`{key}` has something else in it")))?;
            // The server gives its heap as it lies.
            entries.sort_by(|(one, _), (other, _)| one.total_cmp(other));
            Ok::<_, ReadError>(entries.into_iter().map(|(_, prompt)| prompt).collect())
        };
        Ok(Self { running: part("queue_running")?, waiting: part("queue_pending")? })
    }

    /// Returns whether a prompt runs or waits.
    pub fn has(&self, prompt: &str) -> bool {
        self.running.iter().chain(&self.waiting).any(|one| one == prompt)
    }
}
