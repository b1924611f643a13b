//! The supervisor of a run: starts the steps, notices when they have finished, died, or wait for each other, and ends
//! the run. It never awaits a node.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, PreparedActor};
use kameo::error::Infallible;
use kameo::message::{Context, Message};
use windlass_core::event::{EVENTS_VERSION, Outcome, What};
use windlass_core::plan::{OutputSource, StepId};

use crate::shared::Shared;
use crate::step::{Prepared, StepRef, ToStep, said};

/// How long firings may take to end after they were asked to.
const LAST_TIME: Duration = Duration::from_secs(2);

/// How the parts of a run reach its supervisor.
#[derive(Clone)]
pub struct SupervisorRef(ActorRef<Supervisor>);

/// What the supervisor is told.
pub enum ToSupervisor {
    /// A step has seen all its items.
    Finished,
    /// A step's actor died of a bug.
    Died {
        /// The step.
        step: usize,
        /// What the panic said.
        cause: String,
    },
    /// Nothing is under way.
    Quiet,
    /// The run is being stopped.
    Stopping,
    /// Firings under way have had their time, and are asked to end.
    GraceOver,
    /// They have had their time to end, too.
    TimeUp,
    /// A person has had the time that answers are waited for; the run had come to a rest at this number.
    PatienceOver(u64),
    /// There are no steps.
    Empty,
    /// What the steps wait for, after nothing moved.
    Stuck {
        /// What had begun when they were asked.
        begun: u64,
        /// What they wait for, in words.
        waits: Vec<String>,
    },
}

/// The supervisor of a run.
pub struct Supervisor {
    shared: Arc<Shared>,
    me: SupervisorRef,
    unfinished: usize,
    is_asking: bool,
    has_ended: bool,
}

/// A supervisor before it runs.
pub struct PreparedSupervisor {
    actor: PreparedActor<Supervisor>,
}

impl PreparedSupervisor {
    /// Prepares a supervisor.
    pub fn new() -> Self {
        Self { actor: PreparedActor::new(kameo::mailbox::unbounded()) }
    }

    /// Returns how to reach it.
    pub fn reference(&self) -> SupervisorRef {
        SupervisorRef(self.actor.actor_ref().clone())
    }

    /// Starts the supervisor and the steps.
    pub fn spawn(self, shared: Arc<Shared>) {
        let me = self.reference();
        let quiet = me.clone();
        shared.activity.on_quiet(move || quiet.tell(ToSupervisor::Quiet));
        say_constant_outputs(&shared);
        let starting = shared.activity.begin();
        let prepare = |step: &windlass_core::plan::Step| Prepared::new(&step.name, &shared.activity, &me);
        let actors = actors(&shared);
        let prepared: BTreeMap<_, _> =
            actors.iter().map(|first| (*first, prepare(&shared.plan.steps[*first]))).collect();
        let steps: Vec<StepRef> = actors.iter().map(|first| prepared[first].reference().clone()).collect();
        // Nobody else sets the steps, so that setting them cannot fail.
        let _ = shared.steps.set(steps.clone());
        let unfinished = prepared.len();
        self.actor.spawn(Supervisor {
            shared: shared.clone(),
            me: me.clone(),
            unfinished,
            is_asking: false,
            has_ended: false,
        });
        for (first, step) in prepared {
            step.spawn(first, &shared, &steps);
        }
        if unfinished == 0 {
            me.tell(ToSupervisor::Empty);
        }
        drop(starting);
    }
}

impl SupervisorRef {
    /// Tells the supervisor something; never waits.
    pub fn tell(&self, what: ToSupervisor) {
        // A supervisor that is gone has ended its run.
        let _ = self.0.tell(what).try_send();
    }
}

impl Actor for Supervisor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Message<ToSupervisor> for Supervisor {
    type Reply = ();

    async fn handle(&mut self, what: ToSupervisor, ctx: &mut Context<Self, ()>) {
        match what {
            ToSupervisor::Finished => self.finished(),
            ToSupervisor::Died { step, cause } => self.died(step, &cause),
            ToSupervisor::Quiet => self.quiet(),
            ToSupervisor::Stopping => self.stopping(),
            ToSupervisor::GraceOver => self.grace_over(),
            ToSupervisor::TimeUp => self.time_up(),
            ToSupervisor::PatienceOver(begun) => self.patience_over(begun),
            ToSupervisor::Empty => self.end(Outcome::Finished, None),
            ToSupervisor::Stuck { begun, waits } => self.stuck(begun, &waits),
        }
        if self.has_ended {
            ctx.stop();
        }
    }
}

impl Supervisor {
    fn finished(&mut self) {
        self.unfinished -= 1;
        if self.unfinished == 0 {
            let is_whole = self.shared.questions.left_open() == 0;
            self.end(if is_whole { Outcome::Finished } else { Outcome::Waiting }, None);
        }
    }

    fn died(&mut self, step: usize, cause: &str) {
        let name = &self.shared.plan.steps[step].name;
        let cause = format!("the engine's step `{name}` died of a bug: {cause}");
        self.end(Outcome::Bug, Some(cause));
    }

    /// Nothing is under way: the run waits for a person, has come to an early end, or is stuck.
    fn quiet(&mut self) {
        let Some(begun) = self.shared.activity.quiet_since() else { return };
        if self.has_ended || self.unfinished == 0 {
            return;
        }
        if let Some((outcome, cause)) = self.shared.control.stop_reason() {
            return self.end(outcome, Some(cause));
        }
        let is_paused = self.shared.control.is_paused();
        // Who paused or resumed meanwhile has begun something, and its end is told again.
        if is_paused || self.shared.activity.quiet_since() != Some(begun) {
            return;
        }
        if self.shared.questions.is_waiting() {
            return self.wait_for_answers(begun);
        }
        if !std::mem::replace(&mut self.is_asking, true) {
            self.ask_who_waits(begun);
        }
    }

    /// Nothing else can run: answers are waited for as long as they are to be, and then gone on without.
    fn wait_for_answers(&self, begun: u64) {
        match self.shared.questions.patience() {
            Duration::ZERO => self.patience_over(begun),
            patience => self.tell_later(patience, ToSupervisor::PatienceOver(begun)),
        }
    }

    fn patience_over(&self, begun: u64) {
        let is_at_rest = self.shared.activity.quiet_since() == Some(begun);
        // Who resumes a paused run begins something, and the run comes to a rest anew.
        if self.has_ended || !is_at_rest || self.shared.control.is_paused() {
            return;
        }
        self.shared.steps.get().into_iter().flatten().for_each(|step| step.tell(ToStep::LeaveOpen));
    }

    fn ask_who_waits(&self, begun: u64) {
        let (shared, me) = (self.shared.clone(), self.me.clone());
        self.shared.handle.spawn(async move {
            let mut waits = Vec::new();
            let all = shared.steps.get().into_iter().flatten().zip(actors(&shared)).enumerate();
            for (_, (step, _)) in all.filter(|(at, (_, actor))| at == actor) {
                waits.extend(step.waits().await.into_iter().map(|wait| format!("`{}`: {wait}", step.name())));
            }
            me.tell(ToSupervisor::Stuck { begun, waits });
        });
    }

    fn stuck(&mut self, begun: u64, waits: &[String]) {
        self.is_asking = false;
        if self.has_ended || self.unfinished == 0 {
            return;
        }
        if self.shared.activity.quiet_since() != Some(begun) {
            // Something moved since the question; if it has come to a rest again, the question stands anew.
            return self.quiet();
        }
        // A step that has died is the cause itself, and is told by whoever saw it die.
        let all_live = self.shared.steps.get().into_iter().flatten().all(StepRef::is_alive);
        if all_live && !self.shared.control.is_paused() {
            let cause = format!("nothing moves, although work is open: {}", waits.join("; "));
            self.end(Outcome::Bug, Some(cause));
        }
    }

    fn stopping(&mut self) {
        self.tell_later(self.shared.grace, ToSupervisor::GraceOver);
        self.quiet();
    }

    fn grace_over(&mut self) {
        if !self.has_ended {
            self.shared.control.cancel_all();
            self.tell_later(LAST_TIME, ToSupervisor::TimeUp);
        }
    }

    fn tell_later(&self, wait: Duration, what: ToSupervisor) {
        let me = self.me.clone();
        self.shared.handle.spawn(async move {
            tokio::time::sleep(wait).await;
            me.tell(what);
        });
    }

    fn time_up(&mut self) {
        if self.has_ended {
            return;
        }
        let (outcome, cause) = self.shared.control.stop_reason().unwrap_or((Outcome::Interrupted, String::new()));
        let state = self.shared.bus.run_state();
        let running = state.steps.iter().filter(|step| !step.running.is_empty());
        let names: Vec<_> = running.map(|step| format!("{} in `{}`", step.running.len(), step.info.name)).collect();
        let text = format!("firings that did not come to an end were left behind: {}", names.join(", "));
        self.shared.bus.send(What::Warning { text });
        self.end(outcome, Some(cause));
    }

    fn end(&mut self, outcome: Outcome, cause: Option<String>) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        // Where a bug ends the run, firings may still be under way, and programs with them.
        self.shared.control.cancel_all();
        self.shared.bus.send_last(What::RunFinished { outcome, cause });
        for step in self.shared.steps.get().into_iter().flatten() {
            step.kill();
        }
    }
}

/// Returns for each step the one whose actor it is part of: itself, or the first of those that are fused.
fn actors(shared: &Shared) -> Vec<StepId> {
    let mut actors: Vec<_> = (0..shared.plan.steps.len()).collect();
    // A step stands behind what feeds it, so that the actor of the first of a row is known before that of the others.
    for step in 0..actors.len() {
        if let Some((next, _)) = shared.fused(step) {
            actors[next] = actors[step];
        }
    }
    actors
}

/// Returns the event that begins a run.
pub fn run_started(shared: &Shared) -> What {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    What::RunStarted {
        version: EVENTS_VERSION,
        run: shared.name.clone(),
        graph: shared.plan.name.clone(),
        unix_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        seed: shared.plan.seed,
        steps: shared.step_infos(),
    }
}

/// Says the graph outputs that are graph inputs handed through.
fn say_constant_outputs(shared: &Shared) {
    for output in &shared.plan.outputs {
        if let OutputSource::Constant { value, .. } = &output.from {
            let (name, value) = (output.name.clone(), said(value));
            shared.bus.send(What::Output { name, key: String::new(), value });
        }
    }
}
