//! What a prompt gave: files, fetched once and verified, and texts, by output node.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::{Instant, sleep};
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::value::{File, Image};

use super::ticket::Ticket;
use super::{Job, words};
use crate::exchange::{Ended, Outcome, OutputFile};
use crate::media;
use crate::pool::Member;
use crate::server::ServerError;

/// The largest file that is fetched, in bytes.
const LARGEST_FILE: usize = 1 << 30;

/// How often a file is asked for that comes damaged.
const TRIES: u32 = 3;

/// How long a server is left alone that could not be asked for a file.
const PAUSE: Duration = Duration::from_millis(200);

/// What a prompt gave, by the id of the output node.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// The nodes that gave something.
    pub nodes: IndexMap<String, Given>,
}

/// What an output node gave.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Its files, in order.
    pub files: Vec<Fetched>,
    /// Its texts, in order.
    pub texts: Vec<String>,
}

/// A file that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The file in memory, under the last part of the name that the server gave it.
    pub file: Arc<File>,
    /// The picture that it is, where the server says that it is one.
    pub picture: Option<Arc<Image>>,
}

/// Why a file does not come.
pub(super) enum Lost {
    /// Its server went away before it was fetched; in words.
    Gone(String),
    /// The item fails.
    Failed(NodeError),
}

impl From<NodeError> for Lost {
    fn from(error: NodeError) -> Self {
        Self::Failed(error)
    }
}

/// Fetches what a prompt gave.
pub(super) async fn fetch(job: &Job, member: &Member, ended: Ended, ctx: &Ctx) -> Result<Outputs, Lost> {
    if let Some(error) = went_wrong(job, member, &ended.outcome) {
        // Another try is to run it again, and not to find that it went wrong.
        let doors = ctx.clone();
        media::on_thread(move || Ticket::forget(&doors)).await?;
        return Err(error.into());
    }
    let is_wanted = |node: &String| job.outputs.is_empty() || job.outputs.contains(node);
    let mut outputs = Outputs::default();
    for (node, files) in ended.files.into_iter().filter(|(node, _)| is_wanted(node)) {
        for file in files {
            ctx.check_cancelled()?;
            let fetched = fetched(member, &node, &file).await?;
            outputs.nodes.entry(node.clone()).or_default().files.push(fetched);
        }
    }
    for (node, texts) in ended.texts.into_iter().filter(|(node, _)| is_wanted(node)) {
        outputs.nodes.entry(node).or_default().texts = texts;
    }
    Ok(outputs)
}

fn went_wrong(job: &Job, member: &Member, outcome: &Outcome) -> Option<NodeError> {
    match outcome {
        Outcome::Succeeded => None,
        Outcome::Failed(why) => {
            let title = job.workflow.nodes.get(&why.node).and_then(|node| node.title.as_deref());
            Some(words::of_failure(member.name(), why, title))
        }
        Outcome::Interrupted => Some(NodeError::new(format!("somebody interrupted the prompt on {}", member.name()))),
    }
}

/// Fetches a file. A server that is gone is waited for as long as one is that has a prompt.
async fn fetched(member: &Member, node: &str, file: &OutputFile) -> Result<Fetched, Lost> {
    let within = |error: NodeError| {
        let name = plain(&file.name);
        error.within(format!("what node {node} gave cannot be fetched from {}: `{name}`", member.name()))
    };
    let (mut damaged, mut gone): (u32, Option<Instant>) = (0, None);
    loop {
        match member.server().file(file, LARGEST_FILE).await {
            Ok(bytes) => match verified(file, bytes).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) if damaged + 1 == TRIES => return Err(within(error).into()),
                Err(_) => damaged += 1,
            },
            // What a server keeps for the moment alone does not survive its restart.
            Err(error @ ServerError::Refused { status: 404, .. }) if gone.is_some() => {
                return Err(Lost::Gone(error.to_string()));
            }
            Err(ServerError::Refused { status: 404, .. }) => return Err(lost(member, node, file).into()),
            Err(error) if error.may_pass() => {
                let since = *gone.get_or_insert_with(Instant::now);
                if since.elapsed() > member.server().patience().gone_after {
                    return Err(Lost::Gone(error.to_string()));
                }
                sleep(PAUSE).await;
            }
            Err(error) => return Err(within(words::of_server(&error)).into()),
        }
    }
}

fn lost(member: &Member, node: &str, file: &OutputFile) -> NodeError {
    let name = plain(&file.name);
    NodeError::new(format!("{} has not any more what node {node} gave: `{name}`", member.name()))
        .hint("the server remembers the result, and its file is gone; `windlass comfy free` makes it forget the result")
        .permanent()
}

/// Makes sure that a file is what the server says it is.
async fn verified(file: &OutputFile, bytes: Vec<u8>) -> Result<Fetched, NodeError> {
    if bytes.is_empty() {
        return Err(NodeError::new("it is empty"));
    }
    let name = plain(&file.name);
    let is_picture = media::sniffed(&bytes).is_some();
    if !is_picture && file.sort == "images" && media::is_picture_name(&name) {
        return Err(NodeError::new("it is no picture, although its name says so"));
    }
    let bytes: Arc<[u8]> = bytes.into();
    let picture = match is_picture {
        true => {
            let bytes = bytes.clone();
            let decode = move || media::picture(&bytes).map_err(|why| NodeError::new(format!("it is damaged: {why}")));
            Some(Arc::new(media::on_thread(decode).await?))
        }
        false => None,
    };
    let media_type = media::sniffed(&bytes).map_or_else(|| media::type_of_name(&name), |(media, _)| media);
    Ok(Fetched { file: Arc::new(File::in_memory(bytes, name, media_type)), picture })
}

/// Returns the last part of a name that a server gave, without anything that a path could be made of.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && *c != ':').take(200).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if kept.is_empty() { "unnamed".into() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers_are_no_paths() {
        let named =
            [("../../etc/passwd", "passwd"), ("C:\\a\\b.png", "b.png"), ("..", "unnamed"), ("a\n.png", "a.png")];
        for (name, expected) in named {
            assert_eq!(plain(name), expected);
        }
    }
}
