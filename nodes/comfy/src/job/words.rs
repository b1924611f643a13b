//! What a server says, in words for the run: errors with node, cause and the end of the traceback; progress and previews.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::value::Value;

use crate::exchange::{Failure, NodeProblem, Refused};
use crate::media;
use crate::offers::Lack;
use crate::server::{News, ServerError};

/// How many lines of a traceback are told, counted from its end.
const TAIL: usize = 3;

/// The least time between two previews.
const PREVIEW_EVERY: Duration = Duration::from_millis(250);

/// Says that a server does not do what it should.
pub fn of_server(error: &ServerError) -> NodeError {
    let told = NodeError::new(error.to_string());
    if error.may_pass() { told } else { told.permanent() }
}

/// Refuses a prompt that would bring a server down.
///
/// # Errors
/// Says what would.
pub fn of_dangers(dangers: &[String]) -> Result<(), NodeError> {
    match dangers {
        [] => Ok(()),
        some => Err(NodeError::new(format!("the workflow cannot be posted: {}", some.join("; "))).permanent()),
    }
}

/// Says what a server does not have.
pub fn of_lacks(server: &str, lacks: &[Lack]) -> String {
    const SHOWN: usize = 5;
    let more = lacks.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let said: Vec<_> = lacks.iter().take(SHOWN).map(ToString::to_string).collect();
    format!("{server} does not have {}{more}", said.join(", "))
}

/// Says what each server does not have, and why none is left.
pub fn of_lacking(lacking: &[String], rest: &NodeError) -> NodeError {
    NodeError::because("no server can run the workflow", &Said(lacking.join("; ")))
        .hint(format!("add what is missing to a server, or name it as the server does; of the other servers: {rest}"))
        .permanent()
}

/// Says that a server does not take the workflow.
pub fn of_refusal(server: &str, why: &Refused) -> NodeError {
    let message = format!("{server} refuses the workflow: {}", why.message);
    with_nodes(NodeError::new(message), &why.nodes).permanent()
}

/// Says that a server would run a part of the workflow alone.
pub fn of_left_out(server: &str, problems: &[NodeProblem]) -> NodeError {
    let message = format!("{server} would leave out a part of the workflow, and was told to leave it");
    with_nodes(NodeError::new(message), problems).permanent()
}

fn with_nodes(error: NodeError, problems: &[NodeProblem]) -> NodeError {
    let said = problems.iter().map(|one| format!("node {} (`{}`): {}", one.node, one.class, one.message));
    let said = said.collect::<Vec<_>>().join("; ");
    if said.is_empty() { error } else { NodeError::because(error.to_string(), &Said(said)) }
}

/// Says that a node of the workflow failed.
pub fn of_failure(server: &str, why: &Failure, title: Option<&str>) -> NodeError {
    let title = title.map_or_else(String::new, |title| format!(" “{title}”"));
    let message = format!("node {} (`{}`){title} failed on {server}", why.node, why.class);
    let kind = if why.kind.is_empty() { String::new() } else { format!("{}: ", why.kind) };
    let lines: Vec<_> =
        why.traceback.iter().flat_map(|line| line.lines()).map(str::trim).filter(|line| !line.is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("; ");
    let tail = if tail.is_empty() { tail } else { format!(" (the traceback ends with: {tail})") };
    NodeError::because(message, &Said(format!("{kind}{}{tail}", why.message)))
}

/// A cause that is told in words alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

/// Shows how far a prompt is.
pub struct Shown<'a> {
    ctx: &'a Ctx,
    /// How many nodes there are; 0 where that is not known.
    nodes: usize,
    begun: usize,
    previewed: Option<Instant>,
}

impl<'a> Shown<'a> {
    /// Begins at the beginning.
    pub fn new(ctx: &'a Ctx, nodes: usize) -> Self {
        Self { ctx, nodes, begun: 0, previewed: None }
    }

    /// Shows what is new.
    pub fn show(&mut self, news: News) {
        match news {
            News::Known(nodes) => self.begun += nodes,
            News::Node(_) => {
                self.begun += 1;
                self.progress(0.0);
            }
            News::Progress(done, of) if of > 0.0 => self.progress((done / of).clamp(0.0, 1.0)),
            News::Progress(..) => {}
            News::Preview(preview) => self.preview(&preview.bytes),
        }
    }

    fn progress(&self, of_node: f64) {
        if self.nodes > 0 {
            let done = self.begun.saturating_sub(1) as f64 + of_node;
            self.ctx.progress((done / self.nodes as f64) as f32);
        }
    }

    /// Previews are small; one that is none is passed.
    fn preview(&mut self, bytes: &[u8]) {
        if self.previewed.is_some_and(|at| at.elapsed() < PREVIEW_EVERY) || bytes.len() > media::LARGEST_PREVIEW {
            return;
        }
        if let Ok(picture) = media::picture(bytes) {
            self.previewed = Some(Instant::now());
            self.ctx.preview(Value::Image(Arc::new(picture)));
        }
    }
}
