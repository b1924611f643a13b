//! Calls a node's code for one item: lease, tries, timeout, back-off. Runs outside of the step's actor.

mod firing;
mod gather;
mod go_on;
mod recalled;
mod retry;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use windlass_core::context::{Cancel, Ctx};
use windlass_core::event::What;
use windlass_core::key::Place;
use windlass_core::node::{Emission, ErasedChildren, NodeError};
use windlass_core::plan::{Step, StepId};
use windlass_core::spec::{Cost, Shape};
use windlass_core::value::Attempt;

use crate::chain::{Chain, Passage};
use crate::compute::{self, Done, Terms};
use crate::doors::StepDoors;
use crate::lease::{Lease, Share};
use crate::recall::{Recall, opened};
use crate::room::DiskWatch;
use crate::sabotage::Rule;
use crate::shared::Shared;
use crate::step::{Lot, Pulled};
use crate::suspended::{Polled, Suspended};
use crate::user_code::guarded;
pub use firing::{Firing, FiringEnd, FiringResult, Gave};
pub use gather::pull_row;
use gather::{gather, pull};
pub use retry::Retry;

/// One try.
struct Tried<T = Gave> {
    result: Result<T, NodeError>,
    took: Duration,
    /// The lease, where a test breaks the rule that it is given back first.
    kept: Option<Lease>,
}

impl<T> Tried<T> {
    fn failed(error: NodeError, began: Instant) -> Self {
        Self { result: Err(error), took: began.elapsed(), kept: None }
    }
}

/// Where firings of one step are done.
pub struct Worker {
    /// The run.
    pub shared: Arc<Shared>,
    /// The step.
    pub step: StepId,
    /// Makes contexts.
    pub doors: Arc<StepDoors>,
    /// The steps that compute on with what it gives.
    pub chain: Arc<Chain>,
    /// What its firings gave before, where that counts.
    recall: Option<Arc<Recall>>,
}

impl Worker {
    /// Makes the place where firings of a step are done.
    pub fn new(shared: &Arc<Shared>, step: StepId) -> Self {
        Self::with_chain(shared, step, Chain::of(shared, step))
    }

    /// Makes the place where firings of a step are done of which nobody but the caller wants what they give.
    pub fn alone(shared: &Arc<Shared>, step: StepId) -> Self {
        Self::with_chain(shared, step, Chain::none())
    }

    fn with_chain(shared: &Arc<Shared>, step: StepId, chain: Chain) -> Self {
        let doors = Arc::new(StepDoors { shared: shared.clone(), step, has_noted: Arc::default() });
        Self { shared: shared.clone(), step, doors, chain: Arc::new(chain), recall: shared.recall(step) }
    }

    /// Tries a light firing at once. One that wants to wait, or to be tried again, is handed back with what is known.
    pub fn fire_inline(&self, firing: &mut Firing) -> Option<(FiringResult, Duration)> {
        self.say_firing(firing);
        let began = Instant::now();
        let ctx = self.ctx(firing, &Share::default(), &self.shared.control.cancel);
        let (node, bag) = (self.plan_step().node.clone(), opened(self.plan_step(), firing.retry.bag.clone()));
        let polled = guarded(|| match futures_util::FutureExt::now_or_never(node.fire(bag, &ctx)) {
            Some(result) => self.gathered(result?, &firing.retry).map(Some),
            None => Ok(None),
        });
        match polled {
            Ok(None) => None,
            Ok(Some(gave)) => Some((FiringResult::Gave(gave), began.elapsed())),
            Err(error) if error.is_disk_full() || error.is_cancelled() || error.question().is_some() => None,
            Err(error) if self.is_final(&error, firing) => {
                note(firing, &error, began.elapsed());
                Some((FiringResult::Failed(error), began.elapsed()))
            }
            Err(error) => {
                note(firing, &error, began.elapsed());
                None
            }
        }
    }

    /// Does a firing, with all its tries; the code of the first one may have begun.
    pub async fn fire(&self, mut firing: Firing, mut begun: Option<Suspended>) -> FiringEnd {
        if !firing.retry.failed.is_empty() && !self.back_off(&firing, None).await {
            return firing.end(FiringResult::Open, Duration::ZERO, None);
        }
        if begun.is_none()
            && let Some(result) = self.recalled(&mut firing).await
        {
            return firing.end(result, Duration::ZERO, None);
        }
        let mut listed = self.listed(&mut firing);
        let mut disk = DiskWatch::new(&self.shared);
        loop {
            let tried = match begun.take() {
                Some(code) => self.go_on(&firing.place, &Cancel::default(), code).await,
                None => self.attempt(&mut firing).await,
            };
            if let Some(peeks) = &self.shared.peeks {
                peeks.over(self.step, firing.place.key());
            }
            let Some(Tried { result, took, kept }) = tried else {
                return firing.end(FiringResult::Open, Duration::ZERO, None);
            };
            match result.map_err(|error| firing.retry.explained(error)) {
                Ok(mut gave) => {
                    disk.has_room();
                    self.keep(&firing, &mut gave, took, &mut listed);
                    return firing.end(FiringResult::Gave(gave), took, kept);
                }
                Err(error) if error.is_cancelled() && self.shared.control.is_stopping() => {
                    return firing.end(FiringResult::Open, took, kept);
                }
                Err(error) if let Some(question) = error.question().cloned() => {
                    drop(kept);
                    disk.has_room();
                    return firing.asks(question, took);
                }
                Err(error) if error.is_disk_full() => {
                    drop(kept);
                    if !disk.await_room(&error).await {
                        return firing.end(FiringResult::Open, took, None);
                    }
                }
                Err(error) => {
                    disk.has_room();
                    let is_final = self.is_final(&error, &firing);
                    let at_least = error.retry_wait();
                    note(&mut firing, &error, took);
                    if is_final {
                        self.keep_failure(&firing, &error, took);
                        return firing.end(FiringResult::Failed(error), took, kept);
                    }
                    drop(kept);
                    if !self.back_off(&firing, at_least).await {
                        return firing.end(FiringResult::Open, took, None);
                    }
                }
            }
        }
    }

    /// Asks for up to `count` children; gives what is left of the lot and where more come from, or why there are no more.
    pub async fn pull(&self, children: ErasedChildren, count: usize, lot: Lot) -> (Pulled, Duration) {
        let job = move || Ok(pull(children, count, &lot));
        if self.plan_step().spec.cost == Cost::Light {
            let began = Instant::now();
            return (guarded(job), began.elapsed());
        }
        match self.on_pool(&Place::root(), &Cancel::default(), self.terms(Share::default()), |_| job()).await {
            Some(Tried { result, took, .. }) => (result, took),
            None => (Err(NodeError::cancelled()), Duration::ZERO),
        }
    }

    fn plan_step(&self) -> &Step {
        &self.shared.plan.steps[self.step]
    }

    fn ctx(&self, firing: &Firing, share: &Share, cancel: &Cancel) -> Ctx {
        let step = self.plan_step();
        let seed = windlass_core::seed::firing_seed(self.shared.plan.seed, &step.name, &firing.place);
        let ctx = Ctx::new(firing.place.clone(), cancel.clone(), share.seen_by_node(), seed, self.doors.clone());
        ctx.in_order(firing.fed.clone())
    }

    /// Says that a try begins, once for each.
    fn say_firing(&self, firing: &mut Firing) {
        if let Some(what) = self.begins(firing) {
            self.shared.bus.send(what);
        }
    }

    /// Returns what is to be said when the next try begins, once for each.
    fn begins(&self, firing: &mut Firing) -> Option<What> {
        let attempt = attempt_number(firing);
        (std::mem::replace(&mut firing.said, attempt) != attempt).then(|| match firing.is_again {
            true => What::Recomputing { step: self.step, key: firing.place.key().to_string() },
            false => firing_begins(self.step, &firing.place, attempt),
        })
    }

    fn is_final(&self, error: &NodeError, firing: &Firing) -> bool {
        error.is_permanent() || firing.retry.failed.len() as u64 >= u64::from(self.plan_step().policy.retries)
    }

    /// Returns what a firing asks the machine for.
    fn share(&self) -> Share {
        let (spec, policy) = (&self.plan_step().spec, &self.plan_step().policy);
        let cores = u32::from(matches!(spec.cost, Cost::Cpu | Cost::Process));
        self.shared.broker.share(spec.needs, cores, &policy.device, self.shared.broken)
    }

    async fn lease(&self, share: Share) -> Option<Option<Lease>> {
        if share == Share::default() {
            return Some(None);
        }
        tokio::select! {
            biased;
            () = self.shared.control.stopped() => None,
            lease = self.shared.broker.lease(share, self.step) => lease.map(Some),
        }
    }

    /// Tries a firing once; `None`: the run was stopped before it began.
    async fn attempt(&self, firing: &mut Firing) -> Option<Tried> {
        let share = self.share();
        let cancel = self.shared.control.cancel.inner();
        let ctx = self.ctx(firing, &share, &cancel);
        if matches!(self.plan_step().spec.cost, Cost::Io | Cost::Process) {
            let lease = self.lease(share).await?;
            self.say_firing(firing);
            let tried = self.attempt_waiting(firing, &cancel, ctx).await?;
            let kept = lease.filter(|_| self.shared.broken.is(Rule::LeaseHeldWhileSending));
            return Some(Tried { kept, ..tried });
        }
        let (node, bag) = (self.plan_step().node.clone(), firing.retry.bag.clone());
        let begins = self.begins(firing);
        let (retry, is_replayable) = (self.replay(&firing.retry), self.is_replayable());
        let (chain, shared, place) = (self.chain.clone(), self.shared.clone(), firing.place.clone());
        let (granted, stop) = (share.clone(), cancel.clone());
        let mut keeping = self.keeping(firing);
        let known = keeping.known();
        let code = async move { gather(node.fire(bag, &ctx).await?, is_replayable, &retry) };
        let job = move |lease: &mut Option<Lease>| {
            let _inside = shared.handle.enter();
            if let Some(gave) = keeping.find() {
                return Ok(Polled::Came(Ok(gave)));
            }
            begins.into_iter().for_each(|what| shared.bus.send(what));
            let began = Instant::now();
            Ok(match Suspended::begin(code) {
                Polled::Came(Ok(mut gave)) => {
                    keeping.keep(&mut gave, began.elapsed());
                    let passage = Passage { shared: &shared, place: &place, cancel: &stop, share: &granted };
                    chain.go_on(&passage, &mut gave);
                    Polled::Came(Ok(gave))
                }
                Polled::Waits(code) => Polled::Waits(code.keeping(lease.take())),
                failed @ Polled::Came(Err(_)) => failed,
            })
        };
        let tried = self.on_pool(&firing.place, &cancel, self.terms(share), job).await?;
        firing.known = firing.known.take().or_else(|| known.get().cloned());
        self.finish(&firing.place, &cancel, tried).await
    }

    /// Tries a firing that waits for something outside; its children, if it has some, are made on the pool.
    async fn attempt_waiting(&self, firing: &Firing, cancel: &Cancel, ctx: Ctx) -> Option<Tried> {
        let (place, retry) = (&firing.place, &firing.retry);
        let (node, bag) = (self.plan_step().node.clone(), retry.bag.clone());
        let began = Instant::now();
        let caught = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(async {
            crate::user_code::Guarded::new(node.fire(bag, &ctx)).await
        }));
        let result = tokio::select! {
            biased;
            result = caught => result.unwrap_or_else(|panic| Err(crate::user_code::panicked(&*panic))),
            () = self.shared.control.cancelled() => Err(NodeError::cancelled()),
            () = self.timed_out() => Err(self.too_late()),
        };
        self.shared.programs.gone(self.step, place.key()).await;
        let (retry, is_replayable) = (self.replay(retry), self.is_replayable());
        match result {
            Ok(emission) if emission.children.is_some() => {
                self.on_pool(place, cancel, self.terms(Share::default()), move |_| {
                    gather(emission, is_replayable, &retry)
                })
                .await
            }
            result => {
                let result = result.and_then(|emission| gather(emission, is_replayable, &retry));
                Some(Tried { result, took: began.elapsed(), kept: None })
            }
        }
    }

    async fn timed_out(&self) {
        match self.plan_step().policy.timeout {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    }

    fn too_late(&self) -> NodeError {
        let limit = self.plan_step().policy.timeout.unwrap_or_default();
        NodeError::new(format!("the node did not come back within {}", windlass_core::units::print_duration(limit)))
            .hint("raise `timeout` in the node's policy if it needs longer")
    }

    /// Does a job on the pool; `None`: the run was stopped before it began.
    async fn on_pool<T: Send + 'static>(
        &self,
        place: &Place,
        cancel: &Cancel,
        terms: Terms,
        job: impl FnOnce(&mut Option<Lease>) -> Result<T, NodeError> + Send + 'static,
    ) -> Option<Tried<T>> {
        match compute::run(&self.shared, terms, job).await {
            Done::Came { result, took, kept } => Some(Tried { result, took, kept }),
            Done::Withdrawn => None,
            Done::Late { left_behind } => {
                cancel.cancel();
                if left_behind {
                    self.say_abandoned(place);
                }
                let took = self.plan_step().policy.timeout.unwrap_or_default();
                Some(Tried { result: Err(self.too_late()), took, kept: None })
            }
        }
    }

    fn say_abandoned(&self, place: &Place) {
        let threads = self.shared.left_behind.fetch_add(1, Ordering::AcqRel) + 1;
        self.shared.bus.send(What::Abandoned { step: self.step, key: place.key().to_string(), threads });
    }

    fn is_replayable(&self) -> bool {
        matches!(self.plan_step().spec.shape, Shape::Split { replayable: true } | Shape::Pair)
    }

    fn gathered(&self, emission: Emission, retry: &Retry) -> Result<Gave, NodeError> {
        gather(emission, self.is_replayable(), &self.replay(retry))
    }

    fn replay(&self, retry: &Retry) -> Retry {
        match self.shared.broken.is(Rule::ReplaySendsTwice) {
            true => Retry { skip: 0, names: 0, ..retry.clone() },
            false => retry.clone(),
        }
    }

    /// Waits before the next try, as the policy says; longer where the node knows that it makes no sense before.
    async fn back_off(&self, firing: &Firing, at_least: Option<Duration>) -> bool {
        let policy = &self.plan_step().policy;
        let failed = firing.retry.failed.len();
        let doubled = 2u32.saturating_pow(u32::try_from(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let wait = policy.backoff.saturating_mul(doubled).min(policy.backoff_max).max(at_least.unwrap_or_default());
        self.shared.bus.send(What::Retrying {
            step: self.step,
            key: firing.place.key().to_string(),
            attempt: u32::try_from(failed).unwrap_or(u32::MAX),
            cause: firing.retry.failed.last().map(|attempt| attempt.cause.clone()).unwrap_or_default(),
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        });
        tokio::select! {
            biased;
            () = self.shared.control.stopped() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}

/// Returns the event that a try begins.
pub fn firing_begins(step: StepId, place: &Place, attempt: u32) -> What {
    What::Firing { step, key: place.key().to_string(), name: place.name().to_owned(), attempt }
}

fn attempt_number(firing: &Firing) -> u32 {
    u32::try_from(firing.retry.failed.len() + 1).unwrap_or(u32::MAX)
}

fn note(firing: &mut Firing, error: &NodeError, took: Duration) {
    firing.retry.failed.push(attempt(error, took));
}

/// Returns what is told of a failed try.
pub fn attempt(error: &NodeError, took: Duration) -> Attempt {
    Attempt { cause: error.to_string(), took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX) }
}
