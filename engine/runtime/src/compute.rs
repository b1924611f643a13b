//! Jobs of firings on the compute pool: each under its lease, with a limit on time, given up where the run stops first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use windlass_core::node::NodeError;

use crate::lease::{Lease, Share, Taker};
use crate::pool::{Pool, Ticket};
use crate::sabotage::Rule;
use crate::shared::Shared;
use crate::user_code::guarded;

/// What a job is done under.
pub struct Terms {
    /// What it asks for; nothing: it starts as soon as a thread is free.
    pub share: Share,
    /// How deep its step lies in the plan.
    pub depth: usize,
    /// How long it may take from its start.
    pub timeout: Option<Duration>,
    /// Whether a run that is being stopped waits for it, because its firing is under way.
    pub is_under_way: bool,
}

/// What became of a job.
pub enum Done<T> {
    /// It came to its end.
    Came {
        /// What it gave.
        result: Result<T, NodeError>,
        /// How long it ran.
        took: Duration,
        /// Its lease, where a test breaks the rule that it is given back first.
        kept: Option<Lease>,
    },
    /// It ran longer than it may.
    Late {
        /// Whether its thread is left behind.
        left_behind: bool,
    },
    /// The run was stopped before it began.
    Withdrawn,
}

/// A job, and where to say what came of it.
struct Work<F, T> {
    job: F,
    keeps_lease: bool,
    start: oneshot::Sender<()>,
    done: oneshot::Sender<Done<T>>,
}

impl<T, F: FnOnce(&mut Option<Lease>) -> Result<T, NodeError>> Work<F, T> {
    /// Does the job; returns what is left of its lease, to be given back.
    fn run(self, mut lease: Option<Lease>) -> Option<Lease> {
        // Whoever asked looks at the start only where there is a limit on time.
        let _ = self.start.send(());
        let began = Instant::now();
        let result = guarded(|| (self.job)(&mut lease));
        let took = began.elapsed();
        let kept = if self.keeps_lease { lease.take() } else { None };
        let _ = self.done.send(Done::Came { result, took, kept });
        lease
    }
}

/// A job that waits for its share.
struct Waiting<F, T> {
    pool: Arc<Pool>,
    ticket: Ticket,
    work: Work<F, T>,
}

impl<T: Send + 'static, F: FnOnce(&mut Option<Lease>) -> Result<T, NodeError> + Send + 'static> Taker
    for Waiting<F, T>
{
    fn is_gone(&self) -> bool {
        self.ticket.is_abandoned()
    }

    fn take(self: Box<Self>, lease: Lease) -> Result<(), Lease> {
        if self.is_gone() {
            return Err(lease);
        }
        let Self { pool, ticket, work } = *self;
        pool.spread(&ticket, move || work.run(Some(lease)));
        Ok(())
    }
}

/// Does a job on the pool. What it takes of its lease it keeps; the rest is given back at its end.
pub async fn run<T: Send + 'static>(
    shared: &Shared,
    terms: Terms,
    job: impl FnOnce(&mut Option<Lease>) -> Result<T, NodeError> + Send + 'static,
) -> Done<T> {
    let ((start, started), (done, mut came)) = (oneshot::channel(), oneshot::channel());
    let keeps_lease = shared.broken.is(Rule::LeaseHeldWhileSending);
    let work = Work { job, keeps_lease, start, done };
    let ticket = shared.pool.ticket(terms.share.cores);
    let is_leased = terms.share != Share::default();
    let may_be_withdrawn = is_leased && !terms.is_under_way;
    if is_leased {
        let waiting = Waiting { pool: shared.pool.clone(), ticket: ticket.clone(), work };
        shared.broker.ask(terms.share, terms.depth, Box::new(waiting));
    } else {
        shared.pool.run(&ticket, move || work.run(None));
    }
    tokio::select! {
        biased;
        done = &mut came => return done.unwrap_or(Done::Withdrawn),
        () = shared.control.stopped(), if may_be_withdrawn => if ticket.withdraw() {
            shared.broker.tidy();
            return Done::Withdrawn;
        },
        () = late(started, terms.timeout) => return Done::Late { left_behind: ticket.abandon() },
    }
    // The run is being stopped, and the job is under way.
    came.await.unwrap_or(Done::Withdrawn)
}

async fn late(started: oneshot::Receiver<()>, limit: Option<Duration>) {
    match limit {
        // Waiting for a thread is not the node's time.
        Some(limit) if started.await.is_ok() => tokio::time::sleep(limit).await,
        _ => std::future::pending().await,
    }
}
