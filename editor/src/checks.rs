//! Problems of the graphs that are open, found beside the window: a change never waits for them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use windlass_core::doc::GraphDoc;
use windlass_core::plan::{Plan, Request, Step, compile};
use windlass_core::problem::{Problem, Severity};

use crate::host::{Host, HostFiles};

/// Findings that wait to be taken in; the checker waits then.
const BACKLOG: usize = 16;

/// What was found in a graph.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The revision that was looked at; `None` before the first time.
    pub revision: Option<u64>,
    /// All errors and warnings.
    pub problems: Vec<Problem>,
    /// How often each node runs, in words, where there are no errors.
    pub how_often: HashMap<String, String>,
    /// Nodes that run as one step, each with what that is called.
    pub together: Vec<Together>,
}

/// Nodes that run as one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// What the step is called.
    pub title: String,
    /// The names of the nodes.
    pub members: Vec<String>,
}

impl Checked {
    /// Returns the worst problem of each node whose name begins so; what lies in a node counts as its own.
    pub fn worst(&self, prefix: &str) -> HashMap<String, Severity> {
        let mut worst = HashMap::new();
        for problem in &self.problems {
            let Some(inner) = problem.node.as_deref().and_then(|node| node.strip_prefix(prefix)) else { continue };
            let id = inner.split(['/', ' ']).next().unwrap_or(inner).to_owned();
            let known = worst.entry(id).or_insert(problem.severity);
            *known = (*known).max(problem.severity);
        }
        worst
    }
}

/// Looks for problems, on a thread of its own; only the newest revision of each graph counts.
pub struct Checker {
    waiting: Arc<(Mutex<Queue>, Condvar)>,
    found: Receiver<(u64, Checked)>,
}

#[derive(Default)]
struct Queue {
    graphs: HashMap<u64, (u64, Arc<GraphDoc>)>,
    closed: bool,
}

impl Checker {
    /// Starts it. `wake` is called when something was found.
    pub fn start(host: Arc<dyn Host>, wake: impl Fn() + Send + 'static) -> Self {
        let waiting = Arc::new((Mutex::default(), Condvar::new()));
        let (tell, found) = sync_channel(BACKLOG);
        let queue = waiting.clone();
        let work = move || work(&queue, &*host, &tell, &wake);
        // Without the thread nothing is found, and everything else goes on.
        drop(std::thread::Builder::new().name("checks".into()).spawn(work));
        Self { waiting, found }
    }

    /// Asks for the problems of a graph.
    pub fn check(&self, graph: u64, revision: u64, doc: Arc<GraphDoc>) {
        let (queue, changed) = &*self.waiting;
        queue.lock().unwrap_or_else(PoisonError::into_inner).graphs.insert(graph, (revision, doc));
        changed.notify_one();
    }

    /// Returns what was found since.
    pub fn found(&self) -> impl Iterator<Item = (u64, Checked)> + '_ {
        self.found.try_iter()
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        let (queue, changed) = &*self.waiting;
        queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        changed.notify_one();
    }
}

fn work(waiting: &(Mutex<Queue>, Condvar), host: &dyn Host, tell: &SyncSender<(u64, Checked)>, wake: &dyn Fn()) {
    let registry = host.registry();
    while let Some((graph, revision, doc)) = next(waiting) {
        let files = HostFiles(host);
        let caller_folder = doc.path.as_deref().and_then(Path::parent).map_or_else(|| "/".into(), PathBuf::from);
        let compiled = compile(&Request { caller_folder, ..Request::new(&doc, &registry, &files) });
        let (how_often, together) =
            compiled.plan.iter().map(|plan| (how_often(plan), together(plan))).next().unwrap_or_default();
        let checked = Checked { revision: Some(revision), problems: compiled.problems, how_often, together };
        if tell.send((graph, checked)).is_err() {
            return;
        }
        wake();
    }
}

fn how_often(plan: &Plan) -> HashMap<String, String> {
    let of_step = |step: &Step| {
        let words = plan.scope_in_words(&step.scope);
        let members = step.members.iter().map(ToString::to_string);
        members.chain([step.name.clone()]).map(move |name| (name, words.clone())).collect::<Vec<_>>()
    };
    plan.steps.iter().flat_map(of_step).collect()
}

fn together(plan: &Plan) -> Vec<Together> {
    let steps = plan.steps.iter().filter(|step| step.members.len() > 1);
    let members = |step: &Step| step.members.iter().map(ToString::to_string).collect();
    steps.map(|step| Together { title: step.title.clone(), members: members(step) }).collect()
}

fn next((queue, changed): &(Mutex<Queue>, Condvar)) -> Option<(u64, u64, Arc<GraphDoc>)> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if queue.closed {
            return None;
        }
        let newest = queue.graphs.keys().next().copied();
        if let Some((graph, (revision, doc))) = newest.and_then(|graph| queue.graphs.remove_entry(&graph)) {
            return Some((graph, revision, doc));
        }
        queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}
