//! One prompt from its posting to its end. What the server pushes makes it quick and shows how far it is; what it answers when it is
//! asked decides.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Server, ServerError, Socket};
use crate::api::ApiWorkflow;
use crate::exchange::{Ended, Message, NodeProblem, Posted, Preview, Refused};

/// How long a server is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a server is asked that pushes nothing.
    pub ask_every: Duration,
    /// How long a prompt may wait with a server that neither runs anything nor pushes: its worker is dead, and nothing says
    /// so.
    pub dead_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { ask_every: Duration::from_secs(2), dead_after: Duration::from_secs(60) }
    }
}

/// What happens to a prompt on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A node begins.
    Node(String),
    /// How far the node is that runs: done, of how much.
    Progress(f64, f64),
    /// A picture of what a node is doing.
    Preview(Preview),
}

/// Why a prompt did not come to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PromptError {
    /// The server does not take it.
    #[error("the server refuses the workflow: {}", .0.message)]
    Refused(Refused),
    /// The server would leave a part of it out.
    #[error("the server would leave out a part of the workflow: {}", first(.0))]
    LeftOut(Vec<NodeProblem>),
    /// The server was asked, and does not know it: it was restarted.
    #[error("the server has forgotten the prompt; it was restarted")]
    Forgotten,
    /// It waits, nothing runs, and nothing is said.
    #[error("the server takes prompts and runs none; its worker is dead, restart it")]
    Dead,
    /// Nobody knows what became of it.
    #[error(transparent)]
    Server(#[from] ServerError),
}

fn first(problems: &[NodeProblem]) -> String {
    problems.first().map_or_else(String::new, |one| format!("node {} (`{}`): {}", one.node, one.class, one.message))
}

/// Returns an id for a prompt that nobody else has, in the one form that all servers take.
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Server {
    /// Posts a prompt and follows it to its end.
    ///
    /// # Errors
    /// Says why it did not come to an end, as far as anybody knows.
    pub async fn run(
        &self,
        id: &str,
        workflow: &ApiWorkflow,
        mut tell: impl FnMut(News),
    ) -> Result<Ended, PromptError> {
        let mut socket = Socket::open(self.address()).await?;
        match self.post(id, socket.session(), workflow).await {
            Ok(Posted::Taken { left_out, .. }) if left_out.is_empty() => {}
            Ok(Posted::Taken { left_out, .. }) => {
                self.cancel(id).await?;
                return Err(PromptError::LeftOut(left_out));
            }
            Ok(Posted::Refused(why)) => return Err(PromptError::Refused(why)),
            // Whether it was taken, the server says when it is asked for it.
            Ok(Posted::Unclear { .. }) | Err(_) => {}
        }
        self.follow(id, Some(&mut socket), &mut tell).await
    }

    /// Follows a prompt that was posted to its end, by a socket where there is one.
    ///
    /// # Errors
    /// Says why it did not come to an end, as far as anybody knows.
    pub async fn follow(
        &self,
        id: &str,
        mut socket: Option<&mut Socket>,
        tell: &mut impl FnMut(News),
    ) -> Result<Ended, PromptError> {
        let mut heard = Instant::now();
        loop {
            let ask_at = Instant::now() + self.patience.ask_every;
            while let Some(pushed) = next(&mut socket, ask_at).await {
                heard = Instant::now();
                if is_end(&pushed, id) {
                    break;
                }
                news(pushed, id).into_iter().for_each(&mut *tell);
            }
            if let Some(ended) = self.ended(id).await? {
                return Ok(ended);
            }
            let queue = self.queue().await?;
            // Between the two questions it may have come to its end.
            if !queue.has(id) {
                return self.ended(id).await?.ok_or(PromptError::Forgotten);
            }
            if queue.running.is_empty() && heard.elapsed() > self.patience.dead_after {
                return Err(PromptError::Dead);
            }
        }
    }
}

/// Waits for the next message; `None` when the server is to be asked, or the socket is lost.
async fn next(socket: &mut Option<&mut Socket>, until: Instant) -> Option<Message> {
    let Some(open) = socket else {
        tokio::time::sleep_until(until).await;
        return None;
    };
    match timeout_at(until, open.next()).await {
        Ok(Ok(message)) => Some(message),
        Ok(Err(_)) => {
            *socket = None;
            None
        }
        Err(_) => None,
    }
}

fn is_end(message: &Message, id: &str) -> bool {
    matches!(message, Message::Over { prompt } if prompt == id)
}

fn news(message: Message, id: &str) -> Option<News> {
    let is_ours = |prompt: &Option<String>| prompt.as_ref().is_none_or(|prompt| prompt == id);
    match message {
        Message::Executing { prompt, node } if is_ours(&prompt) => Some(News::Node(node)),
        Message::Progress { prompt, value, max, .. } if is_ours(&prompt) => Some(News::Progress(value, max)),
        Message::Preview(preview) if is_ours(&preview.prompt) => Some(News::Preview(preview)),
        _ => None,
    }
}
