//! What the parts of a run share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use windlass_core::context::Notes;
use windlass_core::event::{Outcome, StepInfo, What};
use windlass_core::permission::Permissions;
use windlass_core::plan::{Plan, StepId};
use windlass_core::value::Bag;

use crate::activity::Activity;
use crate::bus::Bus;
use crate::chain::Followers;
use crate::control::Control;
use crate::gauges::Gauges;
use crate::lease::Broker;
use crate::memory::{Keeper, Memory};
use crate::objects::Objects;
use crate::options::Files;
use crate::peeks::Peeks;
use crate::pool::Pool;
use crate::prefetch::Prefetch;
use crate::programs::Programs;
use crate::questions::Questions;
use crate::recall::{Explain, Recall, is_away};
use crate::sabotage::Broken;
use crate::services::Services;
use crate::step::StepRef;

/// What the parts of a run share.
pub struct Shared {
    /// Name of the run.
    pub name: String,
    /// The plan.
    pub plan: Arc<Plan>,
    /// Which step computes on with what another gives.
    pub followers: Followers,
    /// The events.
    pub bus: Arc<Bus>,
    /// Whether new work may start.
    pub control: Control,
    /// What is under way.
    pub activity: Arc<Activity>,
    /// Grants shares of the machine.
    pub broker: Arc<Broker>,
    /// Runs code that blocks.
    pub pool: Arc<Pool>,
    /// Has files read that are needed soon.
    pub prefetch: Arc<Prefetch>,
    /// Values in flight.
    pub memory: Arc<Memory>,
    /// Where collected values wait.
    pub keeper: Keeper,
    /// Questions that wait for a person.
    pub questions: Questions,
    /// What firings keep from one try to the next.
    pub notes: Arc<dyn Notes>,
    /// Objects that firings hold.
    pub objects: Objects,
    /// Programs that run.
    pub programs: Programs,
    /// The services of packs.
    pub services: Services,
    /// Which run of the engine this is, for its services.
    pub service_run: OnceLock<u64>,
    /// Writes the files of sinks.
    pub files: Arc<dyn Files>,
    /// What the caller has granted.
    pub granted: Permissions,
    /// Overrides `on_error` of all steps.
    pub fail_fast: Option<bool>,
    /// Whether a full disk pauses the run or ends it.
    pub wait_for_room: bool,
    /// How long firings under way may go on after a person stopped the run.
    pub grace: Duration,
    /// Threads of the pool that were left behind.
    pub left_behind: AtomicU64,
    /// Cores of the machine.
    pub cores: u32,
    /// The tokio runtime.
    pub handle: tokio::runtime::Handle,
    /// Whether light steps that follow each other are fused.
    pub fuses: bool,
    /// What the steps gave before, where that counts.
    pub recalls: Vec<Option<Arc<Recall>>>,
    /// Is told what would run, where nothing is to.
    pub explain: Option<Arc<dyn Explain>>,
    /// How full the edges are.
    pub gauges: Gauges,
    /// Sees the newest values of steps, where somebody looks.
    pub peeks: Option<Arc<Peeks>>,
    /// Rules that a test breaks.
    pub broken: Broken,
    /// The steps' actors, once they are there.
    pub steps: OnceLock<Vec<StepRef>>,
}

impl Shared {
    /// Returns what a step gave before, where that counts.
    pub fn recall(&self, step: StepId) -> Option<Arc<Recall>> {
        self.recalls.get(step).cloned().flatten()
    }

    /// Returns whether the code of a step can be called at once: nothing is remembered of it, and it can read all that is in
    /// a bag.
    pub fn recalls_nothing(&self, step: StepId, bag: &Bag) -> bool {
        let plan = &self.plan.steps[step];
        self.recalls.is_empty()
            || (self.recalls[step].is_none() && !bag.iter().any(|(name, value)| is_away(plan, name, value)))
    }

    /// Lets every step look for work again.
    pub fn wake_all(&self) {
        for step in self.steps.get().into_iter().flatten() {
            step.wake();
        }
    }

    /// Holds new work back. Like resuming and stopping, this counts as under way: between the change and the waking of
    /// the steps, a run that is about to move must not look stuck. Returns whether it was not held back like this before.
    pub fn pause(&self, cause: &str) -> bool {
        let _busy = self.activity.begin();
        let is_new = self.control.pause(cause);
        if is_new {
            self.bus.send(What::Paused { cause: cause.to_owned() });
        }
        is_new
    }

    /// Lets new work start. Returns whether it was held back by a person.
    pub fn resume(&self) -> bool {
        let _busy = self.activity.begin();
        let was_paused = self.control.resume();
        if was_paused {
            self.go_on();
        }
        was_paused
    }

    /// Holds new work back because the disk is full; `true` for the one who has to try again from time to time.
    pub fn disk_is_full(&self, cause: &str) -> bool {
        let is_first = self.control.disk_is_full(cause);
        if is_first {
            self.bus.send(What::Paused { cause: cause.to_owned() });
        }
        is_first
    }

    /// Lets new work start after a full disk.
    pub fn disk_has_room(&self) {
        let _busy = self.activity.begin();
        self.control.disk_has_room();
        self.go_on();
    }

    /// Says that the run goes on, or what still holds it back.
    fn go_on(&self) {
        match self.control.pause_cause() {
            Some(cause) => self.bus.send(What::Paused { cause }),
            None => {
                self.bus.send(What::Resumed);
                self.wake_all();
            }
        }
    }

    /// Brings the run to an end before its time.
    pub fn stop(&self, outcome: Outcome, cause: &str) {
        let _busy = self.activity.begin();
        if self.control.stop(outcome, cause) {
            self.bus.send(What::Stopping { cause: cause.to_owned() });
            self.wake_all();
        }
    }

    /// Returns the step that a step is fused with, behind it, and the port between them. What is remembered fires by itself.
    pub fn fused(&self, step: StepId) -> Option<(StepId, Arc<str>)> {
        let next = self.plan.fused(step).filter(|_| self.fuses && self.recall(step).is_none());
        next.filter(|(next, _)| self.recall(*next).is_none())
    }

    /// Returns the steps that are fused to one, behind it, with the ports between them.
    pub fn fused_from(&self, first: StepId) -> (Vec<StepId>, Vec<Arc<str>>) {
        let (mut steps, mut ports) = (vec![first], Vec::new());
        while let Some((next, port)) = steps.last().and_then(|last| self.fused(*last)) {
            steps.push(next);
            ports.push(port);
        }
        (steps, ports)
    }

    /// Returns the steps as events know them.
    pub fn step_infos(&self) -> Vec<StepInfo> {
        let info = |(at, step): (usize, &windlass_core::plan::Step)| StepInfo {
            name: step.name.clone(),
            title: step.title.clone(),
            kind: step.spec.kind.clone(),
            scope: step.scope.clone(),
            rows: self.plan.rows.get(at).cloned().unwrap_or_default(),
            members: step.members.iter().map(ToString::to_string).collect(),
        };
        self.plan.steps.iter().enumerate().map(info).collect()
    }
}
