//! What the window asks of the program around it: kinds, files, places, runs. It knows nothing of how they come about.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use windlass_core::doc::Loader;
use windlass_core::permission::Permission;
use windlass_core::problem::Problem;
use windlass_core::registry::Registry;
use windlass_core::sections::Section;
use windlass_core::value::{Image, Value};
use windlass_runtime::{Peeks, Run, Watcher};
use windlass_store::runs::{Run as KeptRun, Runs};
use windlass_store::steering;

/// What a program says that keeps no runs.
const NO_RUNS: &str = "this program keeps no runs";

/// What the program around the window gives it.
pub trait Host: Send + Sync + 'static {
    /// Returns the kinds of nodes.
    fn registry(&self) -> Registry;

    /// Reads a file that a graph refers to.
    ///
    /// # Errors
    /// Says why it cannot be read, without naming the path again.
    fn load(&self, path: &Path) -> Result<Vec<u8>, String>;

    /// Returns the folder for unsaved edits of a graph; of one without a file, that of the person.
    fn recovery_folder(&self, graph: Option<&Path>) -> PathBuf;

    /// Returns the file in which the window remembers its layout: of the workspace of a graph, else that of the person.
    fn window_file(&self, graph: Option<&Path>) -> PathBuf;

    /// Returns the file that names the graphs which the person opened lately.
    fn recent_file(&self) -> PathBuf;

    /// Returns what a new graph may begin as.
    fn templates(&self) -> Vec<Template>;

    /// Decodes a picture file, to be shown.
    ///
    /// # Errors
    /// Says why it cannot be shown.
    fn picture(&self, bytes: &[u8]) -> Result<Image, String> {
        let _ = bytes;
        Err("this program decodes no pictures".into())
    }

    /// Returns the runs that are remembered where a graph lies; without one, in the current folder.
    ///
    /// # Errors
    /// Says why they cannot be read.
    fn runs(&self, graph: Option<&Path>) -> Result<Runs, String> {
        let _ = graph;
        Err(NO_RUNS.into())
    }

    /// Asks something of the process that works on a run, and waits until it has taken that.
    ///
    /// # Errors
    /// Says why nothing comes of it.
    fn steer(&self, run: &KeptRun, what: steering::Ask) -> Result<(), String> {
        let _ = (run, what);
        Err(NO_RUNS.into())
    }

    /// Answers what a run of another process asks about an item of a step, and waits until that has taken the answer.
    ///
    /// # Errors
    /// Says why it has not.
    fn answer(&self, graph: Option<&Path>, run: &KeptRun, item: (&str, &str), typed: &str) -> Result<(), String> {
        let _ = (graph, run, item, typed);
        Err(NO_RUNS.into())
    }

    /// Tells what the runs of a graph's workspace say about something. Takes its time.
    ///
    /// # Errors
    /// Says why they say nothing.
    fn tell(&self, graph: Option<&Path>, about: &Inquiry) -> Result<Vec<Section>, String> {
        let _ = (graph, about);
        Err(NO_RUNS.into())
    }

    /// Returns what an item gave, by port: the step and the key of an item of a run. Takes its time.
    ///
    /// # Errors
    /// Says why it cannot be shown any more.
    fn values(&self, graph: Option<&Path>, run: &str, item: (&str, &str)) -> Result<Vec<(String, Value)>, String> {
        let _ = (graph, run, item);
        Err(NO_RUNS.into())
    }

    /// Has a service of the engine do something, and waits until that is done.
    ///
    /// # Errors
    /// Says why it was not done.
    fn act(&self, service: &str, action: &str) -> Result<(), String> {
        let _ = (service, action);
        Err("this program has no services".into())
    }

    /// Starts a run, on the same engine and in the same workspace as the command line. Takes its time, and is never
    /// called where the window is drawn.
    ///
    /// # Errors
    /// Says what keeps the graph from running.
    fn start(&self, ask: Ask) -> Result<Begun, Refusal>;
}

/// What runs are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// How two runs differ.
    Compare {
        /// The name of the earlier one.
        old: String,
        /// The name of the later one.
        new: String,
    },
    /// What something was made of, or what became of it.
    Lineage(Traced, Way),
}

/// What is traced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traced {
    /// What an item gave.
    Item {
        /// The name of the run.
        run: String,
        /// The step.
        step: String,
        /// The key of the item.
        key: String,
    },
    /// A file.
    File(PathBuf),
}

/// Which way something is traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// To what it was made of.
    #[default]
    Up,
    /// To what became of it.
    Down,
}

/// What a new graph may begin as.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its name for people.
    pub title: String,
    /// What it does, in a few words.
    pub doc: String,
    /// Its text.
    pub text: String,
}

/// What is to run.
pub struct Ask {
    /// The file of the graph.
    pub graph: PathBuf,
    /// The graph as the window has it, saved or not; `None`: as it stands on the disk.
    pub text: Option<String>,
    /// What of it.
    pub errand: Errand,
    /// What the person has granted.
    pub granted: Vec<Permission>,
    /// Sees the events of the run.
    pub watcher: Box<dyn Watcher>,
    /// Sees the newest values of its steps.
    pub peeks: Arc<Peeks>,
}

/// Warnings about the workspace of a run; more may come until its end.
pub type Warned = Arc<Mutex<Vec<String>>>;

/// What a run is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Errand {
    /// All of the graph.
    #[default]
    Whole,
    /// What this node needs, and the node.
    Until(String),
    /// What is missing in this run, as it was called, with the graph as it was when it began.
    Resume(String),
    /// What failed in a run, and what depends on that: a new run, with the graph as it is now.
    Retry {
        /// The run.
        run: String,
        /// Only this item: its step, and its key.
        item: Option<(String, String)>,
    },
}

/// A run that began.
pub struct Begun {
    /// The run.
    pub run: Run,
    /// What goes wrong beside it, in the workspace.
    pub warned: Warned,
}

/// Why a graph does not run.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It asks for something that nobody has granted.
    Asks(Vec<Permission>),
    /// It has problems.
    Problems(Vec<Problem>),
    /// Something else, in words.
    Said(String),
}

/// Brings files for the checker.
pub(crate) struct HostFiles<'a>(pub &'a dyn Host);

impl Loader for HostFiles<'_> {
    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.0.load(path)
    }
}
