//! What a server pushes over its socket: JSON in text frames, pictures and text in binary ones.

use serde_json::{Map, Value};

use super::{refused, text, texts};
use crate::ReadError;

/// A message of a server. Messages name the prompt where the server does.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// How much waits in its queue, what runs included; the first one names the connection.
    Status {
        /// Prompts.
        left: u64,
        /// The name of the connection.
        session: Option<String>,
    },
    /// A prompt begins.
    Started {
        /// The prompt.
        prompt: String,
    },
    /// These nodes are not run, because the server still has what they gave.
    Cached {
        /// The prompt.
        prompt: String,
        /// Their ids.
        nodes: Vec<String>,
    },
    /// A node begins.
    Executing {
        /// The prompt; one that was running when the socket was opened is not named.
        prompt: Option<String>,
        /// The node as a person knows it.
        node: String,
    },
    /// A prompt has come to its end, and is in the history.
    Over {
        /// The prompt.
        prompt: String,
    },
    /// How far a node is.
    Progress {
        /// The prompt, where the server says so.
        prompt: Option<String>,
        /// The node, where the server says so.
        node: Option<String>,
        /// How much is done.
        value: f64,
        /// Of how much.
        max: f64,
    },
    /// How far all nodes are that have begun.
    Steps {
        /// The prompt.
        prompt: String,
        /// The nodes.
        steps: Vec<Step>,
    },
    /// A node gave something to be seen.
    Executed {
        /// The prompt.
        prompt: String,
        /// The node as a person knows it.
        node: String,
        /// Files and texts, by sort.
        output: Map<String, Value>,
    },
    /// A prompt went well.
    Succeeded {
        /// The prompt.
        prompt: String,
    },
    /// A node failed; the prompt goes on where only a part of it is blocked.
    Failed(Failure),
    /// A prompt was interrupted.
    Interrupted {
        /// The prompt.
        prompt: String,
        /// Where.
        node: Option<String>,
    },
    /// What the server is able to do.
    Features(Map<String, Value>),
    /// A picture of what a node is doing.
    Preview(Preview),
    /// A line of a node for people.
    Text {
        /// The prompt, where the server says so.
        prompt: Option<String>,
        /// The node.
        node: String,
        /// The line.
        line: String,
    },
    /// Something that nobody here needs.
    Other(String),
}

/// How far a node is.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The node as a person knows it.
    pub node: String,
    /// How much is done.
    pub value: f64,
    /// Of how much.
    pub max: f64,
    /// `pending`, `running`, `finished` or `error`.
    pub state: String,
}

/// Why a node failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The prompt.
    pub prompt: String,
    /// The node.
    pub node: String,
    /// Its class.
    pub class: String,
    /// The kind of exception: `OSError`.
    pub kind: String,
    /// What the exception says.
    pub message: String,
    /// Where it came from, innermost last.
    pub traceback: Vec<String>,
}

/// A picture of what a node is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The prompt, where the server says so.
    pub prompt: Option<String>,
    /// The node, where the server says so; else it is the one that runs.
    pub node: Option<String>,
    /// Its media type.
    pub media: String,
    /// The encoded picture.
    pub bytes: Vec<u8>,
}

const EXPECTED: &str = "message of a server";

impl Message {
    /// Reads a text frame.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn of_text(frame: &str) -> Result<Self, ReadError> {
        let value = crate::json(frame.as_bytes())?;
        let ty = text(&value, "type").ok_or_else(|| refused(EXPECTED, "it has no `type`"))?;
        let data = value.get("data").unwrap_or(&Value::Null);
        let made = Self::of_data(&ty, data);
        made.ok_or_else(|| refused(EXPECTED, format!("`{ty}` lacks something: {}", shortened(frame))))
    }

    fn of_data(ty: &str, data: &Value) -> Option<Self> {
        let prompt = || text(data, "prompt_id");
        let number = |key: &str| data.get(key)?.as_f64();
        Some(match ty {
            "status" => {
                let left = data.pointer("/status/exec_info/queue_remaining")?.as_u64()?;
                Self::Status { left, session: text(data, "sid") }
            }
            "execution_start" => Self::Started { prompt: prompt()? },
            "execution_cached" => Self::Cached { prompt: prompt()?, nodes: texts(data.get("nodes")) },
            "executing" => match text(data, "display_node").or_else(|| text(data, "node")) {
                Some(node) => Self::Executing { prompt: prompt(), node },
                None => Self::Over { prompt: prompt()? },
            },
            "progress" => Self::Progress {
                prompt: prompt(),
                node: text(data, "node"),
                value: number("value")?,
                max: number("max")?,
            },
            "progress_state" => Self::Steps { prompt: prompt()?, steps: steps(data.get("nodes")?)? },
            "executed" => {
                let node = text(data, "display_node").or_else(|| text(data, "node"))?;
                let output = data.get("output").and_then(Value::as_object).cloned().unwrap_or_default();
                Self::Executed { prompt: prompt()?, node, output }
            }
            "execution_success" => Self::Succeeded { prompt: prompt()? },
            "execution_error" => Self::Failed(Failure::of(data)?),
            "execution_interrupted" => Self::Interrupted { prompt: prompt()?, node: text(data, "node_id") },
            "feature_flags" => Self::Features(data.as_object()?.clone()),
            other => Self::Other(other.to_owned()),
        })
    }

    /// Reads a binary frame.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn of_binary(frame: &[u8]) -> Result<Self, ReadError> {
        let cut = || refused(EXPECTED, format!("a binary frame of {} bytes ends too early", frame.len()));
        let (event, rest) = number(frame).ok_or_else(cut)?;
        match event {
            1 => {
                let (format, bytes) = number(rest).ok_or_else(cut)?;
                let media = if format == 2 { "image/png" } else { "image/jpeg" }.to_owned();
                Ok(Self::Preview(Preview { prompt: None, node: None, media, bytes: bytes.to_vec() }))
            }
            3 => {
                let (node, line) = counted(rest).ok_or_else(cut)?;
                let [node, line] = [node, line].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                Ok(Self::Text { prompt: None, node, line })
            }
            4 => {
                let (about, bytes) = counted(rest).ok_or_else(cut)?;
                let about: Value = serde_json::from_slice(about)?;
                let node = text(&about, "display_node_id").or_else(|| text(&about, "node_id"));
                let media = text(&about, "image_type").unwrap_or_else(|| "image/jpeg".into());
                Ok(Self::Preview(Preview { prompt: text(&about, "prompt_id"), node, media, bytes: bytes.to_vec() }))
            }
            other => Ok(Self::Other(format!("binary {other}"))),
        }
    }
}

impl Failure {
    /// Takes a failure out of the data of `execution_error`.
    pub(super) fn of(data: &Value) -> Option<Self> {
        Some(Self {
            prompt: text(data, "prompt_id")?,
            node: text(data, "node_id")?,
            class: text(data, "node_type").unwrap_or_default(),
            kind: text(data, "exception_type").unwrap_or_default(),
            message: text(data, "exception_message").unwrap_or_default().trim_end().to_owned(),
            traceback: texts(data.get("traceback")),
        })
    }
}

fn steps(nodes: &Value) -> Option<Vec<Step>> {
    let step = |(id, step): (&String, &Value)| {
        let node = text(step, "display_node_id").unwrap_or_else(|| id.clone());
        let number = |key: &str| step.get(key)?.as_f64();
        Some(Step { node, value: number("value")?, max: number("max")?, state: text(step, "state")? })
    };
    nodes.as_object()?.iter().map(step).collect()
}

/// Takes a number from the front.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}

/// Takes so many bytes from the front as the number before them says.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = number(bytes)?;
    rest.split_at_checked(usize::try_from(count).ok()?)
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_cut_or_lies_about_its_length_is_refused() {
        let whole = [&[0, 0, 0, 4][..], &[0, 0, 0, 2], b"{}", b"picture"].concat();
        assert!(matches!(Message::of_binary(&whole), Ok(Message::Preview(preview)) if preview.bytes == b"picture"));
        for end in 0..10 {
            assert!(Message::of_binary(&whole[..end]).is_err(), "{end} bytes");
        }
        let huge = [&[0, 0, 0, 4][..], &[255, 255, 255, 255], b"{}"].concat();
        assert!(Message::of_binary(&huge).is_err());
    }

    #[test]
    fn what_lacks_something_is_refused_and_what_is_unknown_is_passed() {
        for frame in ["", "[]", "{}", r#"{"type":"executed"}"#, r#"{"type":"progress_state","data":{"prompt_id":"p"}}"#]
        {
            assert!(Message::of_text(frame).is_err(), "{frame}");
        }
        assert_eq!(Message::of_text(r#"{"type":"weather"}"#).unwrap(), Message::Other("weather".into()));
    }
}
