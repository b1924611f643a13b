//! What a server remembers of a prompt that has come to its end.

use serde_json::Value;

use super::{Failure, refused, text, texts};
use crate::ReadError;

/// A prompt that has come to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// The files that its nodes gave, by node.
    pub files: Vec<(String, Vec<OutputFile>)>,
    /// The texts that its nodes gave, by node.
    pub texts: Vec<(String, Vec<String>)>,
}

/// How a prompt came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Succeeded,
    /// A node failed.
    Failed(Failure),
    /// Somebody interrupted it.
    Interrupted,
}

/// A file on a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutputFile {
    /// The sort, as the node says it: `images`, `audio`.
    pub sort: String,
    /// Its name.
    pub name: String,
    /// The folder below the server's own.
    pub folder: String,
    /// Which of the server's own folders: `output`, `temp`, `input`.
    pub root: String,
}

impl Ended {
    /// Takes the entry of a prompt out of the answer to `/history/ID`; `None` where the server does not know it.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn of(answer: &Value, prompt: &str) -> Result<Option<Self>, ReadError> {
        let entries = answer.as_object().ok_or_else(|| refused("history", "it is no object"))?;
        entries.get(prompt).map(|entry| Self::of_entry(entry, prompt)).transpose()
    }

    fn of_entry(entry: &Value, prompt: &str) -> Result<Self, ReadError> {
        let outputs = entry.get("outputs").and_then(Value::as_object);
        let outputs = outputs.ok_or_else(|| refused("history", format!("`{prompt}` has no `outputs`")))?;
        let files = outputs.iter().map(|(node, given)| (node.clone(), files(given)));
        let told = outputs.iter().map(|(node, given)| (node.clone(), texts(given.get("text"))));
        Ok(Self {
            outcome: outcome(entry, prompt),
            files: files.filter(|(_, files)| !files.is_empty()).collect(),
            texts: told.filter(|(_, texts)| !texts.is_empty()).collect(),
        })
    }
}

/// Returns how a prompt ended. What was told last counts: the status says `success` of a prompt that ended in a circle.
fn outcome(entry: &Value, prompt: &str) -> Outcome {
    let told = entry.pointer("/status/messages").and_then(Value::as_array).into_iter().flatten();
    let ends = told.rev().find_map(|message| match message.get(0)?.as_str()? {
        "execution_success" => Some(Outcome::Succeeded),
        "execution_interrupted" => Some(Outcome::Interrupted),
        "execution_error" => Failure::of(message.get(1)?).map(Outcome::Failed),
        _ => None,
    });
    let has_failed = entry.pointer("/status/status_str").is_some_and(|status| status == "error");
    ends.unwrap_or_else(|| if has_failed { Outcome::Failed(unnamed(prompt)) } else { Outcome::Succeeded })
}

fn unnamed(prompt: &str) -> Failure {
    let message = "the server says that it failed, and not why".to_owned();
    let none = String::new;
    Failure { prompt: prompt.to_owned(), node: none(), class: none(), kind: none(), message, traceback: Vec::new() }
}

fn files(given: &Value) -> Vec<OutputFile> {
    let sorts = given.as_object().into_iter().flatten();
    let each = sorts.flat_map(|(sort, listed)| {
        let listed = listed.as_array().into_iter().flatten();
        listed.filter_map(move |file| {
            Some(OutputFile {
                sort: sort.clone(),
                name: text(file, "filename")?,
                folder: text(file, "subfolder").unwrap_or_default(),
                root: text(file, "type").unwrap_or_else(|| "output".into()),
            })
        })
    });
    each.collect()
}
