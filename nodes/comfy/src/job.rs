//! One prompt that is to be run on whichever server of the pool, exactly once as far as anybody can make sure of it: its id is
//! noted before it is posted, and whoever tries again asks for it before posting another one.

mod attempt;
mod given;
mod ticket;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::value::Value;

use crate::api::{ApiWorkflow, wire};
use crate::dangers::dangers;
use crate::offers::is_model;
use crate::pool::{POOL, Pool, Turn, Wants};
use attempt::{Way, attempt};
use given::Lost;
pub use given::{Fetched, Given, Outputs};
use ticket::Ticket;

/// How often a prompt is begun anew within one firing, because servers died under it.
const MOST_TIMES: usize = 8;

/// A prompt that is to be run.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The workflow; what comes from files is filled in once they are handed over.
    pub workflow: ApiWorkflow,
    /// What is handed over to the server first.
    pub uploads: Vec<Upload>,
    /// The ids of the output nodes that are wanted; all of them where none is named.
    pub outputs: Vec<String>,
    /// Tags that the server must have.
    pub tags: Vec<String>,
}

/// Something that is handed over to a server, and named in an input.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The id of the node that reads it.
    pub node: String,
    /// The input that names it.
    pub input: String,
    /// A picture, which becomes PNG, or a file, which is handed over as it is.
    pub content: Value,
}

/// Runs a prompt on a server of the pool: chosen, given its files, posted, followed, its outputs fetched and verified.
///
/// # Errors
/// Says what a node of the workflow, the workflow or the servers lack. Another try may help unless the error is permanent;
/// it finds the prompt again that this one left behind.
pub async fn run(job: &Job, ctx: &Ctx) -> Result<Outputs, NodeError> {
    words::of_dangers(&dangers(&job.workflow))?;
    let pool: Arc<Pool> = ctx.service(POOL).await?;
    let uploads = attempt::ready(job, ctx).await?;
    let mut wants = Wants { models: models(&job.workflow), tags: job.tags.clone(), ..Wants::default() };
    let mut ticket = Ticket::noted(ctx);
    let mut turn = first_turn(&pool, &wants, ticket.as_ref(), ctx).await?;
    let (mut lost, mut lacking) = (Vec::new(), Vec::new());
    while lost.len() < MOST_TIMES {
        let why = match attempt(job, &uploads, (&turn, &mut ticket), ctx).await? {
            Way::Ended(ended) => {
                let member = turn.member().clone();
                // The next prompt runs while the outputs of this one are fetched.
                drop(turn);
                match given::fetch(job, &member, *ended, ctx).await {
                    Ok(outputs) => return Ok(outputs),
                    Err(Lost::Failed(error)) => return Err(error),
                    Err(Lost::Gone(why)) => Some(why),
                }
            }
            Way::Moved => {
                drop(turn);
                None
            }
            Way::Elsewhere(why) => {
                drop(turn);
                Some(why)
            }
            Way::Lacks(lacks) => {
                wants.not.insert(turn.at());
                lacking.push(words::of_lacks(turn.member().name(), &lacks));
                ctx.log(lacking.last().map_or("", String::as_str));
                drop(turn);
                None
            }
        };
        if let Some(why) = why {
            ctx.log(format!("{why}; the prompt is given to another server, or again"));
            lost.push(why);
        }
        let next = pool.turn(&wants).await;
        turn = next.map_err(|error| if lacking.is_empty() { error } else { words::of_lacking(&lacking, &error) })?;
    }
    let last = lost.last().map_or("", String::as_str);
    Err(NodeError::new(format!("the prompt was given to servers {MOST_TIMES} times, and each of them lost it: {last}")))
}

/// Waits for the server that has the prompt, or for any where none has it.
async fn first_turn(pool: &Pool, wants: &Wants, ticket: Option<&Ticket>, ctx: &Ctx) -> Result<Turn, NodeError> {
    let Some(noted) = ticket else { return pool.turn(wants).await };
    match pool.at(&noted.server) {
        Some(at) => match pool.turn(&Wants { only: Some(at), ..wants.clone() }).await {
            Ok(turn) => return Ok(turn),
            Err(error) => ctx.log(format!("the server that had the prompt is gone: {error}")),
        },
        None => ctx.log(format!("{}, which had the prompt, is not in the settings any more", noted.server)),
    }
    pool.turn(wants).await
}

/// Returns the files that the loaders of a workflow name.
fn models(workflow: &ApiWorkflow) -> BTreeSet<String> {
    let values = workflow.nodes.values().flat_map(|node| node.inputs.values());
    let texts = values.filter(|value| wire(value).is_none()).filter_map(serde_json::Value::as_str);
    texts.filter(|text| is_model(text)).map(str::to_owned).collect()
}
