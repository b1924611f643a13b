//! The kameo actor of a step: an unbounded mailbox whose content the credits bound, and one call per message.

use std::sync::Arc;

use kameo::Actor;
use kameo::actor::{ActorRef, PreparedActor};
use kameo::error::{ActorStopReason, Infallible};
use kameo::message::{Context, Message as Handles};

use super::{Step, ToStep};
use crate::activity::{Activity, Busy};
use crate::message::Message;
use crate::shared::Shared;
use crate::supervisor::{SupervisorRef, ToSupervisor};

/// How the parts of a run reach a step. Telling never waits.
#[derive(Clone)]
pub struct StepRef {
    actor: ActorRef<StepActor>,
    activity: Arc<Activity>,
    supervisor: SupervisorRef,
    name: Arc<str>,
}

/// A message with the mark that it is under way.
struct Envelope {
    what: Inner,
    /// Absent for questions, which are no work.
    _busy: Option<Busy>,
}

enum Inner {
    Begin,
    Step(ToStep),
    Describe(tokio::sync::oneshot::Sender<Vec<String>>),
}

/// The actor of a step.
pub struct StepActor {
    step: Step,
}

/// A step's actor before it runs: it can be told already.
pub struct Prepared {
    actor: PreparedActor<StepActor>,
    reference: StepRef,
}

impl Prepared {
    /// Prepares the actor of a step.
    pub fn new(name: &str, activity: &Arc<Activity>, supervisor: &SupervisorRef) -> Self {
        let actor = PreparedActor::new(kameo::mailbox::unbounded());
        let reference = StepRef {
            actor: actor.actor_ref().clone(),
            activity: activity.clone(),
            supervisor: supervisor.clone(),
            name: name.into(),
        };
        Self { actor, reference }
    }

    /// Returns how to reach the actor.
    pub fn reference(&self) -> &StepRef {
        &self.reference
    }

    /// Starts the actor. The supervisor is told if it dies of a bug.
    pub fn spawn(self, id: usize, shared: &Arc<Shared>, steps: &[StepRef]) {
        let step = Step::new(id, shared, &self.reference, steps);
        let supervisor = self.reference.supervisor.clone();
        let reference = self.reference.clone();
        let handle = self.actor.spawn(StepActor { step });
        shared.handle.spawn(async move {
            if let Some(cause) = died(handle.await) {
                supervisor.tell(ToSupervisor::Died { step: id, cause });
            }
        });
        reference.send(Inner::Begin);
    }
}

impl StepRef {
    /// Returns the name of the step.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Delivers messages on an input.
    pub fn deliver(&self, input: usize, messages: Vec<Message>) {
        self.tell(ToStep::Deliver { input, messages });
    }

    /// Lets the step look for work.
    pub fn wake(&self) {
        self.tell(ToStep::Wake);
    }

    /// Tells the step something.
    pub fn tell(&self, what: ToStep) {
        self.send(Inner::Step(what));
    }

    /// Says that the step has seen all its items.
    pub fn finished(&self) {
        self.supervisor.tell(ToSupervisor::Finished);
    }

    /// Asks what the step waits for.
    pub async fn waits(&self) -> Vec<String> {
        let (answer, waits) = tokio::sync::oneshot::channel();
        let _ = self.actor.tell(Envelope { what: Inner::Describe(answer), _busy: None }).try_send();
        waits.await.unwrap_or_default()
    }

    /// Returns whether the actor runs.
    pub fn is_alive(&self) -> bool {
        self.actor.is_alive()
    }

    /// Ends the actor; what it holds is dropped.
    pub fn kill(&self) {
        self.actor.kill();
    }

    fn send(&self, what: Inner) {
        // An actor that is gone was ended with its run, or has died, which its supervisor is told.
        let _ = self.actor.tell(Envelope { what, _busy: Some(self.activity.begin()) }).try_send();
    }
}

impl Actor for StepActor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Handles<Envelope> for StepActor {
    type Reply = ();

    async fn handle(&mut self, envelope: Envelope, _: &mut Context<Self, ()>) {
        match envelope.what {
            Inner::Begin => self.step.begin(),
            Inner::Step(what) => self.step.take(what),
            // Whoever asked may have gone.
            Inner::Describe(answer) => drop(answer.send(self.step.waits())),
        }
    }
}

type Ended = Result<Result<(StepActor, ActorStopReason), kameo::error::PanicError>, tokio::task::JoinError>;

fn died(ended: Ended) -> Option<String> {
    match ended {
        Ok(Ok((_, ActorStopReason::Panicked(panic)))) | Ok(Err(panic)) => Some(panic.to_string()),
        Ok(Ok(_)) => None,
        Err(error) => (!error.is_cancelled()).then(|| error.to_string()),
    }
}
