//! The engine and its runs, as the rest of the program holds them.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use windlass_core::context::Question;
use windlass_core::event::{Outcome, RunState, What};
use windlass_core::key::{Key, Place};
use windlass_core::node::NodeError;
use windlass_core::permission::Permissions;
use windlass_core::plan::Plan;
use windlass_core::service::ErasedService;
use windlass_store::Spill;

use crate::activity::Activity;
use crate::bus::{Audience, Bus};
use crate::chain::Followers;
use crate::control::Control;
use crate::gauges::Gauges;
use crate::keeping::Keeping;
use crate::lease::Broker;
use crate::memory::{Keeper, Memory};
use crate::objects::Objects;
use crate::options::{Machine, RunOptions};
use crate::pool::Pool;
use crate::programs::Programs;
use crate::questions::{OpenQuestion, Questions};
use crate::recall::{Memo, Recall};
use crate::sabotage::Broken;
use crate::services::Services;
use crate::shared::Shared;
use crate::step::ToStep;
use crate::supervisor::{PreparedSupervisor, SupervisorRef, ToSupervisor, run_started};

/// How long the end of the engine waits for code that does not come back.
const END: Duration = Duration::from_millis(500);

/// Share of the memory in which collected values wait before they move on to disk.
const KEPT_SHARE: u64 = 4;

/// Owns the threads and services that runs share. Dropping it stops the services, each within its limit, and leaves
/// hung code behind after half a second.
pub struct Engine {
    machine: Machine,
    runtime: Option<tokio::runtime::Runtime>,
    pool: Arc<Pool>,
    broker: Arc<Broker>,
    services: Services,
}

/// A run under way. Clones are handles of the same run.
#[derive(Clone)]
pub struct Run {
    pub(crate) shared: Arc<Shared>,
    supervisor: SupervisorRef,
}

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn new(machine: Machine) -> io::Result<Self> {
        Self::with_services(machine, &BTreeMap::new())
    }

    /// Starts the threads, and looks after services: what [`windlass_core::registry::Registry::services`] gives.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn with_services(machine: Machine, services: &BTreeMap<String, Arc<dyn ErasedService>>) -> io::Result<Self> {
        // Handlers are short; more threads than this only wake each other.
        let threads = (machine.cores as usize / 2).clamp(1, 4);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("engine")
            // Kinds that wait for servers, and their services, wait here.
            .enable_io()
            .enable_time()
            .build()?;
        let pool = Arc::new(Pool::new(machine.cores.max(1) as usize)?);
        let services = Services::new(services, runtime.handle());
        Ok(Self { broker: Broker::new(&machine), machine, runtime: Some(runtime), pool, services })
    }

    /// Returns the services, to be shown and acted upon.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Starts a run.
    ///
    /// # Errors
    /// Says what the plan asks for and was not granted ([`io::ErrorKind::PermissionDenied`]), or what the operating
    /// system refused.
    pub fn start(&self, plan: Arc<Plan>, options: RunOptions) -> io::Result<Run> {
        let Some(runtime) = &self.runtime else { return Err(io::Error::other("the engine has ended")) };
        refuse_what_was_not_granted(&plan, &options.granted)?;
        let _inside = runtime.enter();
        let audience = Audience::of(&options.watchers, options.journal.is_some());
        let bus = Bus::new(plan.secrets.clone(), plan.steps.len(), audience);
        let memo = memo(&plan, &options, &bus);
        let recalls = memo.as_ref().map(|memo| Recall::of_all(memo, &plan, options.fail_fast)).unwrap_or_default();
        if let Some(peeks) = &options.peeks {
            peeks.begin(plan.steps.len(), &plan.secrets);
        }
        let spill = Spill::new(options.spill_folder, options.codecs);
        let shared = Arc::new(Shared {
            name: options.name,
            followers: Followers::of(&plan),
            plan,
            recalls,
            explain: options.explain,
            bus: bus.clone(),
            control: Control::new(),
            activity: Arc::new(Activity::default()),
            broker: self.broker.clone(),
            pool: self.pool.clone(),
            prefetch: Arc::default(),
            memory: Memory::new(self.machine.memory_bytes),
            keeper: Keeper::new(self.machine.memory_bytes / KEPT_SHARE, spill, bus),
            services: self.services.clone(),
            service_run: OnceLock::new(),
            questions: Questions::new(options.wait_for_answers),
            notes: options.notes,
            objects: Objects::new(options.leases),
            programs: Programs::new(options.guard, self.machine.memory_bytes),
            files: options.files,
            granted: options.granted,
            fail_fast: options.fail_fast,
            wait_for_room: options.wait_for_room,
            grace: options.grace,
            left_behind: AtomicU64::new(0),
            cores: self.machine.cores.max(1),
            handle: runtime.handle().clone(),
            fuses: options.fuses,
            gauges: Gauges::default(),
            peeks: options.peeks,
            #[cfg(feature = "sabotage")]
            broken: Broken::new(options.broken),
            #[cfg(not(feature = "sabotage"))]
            broken: Broken::default(),
            steps: OnceLock::new(),
        });
        let keeping = options.journal.map(|journal| Keeping::new(journal, memo, &shared));
        shared.bus.show_to(options.watchers, keeping)?;
        let supervisor = PreparedSupervisor::new();
        let run = Run { shared: shared.clone(), supervisor: supervisor.reference() };
        shared.bus.send(run_started(&shared));
        for pin in &shared.plan.pins {
            shared.bus.send(What::Pinned { source: pin.source.clone(), hash: pin.hash.clone() });
        }
        // Nobody else sets the number, so that setting it cannot fail.
        let _ = shared.service_run.set(self.services.begin_run(&shared.plan, &shared.bus));
        supervisor.spawn(shared);
        Ok(run)
    }
}

/// Returns what a run remembers, where it does.
fn memo(plan: &Plan, options: &RunOptions, bus: &Arc<Bus>) -> Option<Arc<Memo>> {
    let remembers = options.journal.is_some() || options.explain.is_some();
    let results = options.results.clone().filter(|_| remembers)?;
    let how = (options.codecs.clone(), plan.secrets.clone());
    Some(Memo::new(&options.name, results, options.journal.clone(), how, options.past.clone(), bus.clone()))
}

/// Holds permissions for whoever starts a run, whatever it checked by itself.
fn refuse_what_was_not_granted(plan: &Plan, granted: &Permissions) -> io::Result<()> {
    let missing = granted.missing(&plan.permissions);
    let needed = plan.steps.iter().flat_map(|step| &step.spec.permissions).filter(|needed| !granted.cover(needed));
    match missing.into_iter().chain(needed).next() {
        None => Ok(()),
        Some(missing) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("the permission `{missing}` was not granted")))
        }
    }
}

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Nothing waits for it, or not any more.
    #[error("no question of `{step}` for item `{key}` waits for an answer")]
    NoQuestion {
        /// The step.
        step: String,
        /// The key of the item.
        key: String,
    },
    /// It is not of the type that was asked for.
    #[error(transparent)]
    Wrong(NodeError),
    /// It could not be kept.
    #[error("the answer could not be kept")]
    NotKept(#[source] NodeError),
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            self.services.stop_all();
            runtime.shutdown_timeout(END);
        }
    }
}

impl Run {
    /// Waits until the run has ended and every watcher has seen its last event; returns its final state.
    pub fn wait(&self) -> RunState {
        self.shared.bus.wait_closed();
        self.state()
    }

    /// Returns the state as of now.
    pub fn state(&self) -> RunState {
        self.shared.bus.run_state()
    }

    /// Starts nothing new until [`Run::resume`]. Returns whether it was not paused like this before.
    pub fn pause(&self, cause: &str) -> bool {
        self.shared.pause(cause)
    }

    /// Goes on after [`Run::pause`], unless a full disk holds it back. Returns whether it was paused like this.
    pub fn resume(&self) -> bool {
        self.shared.resume()
    }

    /// Returns why nothing new is started: a person's pause, or a full disk.
    pub fn pause_cause(&self) -> Option<String> {
        self.shared.control.pause_cause()
    }

    /// Returns whether the run has ended, or is coming to an end before its time.
    pub fn is_ending(&self) -> bool {
        self.shared.control.is_stopping() || self.shared.bus.has_ended()
    }

    /// Returns the questions that wait for a person now.
    pub fn questions(&self) -> Vec<OpenQuestion> {
        let steps = &self.shared.plan.steps;
        let all = self.shared.questions.all().into_iter();
        let open = |(step, key, name, question): (usize, Key, String, Question)| OpenQuestion {
            step: steps[step].name.clone(),
            key,
            name,
            question,
        };
        all.map(open).collect()
    }

    /// Answers a question as a person typed it; the firing that asked goes on.
    ///
    /// # Errors
    /// Says what is wrong with the answer, or that nobody waits for it.
    pub fn answer(&self, step: &str, key: &Key, typed: &str) -> Result<(), AnswerError> {
        let _busy = self.shared.activity.begin();
        let nobody = || AnswerError::NoQuestion { step: step.to_owned(), key: key.to_string() };
        let id = self.shared.plan.steps.iter().position(|known| known.name == step).ok_or_else(nobody)?;
        let question = self.shared.questions.get(id, key).ok_or_else(nobody)?;
        let answer = question.read(typed).map_err(AnswerError::Wrong)?;
        // Noted before the firing may go on; only the key counts for notes within a run.
        let place = key.places().iter().fold(Place::root(), |place, index| place.child(*index, None));
        self.shared.notes.put(step, &place, Question::note(), answer).map_err(AnswerError::NotKept)?;
        if !self.shared.questions.answered(id, key) {
            return Err(nobody());
        }
        if let Some(asking) = self.shared.steps.get().and_then(|steps| steps.get(id)) {
            asking.tell(ToStep::Answered { step: id, key: key.clone() });
        }
        Ok(())
    }

    /// Ends the run as a person asks for: interrupted, or, where it waits for room on the disk, because of that.
    pub fn interrupt(&self, cause: &str) {
        let is_full = self.shared.control.is_disk_full();
        self.stop(if is_full { Outcome::DiskFull } else { Outcome::Interrupted }, cause);
    }

    /// Ends the run before its time: firings under way finish, the rest stays open. Firings that go on beyond the grace
    /// time are asked to end, and left behind if they do not.
    pub fn stop(&self, outcome: Outcome, cause: &str) {
        self.shared.stop(outcome, cause);
        self.supervisor.tell(ToSupervisor::Stopping);
    }
}
