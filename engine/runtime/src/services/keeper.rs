//! What looks after one service: starts it, sees when it ends, starts it again with back-off, gives it up, stops it.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};
use windlass_core::node::NodeError;
use windlass_core::service::{Action, ErasedService, Figure, Phase, ServiceAbout, ServiceHandle, ServiceState};

use super::call::Call;
use super::watchers::Watchers;

/// Where the one who gave an order hears what came of it.
pub type Reply = oneshot::Sender<Result<(), NodeError>>;

/// What a keeper is told.
pub enum Order {
    /// A node of this run waits for the service.
    Need(u64),
    /// A person wants it to run.
    Start(Reply),
    /// A person wants it not to run.
    Stop(Reply),
    /// A person wants it to run anew.
    Restart(Reply),
    /// A person wants it to do something of its own.
    Act(String, Reply),
    /// The engine ends.
    Close,
}

/// What others see of a service.
#[derive(Clone)]
pub struct Seen {
    /// Its state.
    pub state: ServiceState,
    /// What nodes get, while it runs.
    pub running: Option<ServiceHandle>,
    /// The run in which it was given up last.
    pub given_up_in: u64,
}

/// Looks after one service.
pub struct Keeper {
    service: Arc<dyn ErasedService>,
    about: ServiceAbout,
    runtime: Handle,
    watchers: Arc<Watchers>,
    seen: watch::Sender<Seen>,
    /// The latest run that needed it.
    run: u64,
}

/// Why a service that was wanted is left alone now.
#[derive(PartialEq, Eq)]
enum Left {
    /// It was stopped, or given up.
    Resting,
    /// The engine ends.
    Closed,
}

/// How an attempt to run it came to its end.
enum Attempt {
    /// It ended by itself, or could not be started.
    Ended(NodeError),
    /// It is to run anew.
    Anew,
    /// It is to rest.
    Left(Left),
}

type Orders = mpsc::Receiver<Order>;

impl Keeper {
    /// Makes the keeper of a service that does not run.
    pub fn new(
        name: &str,
        service: Arc<dyn ErasedService>,
        watchers: Arc<Watchers>,
        runtime: Handle,
    ) -> (Self, watch::Receiver<Seen>) {
        let about = service.about();
        let state = ServiceState {
            name: name.to_owned(),
            title: about.title.clone(),
            state: Phase::Stopped,
            restarts: 0,
            cause: None,
            figures: Vec::new(),
            actions: vec![Action::new("start", "Start")],
        };
        let (seen, others) = watch::channel(Seen { state, running: None, given_up_in: 0 });
        (Self { service, about, runtime, watchers, seen, run: 0 }, others)
    }

    /// Looks after the service until the engine ends.
    pub async fn keep(mut self, mut orders: Orders) {
        while let Some(order) = orders.recv().await {
            let left = match order {
                Order::Need(run) if self.may_try(run) => self.run(&mut orders).await,
                Order::Start(reply) | Order::Restart(reply) => {
                    answer(reply, Ok(()));
                    self.run(&mut orders).await
                }
                Order::Need(_) => Left::Resting,
                Order::Stop(reply) => {
                    answer(reply, Ok(()));
                    Left::Resting
                }
                Order::Act(_, reply) => self.refuse(reply),
                Order::Close => Left::Closed,
            };
            if left == Left::Closed {
                return;
            }
        }
    }

    /// Returns whether a run may have the service started: not one that has seen it given up.
    fn may_try(&mut self, run: u64) -> bool {
        self.run = self.run.max(run);
        let seen = self.seen.borrow();
        seen.state.state != Phase::Failed || seen.given_up_in < run
    }

    /// Runs the service, again and again with back-off, until it is stopped or given up.
    async fn run(&mut self, orders: &mut Orders) -> Left {
        let mut in_a_row = 0;
        loop {
            let began = Instant::now();
            let cause = match self.attempt(orders).await {
                Attempt::Left(left) => return left,
                Attempt::Anew => {
                    in_a_row = 0;
                    continue;
                }
                Attempt::Ended(error) => error.to_string(),
            };
            in_a_row = if began.elapsed() > self.about.backoff_max { 1 } else { in_a_row + 1 };
            if in_a_row > self.about.restarts {
                return self.give_up(cause);
            }
            self.show(Phase::Waiting, Some(cause));
            if let Some(left) = self.back_off(orders, in_a_row).await {
                return left;
            }
            self.seen.send_modify(|seen| seen.state.restarts += 1);
        }
    }

    fn give_up(&mut self, cause: String) -> Left {
        let run = self.run;
        self.seen.send_modify(|seen| seen.given_up_in = run);
        self.show(Phase::Failed, Some(cause));
        Left::Resting
    }

    /// Waits before the next attempt; an order of a person shortens the wait.
    async fn back_off(&mut self, orders: &mut Orders, in_a_row: u32) -> Option<Left> {
        let doubled = 2_u32.saturating_pow(in_a_row - 1);
        let wait = sleep(self.about.backoff.saturating_mul(doubled).min(self.about.backoff_max));
        tokio::pin!(wait);
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match self.wanted(order) {
                    Wanted::Same => {}
                    Wanted::Anew => return None,
                    Wanted::Rest(left) => {
                        self.show(Phase::Stopped, None);
                        return Some(left);
                    }
                },
                () = &mut wait => return None,
            }
        }
    }

    /// Starts the service and stays with it to its end.
    async fn attempt(&mut self, orders: &mut Orders) -> Attempt {
        self.show(Phase::Starting, self.cause());
        let (limit, start) = (self.about.start_limit, self.service.clone().start());
        let mut call = match Call::begin(&self.about.name, &self.runtime, start) {
            Ok(call) => call,
            Err(error) => return Attempt::Ended(error),
        };
        let started = call.within(limit, "start");
        tokio::pin!(started);
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match self.wanted(order) {
                    Wanted::Same => {}
                    Wanted::Anew => return Attempt::Anew,
                    Wanted::Rest(left) => {
                        self.show(Phase::Stopped, None);
                        return Attempt::Left(left);
                    }
                },
                started = &mut started => return match started {
                    Ok(running) => self.stay_with(running, orders).await,
                    Err(error) => Attempt::Ended(error),
                },
            }
        }
    }

    /// Stays with a running service until it ends or somebody wants it to.
    async fn stay_with(&mut self, running: ServiceHandle, orders: &mut Orders) -> Attempt {
        self.seen.send_modify(|seen| seen.running = Some(running.clone()));
        self.show(Phase::Running, None);
        let attempt = self.watch(&running, orders).await;
        self.seen.send_modify(|seen| seen.running = None);
        let stopped = self.stop(running).await;
        match attempt {
            Attempt::Left(left) => {
                self.show(Phase::Stopped, stopped.err().map(|error| error.to_string()));
                Attempt::Left(left)
            }
            other => other,
        }
    }

    async fn watch(&mut self, running: &ServiceHandle, orders: &mut Orders) -> Attempt {
        let ended = self.service.clone().ended(running.clone());
        let ended: windlass_core::service::ServiceFuture<Result<(), NodeError>> =
            Box::pin(async move { Err(ended.await) });
        let mut ended = match Call::begin(&self.about.name, &self.runtime, ended) {
            Ok(call) => call,
            Err(error) => return Attempt::Ended(error),
        };
        loop {
            let mut look =
                Box::pin(look(self.service.clone(), self.about.clone(), self.runtime.clone(), running.clone()));
            let figures = loop {
                tokio::select! {
                    biased;
                    order = orders.recv() => match self.wanted_of(running, order) {
                        Wanted::Same => {}
                        Wanted::Anew => return Attempt::Anew,
                        Wanted::Rest(left) => return Attempt::Left(left),
                    },
                    end = ended.result() => return Attempt::Ended(end.err().unwrap_or_else(no_reason)),
                    figures = &mut look => break figures,
                }
            };
            match figures {
                Ok(figures) => self.show_figures(figures),
                Err(error) => return Attempt::Ended(error),
            }
        }
    }

    async fn stop(&self, running: ServiceHandle) -> Result<(), NodeError> {
        self.show(Phase::Stopping, self.cause());
        let mut call = Call::begin(&self.about.name, &self.runtime, self.service.clone().stop(running))?;
        let stopped = call.within(self.about.stop_limit, "stop").await;
        stopped.map_err(|error| error.within("it was left behind"))
    }

    /// Returns what an order means to a service that is not there yet.
    fn wanted(&mut self, order: Option<Order>) -> Wanted {
        match order {
            Some(Order::Act(_, reply)) => {
                self.refuse(reply);
                Wanted::Same
            }
            Some(Order::Start(reply)) => {
                answer(reply, Ok(()));
                Wanted::Same
            }
            other => self.wanted_in_any_case(other),
        }
    }

    /// Returns what an order means to a service that runs.
    fn wanted_of(&mut self, running: &ServiceHandle, order: Option<Order>) -> Wanted {
        match order {
            Some(Order::Act(action, reply)) => {
                self.act(running.clone(), action, reply);
                Wanted::Same
            }
            Some(Order::Start(reply)) => {
                answer(reply, Ok(()));
                Wanted::Same
            }
            other => self.wanted_in_any_case(other),
        }
    }

    fn wanted_in_any_case(&mut self, order: Option<Order>) -> Wanted {
        match order {
            Some(Order::Need(run)) => {
                self.run = self.run.max(run);
                Wanted::Same
            }
            Some(Order::Restart(reply)) => {
                answer(reply, Ok(()));
                Wanted::Anew
            }
            Some(Order::Stop(reply)) => {
                answer(reply, Ok(()));
                Wanted::Rest(Left::Resting)
            }
            Some(Order::Start(_) | Order::Act(..)) => Wanted::Same,
            Some(Order::Close) | None => Wanted::Rest(Left::Closed),
        }
    }

    fn refuse(&self, reply: Reply) -> Left {
        answer(reply, Err(NodeError::new(format!("the service `{}` does not run", self.about.name))));
        Left::Resting
    }

    /// Does an action beside everything else.
    fn act(&self, running: ServiceHandle, action: String, reply: Reply) {
        let (limit, what) = (self.about.action_limit, format!("do `{action}`"));
        let call = Call::begin(&self.about.name, &self.runtime, self.service.clone().act(running, action));
        self.runtime.spawn(async move {
            let done = match call {
                Ok(mut call) => call.within(limit, &what).await,
                Err(error) => Err(error),
            };
            answer(reply, done);
        });
    }

    /// What is seen is locked while it is looked at, so that it is copied.
    fn state(&self) -> ServiceState {
        self.seen.borrow().state.clone()
    }

    fn cause(&self) -> Option<String> {
        self.state().cause
    }

    fn show(&self, phase: Phase, cause: Option<String>) {
        self.seen.send_modify(|seen| {
            seen.state.state = phase;
            seen.state.cause = cause;
            seen.state.actions = self.actions(phase);
            if phase != Phase::Running {
                seen.state.figures.clear();
            }
        });
        self.watchers.tell(&self.state());
    }

    /// What counts and measures is told when it has changed.
    fn show_figures(&self, figures: Vec<Figure>) {
        let changed = self.seen.send_if_modified(|seen| {
            let changed = seen.state.figures != figures;
            seen.state.figures = figures;
            changed
        });
        if changed {
            self.watchers.tell(&self.state());
        }
    }

    fn actions(&self, phase: Phase) -> Vec<Action> {
        let stop = || vec![Action::new("restart", "Restart"), Action::new("stop", "Stop")];
        match phase {
            Phase::Stopped | Phase::Failed => vec![Action::new("start", "Start")],
            Phase::Starting | Phase::Waiting => stop(),
            Phase::Running => [stop(), self.about.actions.clone()].concat(),
            Phase::Stopping => Vec::new(),
        }
    }
}

/// What an order means.
enum Wanted {
    /// All goes on.
    Same,
    /// It is to run anew.
    Anew,
    /// It is to rest.
    Rest(Left),
}

/// Waits until it is time, and looks how the service is.
async fn look(
    service: Arc<dyn ErasedService>,
    about: ServiceAbout,
    runtime: Handle,
    running: ServiceHandle,
) -> Result<Vec<Figure>, NodeError> {
    sleep_until(Instant::now() + about.health_every).await;
    let mut call = Call::begin(&about.name, &runtime, service.health(running))?;
    call.within(about.health_limit, "say how it is").await
}

fn no_reason() -> NodeError {
    NodeError::new("it ended without saying why")
}

/// Whoever gave the order may have gone.
fn answer(reply: Reply, result: Result<(), NodeError>) {
    let _ = reply.send(result);
}
