//! What a run is given beyond its plan.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use windlass_core::context::{Files, Notes};
use windlass_core::event::Event;
use windlass_core::permission::Permissions;
use windlass_core::value::Codecs;
pub use windlass_process::Guard;
use windlass_store::journal::Journal;
use windlass_store::{Leases, Past};

use crate::peeks::Peeks;
use crate::questions::NotesInMemory;
pub use crate::recall::{Explain, Known, Results};

/// How long firings under way may go on after a stop, unless the options say otherwise.
const GRACE: Duration = Duration::from_secs(10);

/// What the engine may use of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Processor cores for computing nodes, at least 1 (`--jobs`).
    pub cores: u32,
    /// Memory for values in flight and for what nodes ask for, in bytes (`--memory`).
    pub memory_bytes: u64,
    /// Devices beside the processor, `cuda:0`.
    pub devices: Vec<String>,
}

/// Sees every event of a run once, in order, on a thread of its own; a slow one slows the run's sources down.
pub trait Watcher: Send {
    /// Takes the next event.
    fn event(&mut self, event: &Event);

    /// Returns whether it wants to be told of each item of light steps. Where nobody does, what these do is counted, and
    /// told from time to time as [`windlass_core::event::What::Counted`], which costs next to nothing.
    fn wants_each_item(&self) -> bool {
        true
    }

    /// Says why no events come for a while: they cannot be kept, and nobody is told of what could be lost.
    fn held_up(&mut self, _cause: &str) {}
}

/// What a run is given beyond its plan.
pub struct RunOptions {
    /// Name of the run.
    pub name: String,
    /// What the caller has granted; a plan that asks for more does not start.
    pub granted: Permissions,
    /// Overrides `on_error` of all steps: `true` stops the run at the first failed item, `false` never does.
    pub fail_fast: Option<bool>,
    /// Whether a full disk pauses the run (`true`) or ends it.
    pub wait_for_room: bool,
    /// How long firings under way may go on after a person stopped the run, before they are asked to end.
    pub grace: Duration,
    /// How values are put on disk that wait in collects and find no room in memory.
    pub codecs: Codecs,
    /// Where they are put; a folder of the run's own is made below it when it is needed.
    pub spill_folder: PathBuf,
    /// Writes the files of sinks.
    pub files: Arc<dyn Files>,
    /// How long the run waits for the answers of a person when nothing else can be done; then it goes on without them.
    pub wait_for_answers: Duration,
    /// What firings keep from one try to the next, the answers to their questions among it.
    pub notes: Arc<dyn Notes>,
    /// The leases on objects that firings may take; `None` where nobody shares anything.
    pub leases: Option<Arc<Leases>>,
    /// The executable under which programs run; its `main` begins with [`crate::guard_if_asked`].
    pub guard: Guard,
    /// Whether light steps that follow each other are fused, as [`windlass_core::plan::Plan::fused`] says.
    pub fuses: bool,
    /// Keeps what happens, before anybody sees it.
    pub journal: Option<Arc<Journal>>,
    /// What firings gave is kept and found again here; only with a journal.
    pub results: Option<Results>,
    /// What earlier processes did for this very run.
    pub past: Option<Arc<Past>>,
    /// Is told what would run; then nothing does that costs anything.
    pub explain: Option<Arc<dyn Explain>>,
    /// Sees the events.
    pub watchers: Vec<Box<dyn Watcher>>,
    /// Sees the newest values of steps.
    pub peeks: Option<Arc<Peeks>>,
    /// A rule that this run breaks on purpose.
    #[cfg(feature = "sabotage")]
    pub broken: Option<crate::sabotage::Rule>,
}

impl RunOptions {
    /// Returns options without journal, past, watchers, codecs and grants: failures count as the graph says, a full disk is waited for.
    pub fn new(name: impl Into<String>, files: Arc<dyn Files>) -> Self {
        Self {
            name: name.into(),
            granted: Permissions::default(),
            fail_fast: None,
            wait_for_room: true,
            grace: GRACE,
            codecs: Codecs::default(),
            spill_folder: std::env::temp_dir(),
            files,
            wait_for_answers: Duration::ZERO,
            notes: Arc::new(NotesInMemory::default()),
            leases: None,
            guard: Guard::default(),
            fuses: true,
            journal: None,
            results: None,
            past: None,
            explain: None,
            watchers: Vec::new(),
            peeks: None,
            #[cfg(feature = "sabotage")]
            broken: None,
        }
    }
}
