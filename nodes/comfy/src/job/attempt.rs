//! One attempt on one server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::RwLock;
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::value::{File, Value};

use super::ticket::Ticket;
use super::{Job, words};
use crate::api::ApiWorkflow;
use crate::exchange::Ended;
use crate::media;
use crate::offers::Lack;
use crate::pool::Turn;
use crate::server::{Order, PromptError, Server, ServerError, Trace, new_id};

/// The largest file that is handed over, in bytes; ComfyUI takes 100 MB unless it is told otherwise.
const LARGEST_FILE: u64 = 4 << 30;

/// How long after a prompt is not found it is looked for again: what was posted just before a crash may be on its way.
const GRACE: Duration = Duration::from_millis(300);

/// How an attempt ended.
pub enum Way {
    /// The prompt came to its end.
    Ended(Box<Ended>),
    /// The server lost it, never had it, or is gone with it, so that it is posted again; and why.
    Elsewhere(String),
    /// Nothing was posted, because another server has nothing to do.
    Moved,
    /// The server does not have what the workflow needs.
    Lacks(Vec<Lack>),
}

/// A file that is handed over, under a name that its content alone decides.
pub struct Ready {
    name: String,
    bytes: Vec<u8>,
}

/// Makes files of what is handed over.
pub async fn ready(job: &Job, ctx: &Ctx) -> Result<Vec<Ready>, NodeError> {
    let mut all = Vec::with_capacity(job.uploads.len());
    for upload in &job.uploads {
        let (content, ctx) = (upload.content.clone(), ctx.clone());
        let made = media::on_thread(move || readied(&content, &ctx)).await;
        all.push(made.map_err(|error| {
            error.within(format!("what is handed over for `{}` of node {}", upload.input, upload.node))
        })?);
    }
    Ok(all)
}

fn readied(content: &Value, ctx: &Ctx) -> Result<Ready, NodeError> {
    let (bytes, ending) = match content {
        Value::Image(image) => (media::png_of(image)?, "png".to_owned()),
        Value::File(file) => {
            let bytes = ctx.read(file, LARGEST_FILE)?;
            let ending = media::sniffed(&bytes).map_or_else(|| ending(file), |(_, ending)| ending.to_owned());
            (bytes, ending)
        }
        Value::Lazy(lazy) => return readied(&lazy.read()?, ctx),
        other => return Err(NodeError::new(format!("expected `image|file`, found `{}`", other.type_of())).permanent()),
    };
    Ok(Ready { name: format!("{}.{ending}", blake3::hash(&bytes).to_hex()), bytes })
}

/// Returns the ending of a file's name, where it is a plain one.
fn ending(file: &File) -> String {
    let ending = file.name.rsplit_once('.').map_or("bin", |(_, ending)| ending).to_ascii_lowercase();
    let is_plain = (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
    if is_plain { ending } else { "bin".into() }
}

/// Brings a prompt to its end on the server whose turn it is: one that it has already, or a new one.
///
/// # Errors
/// Says why the item fails.
pub async fn attempt(
    job: &Job,
    uploads: &[Ready],
    (turn, ticket): (&Turn, &mut Option<Ticket>),
    ctx: &Ctx,
) -> Result<Way, NodeError> {
    let server = turn.member().server();
    // What another server has that is gone for too long is given up: its outputs are never fetched.
    let noted = ticket.take().filter(|noted| noted.server == turn.member().name());
    if let Some(noted) = noted {
        let _running = turn.begin().await;
        match found(server, &noted.id).await {
            Ok(Trace::None) => {}
            Ok(_) => {
                let way = follow(turn, &noted, ctx, None).await;
                *ticket = Some(noted);
                return way;
            }
            Err(error) => {
                *ticket = Some(noted);
                return Ok(gone(turn, error));
            }
        }
    }
    match turn.member().lacks(&job.workflow).await {
        Ok(lacks) if lacks.is_empty() => {}
        Ok(lacks) => return Ok(Way::Lacks(lacks)),
        Err(error) if error.may_pass() => return Ok(gone(turn, error)),
        Err(error) => return Err(words::of_server(&error)),
    }
    let new = Ticket { server: turn.member().name().to_owned(), id: new_id() };
    let (note, doors) = (new.clone(), ctx.clone());
    // The disk is waited for elsewhere: all that runs here would wait with it.
    media::on_thread(move || note.note(&doors)).await?;
    let mut ready = made_ready(job, uploads, turn).await;
    let Some(_running) = turn.begin().await else { return Ok(Way::Moved) };
    // What was handed over before a restart may be gone.
    if ready.as_ref().is_ok_and(|(life, _)| *life != turn.member().life()) {
        ready = made_ready(job, uploads, turn).await;
    }
    let workflow = match ready {
        Ok((_, workflow)) => workflow,
        Err(error) if error.may_pass() => return Ok(gone(turn, error)),
        Err(error) => return Err(words::of_server(&error)),
    };
    let order = Order { id: &new.id, workflow: &workflow, outputs: &job.outputs };
    let way = follow(turn, &new, ctx, Some(order)).await;
    *ticket = Some(new);
    way
}

/// Makes the workflow ready for a server; returns also in which of its lives.
async fn made_ready(job: &Job, uploads: &[Ready], turn: &Turn) -> Result<(u64, ApiWorkflow), ServerError> {
    let life = turn.member().life();
    Ok((life, handed_over(job, uploads, turn).await?))
}

fn gone(turn: &Turn, error: ServerError) -> Way {
    let why = error.to_string();
    turn.is_gone(error);
    Way::Elsewhere(why)
}

/// Looks for a prompt, and once more where it is not found.
async fn found(server: &Server, id: &str) -> Result<Trace, ServerError> {
    match server.trace(id).await? {
        Trace::None => {
            tokio::time::sleep(GRACE).await;
            server.trace(id).await
        }
        trace => Ok(trace),
    }
}

/// Hands files over that the server does not have, and names them in the workflow.
async fn handed_over(job: &Job, uploads: &[Ready], turn: &Turn) -> Result<ApiWorkflow, ServerError> {
    let mut workflow = job.workflow.clone();
    let member = turn.member();
    for (upload, ready) in job.uploads.iter().zip(uploads) {
        let name = match member.has_file(&ready.name) {
            true => ready.name.clone(),
            false => member.server().upload(&ready.name, ready.bytes.clone()).await?,
        };
        if name == ready.name {
            member.took_file(&name);
        }
        if let Some(node) = workflow.nodes.get_mut(&upload.node) {
            node.inputs.insert(upload.input.clone(), Json::String(name));
        }
    }
    Ok(workflow)
}

/// Follows a prompt to its end, after posting it where there is something to post.
async fn follow(turn: &Turn, ticket: &Ticket, ctx: &Ctx, order: Option<Order<'_>>) -> Result<Way, NodeError> {
    let member = turn.member();
    let mut socket = match (order.is_some(), member.take_socket()) {
        (false, _) => None,
        (true, Some(socket)) => Some(socket),
        (true, None) => match member.server().socket().await {
            Ok(socket) => Some(socket),
            Err(error) => return Ok(gone(turn, error)),
        },
    };
    turn.is_there();
    ctx.log(format!("prompt {} on {}, ComfyUI {}", ticket.id, member.name(), member.version()));
    let (server, id) = (member.server().clone(), ticket.id.clone());
    let left = Left { server, id, ctx: ctx.clone(), errands: turn.errands(), is_over: false };
    let mut shown = words::Shown::new(ctx, order.map_or(0, |order| order.workflow.nodes.len()));
    let result = match order {
        Some(order) => member.server().run_over(&mut socket, order, &mut |news| shown.show(news)).await,
        None => member.server().follow(&ticket.id, &mut socket, &mut |news| shown.show(news)).await,
    };
    left.over();
    if let Some(socket) = socket {
        member.keep_socket(socket);
    }
    told(turn, &ticket.id, result).await
}

async fn told(turn: &Turn, id: &str, result: Result<Ended, PromptError>) -> Result<Way, NodeError> {
    let name = turn.member().name();
    match result {
        Ok(ended) => Ok(Way::Ended(Box::new(ended))),
        Err(PromptError::Unreached(error) | PromptError::Gone(error)) => Ok(gone(turn, error)),
        Err(PromptError::Forgotten) => {
            turn.was_restarted();
            Ok(Way::Elsewhere(format!("{name} has forgotten the prompt: it was restarted")))
        }
        Err(PromptError::Dead) => {
            turn.is_dead();
            // Once it is out of the queue, nobody will run it, whatever becomes of the server.
            match turn.member().server().cancel(id).await {
                Ok(()) => Ok(Way::Elsewhere(format!("{name} takes prompts and runs none: its worker is dead"))),
                Err(error) => Ok(gone(turn, error)),
            }
        }
        Err(PromptError::Refused(why)) => Err(words::of_refusal(name, &why)),
        Err(PromptError::LeftOut(problems)) => Err(words::of_left_out(name, &problems)),
        Err(PromptError::Server(error)) => Err(words::of_server(&error)),
    }
}

/// A prompt that is being followed. Who stops following it because the firing is late takes it off the server; who stops because the
/// run is stopped leaves it there, and finds it again when the run goes on.
struct Left {
    server: Server,
    id: String,
    ctx: Ctx,
    errands: Arc<RwLock<()>>,
    is_over: bool,
}

impl Left {
    fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        if self.is_over || self.ctx.is_cancelled() {
            return;
        }
        let (server, id) = (self.server.clone(), std::mem::take(&mut self.id));
        // A note that cannot be taken back says that the prompt was interrupted, which is true.
        let _ = Ticket::forget(&self.ctx);
        let held = self.errands.clone().try_read_owned();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _until_it_is_said = held;
                drop(server.cancel(&id).await);
            });
        }
    }
}
