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
    /// How often a server is asked that pushes nothing; more often at first, where it has no way to push.
    pub ask_every: Duration,
    /// How long a prompt may wait with a server that neither runs anything nor pushes: its worker is dead, and nothing says
    /// so.
    pub dead_after: Duration,
    /// How long a server may be gone that has a prompt, before the prompt is given to another one.
    pub gone_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { ask_every: seconds(2), dead_after: seconds(60), gone_after: seconds(30) }
    }
}

/// What happens to a prompt on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// So many nodes need not run: what they gave is remembered.
    Known(usize),
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
    /// It was not posted, because the server was not there.
    #[error(transparent)]
    Unreached(ServerError),
    /// The server that has it is gone.
    #[error("the server that has the prompt is gone: {0}")]
    Gone(ServerError),
    /// The server answers something else.
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

/// How soon a server is asked again that cannot push.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// How often the socket is opened again for one prompt; from then on the server is asked alone.
const MOST_REOPENED: u32 = 3;

/// What is posted.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The id, which nobody else has.
    pub id: &'a str,
    /// The workflow.
    pub workflow: &'a ApiWorkflow,
    /// The output nodes that are wanted; all of them where none is named.
    pub outputs: &'a [String],
}

/// What a server knows of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    /// It has come to its end.
    Ended(Ended),
    /// It runs or waits, and whether anything runs.
    Kept {
        /// Whether the server runs anything.
        is_busy: bool,
    },
    /// Nothing.
    None,
}

impl Server {
    /// Posts a prompt and follows it to its end, over a socket of its own.
    ///
    /// # Errors
    /// Says why it did not come to an end, as far as anybody knows.
    pub async fn run(
        &self,
        id: &str,
        workflow: &ApiWorkflow,
        mut tell: impl FnMut(News) + Send,
    ) -> Result<Ended, PromptError> {
        let mut socket = Some(self.socket().await.map_err(PromptError::Unreached)?);
        self.run_over(&mut socket, Order { id, workflow, outputs: &[] }, &mut tell).await
    }

    /// Posts a prompt and follows it to its end, over a socket that is open.
    ///
    /// # Errors
    /// Says why it did not come to an end, as far as anybody knows.
    pub async fn run_over(
        &self,
        socket: &mut Option<Socket>,
        order: Order<'_>,
        tell: &mut (impl FnMut(News) + Send),
    ) -> Result<Ended, PromptError> {
        let session = socket.as_ref().map_or("", Socket::session).to_owned();
        match self.post(&order, &session).await {
            Ok(Posted::Taken { left_out, .. }) if left_out.is_empty() => {}
            Ok(Posted::Taken { left_out, .. }) => {
                self.cancel(order.id).await?;
                return Err(PromptError::LeftOut(left_out));
            }
            Ok(Posted::Refused(why)) => return Err(PromptError::Refused(why)),
            // Whether it was taken, the server says when it is asked for it.
            Ok(Posted::Unclear { .. }) | Err(_) => {}
        }
        self.follow(order.id, socket, tell).await
    }

    /// Follows a prompt that was posted to its end, by a socket where there is one.
    ///
    /// # Errors
    /// Says why it did not come to an end, as far as anybody knows.
    pub async fn follow(
        &self,
        id: &str,
        socket: &mut Option<Socket>,
        tell: &mut (impl FnMut(News) + Send),
    ) -> Result<Ended, PromptError> {
        let (mut heard, mut answered) = (Instant::now(), Instant::now());
        let (mut pause, mut reopened) = (SHORTEST_PAUSE, 0);
        loop {
            let ask_every = self.patience.ask_every;
            let ask_at = Instant::now() + if socket.is_some() { ask_every } else { pause.min(ask_every) };
            pause = pause.saturating_mul(2).min(ask_every);
            while let Some(pushed) = next(socket, &mut reopened, ask_at).await {
                heard = Instant::now();
                if is_end(&pushed, id) {
                    break;
                }
                news(pushed, id).into_iter().for_each(&mut *tell);
            }
            match self.trace(id).await {
                Ok(Trace::Ended(ended)) => return Ok(ended),
                Ok(Trace::None) => return Err(PromptError::Forgotten),
                Ok(Trace::Kept { is_busy: false }) if heard.elapsed() > self.patience.dead_after => {
                    return Err(PromptError::Dead);
                }
                Ok(Trace::Kept { .. }) => answered = Instant::now(),
                Err(error) if !error.may_pass() => return Err(PromptError::Server(error)),
                Err(error) if answered.elapsed() > self.patience.gone_after => return Err(PromptError::Gone(error)),
                Err(_) => {}
            }
        }
    }

    /// Asks what it knows of a prompt, wherever that may be written.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn trace(&self, id: &str) -> Result<Trace, ServerError> {
        if let Some(ended) = self.ended(id).await? {
            return Ok(Trace::Ended(ended));
        }
        let queue = self.queue().await?;
        if queue.has(id) {
            return Ok(Trace::Kept { is_busy: !queue.running.is_empty() });
        }
        if self.has_job(id).await? {
            return Ok(Trace::Kept { is_busy: true });
        }
        // Between the questions it may have come to its end.
        Ok(self.ended(id).await?.map_or(Trace::None, Trace::Ended))
    }
}

/// Waits for the next message; `None` when the server is to be asked, or the socket is lost. One that is lost is opened again
/// under the same session, once the old one is gone.
async fn next(socket: &mut Option<Socket>, reopened: &mut u32, until: Instant) -> Option<Message> {
    let Some(open) = socket else {
        tokio::time::sleep_until(until).await;
        return None;
    };
    match timeout_at(until, open.next()).await {
        Ok(Ok(message)) => Some(message),
        Ok(Err(_)) => {
            let lost = socket.take()?;
            *reopened += 1;
            if *reopened > MOST_REOPENED {
                return None;
            }
            *socket = timeout_at(until, lost.reopen()).await.ok().and_then(Result::ok);
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
        Message::Cached { prompt, nodes } if prompt == id && !nodes.is_empty() => Some(News::Known(nodes.len())),
        Message::Executing { prompt, node } if is_ours(&prompt) => Some(News::Node(node)),
        Message::Progress { prompt, value, max, .. } if is_ours(&prompt) => Some(News::Progress(value, max)),
        Message::Preview(preview) if is_ours(&preview.prompt) => Some(News::Preview(preview)),
        _ => None,
    }
}
