//! A place to run a graph and look at what happened.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::doc::{self, Loader, NoFiles};
use windlass_core::event::{Event, RunState, What};
use windlass_core::plan::{Plan, Request, compile};
use windlass_core::problem::render;
use windlass_core::registry::{Pack, Registry};
use windlass_runtime::{Engine, Machine, Run, RunOptions, Watcher};

/// Compiles a graph of the fault kit, and of further packs.
pub fn plan(text: &str, more: impl IntoIterator<Item = Pack>) -> Arc<Plan> {
    plan_among(text, more, &NoFiles)
}

/// Compiles a graph that uses others, as `/graphs/test.yaml`.
pub fn plan_among(text: &str, more: impl IntoIterator<Item = Pack>, files: &dyn Loader) -> Arc<Plan> {
    let registry = Registry::new([windlass_fault::pack()].into_iter().chain(more)).unwrap();
    let text = format!("windlass: 1\n{text}");
    let read = doc::read("test.yaml", text.as_bytes(), Some(Path::new("/graphs/test.yaml")));
    let doc = read.doc.unwrap();
    let compiled = compile(&Request::new(&doc, &registry, files));
    let problems: Vec<_> = compiled.problems.iter().map(|problem| render(problem, false)).collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{}", problems.join("\n"))))
}

/// Returns an engine of two cores.
pub fn engine() -> Engine {
    Engine::new(Machine { cores: 2, memory_bytes: 64 << 20, devices: Vec::new() }).unwrap()
}

/// Returns options whose events are kept.
pub fn options(seen: &Seen) -> RunOptions {
    let mut options = RunOptions::new("test", Arc::new(NoDisk));
    options.watchers.push(Box::new(seen.clone()));
    options
}

/// Runs a graph to its end.
pub fn run(text: &str) -> (RunState, Vec<Event>) {
    let (engine, seen) = (engine(), Seen::default());
    let state = start(&engine, text, &seen).wait();
    (state, seen.events())
}

/// Starts a graph.
pub fn start(engine: &Engine, text: &str, seen: &Seen) -> Run {
    engine.start(plan(text, []), options(seen)).unwrap()
}

/// Events as they come; others may wait for one.
#[derive(Clone, Default)]
pub struct Seen(Arc<(Mutex<Vec<Event>>, Condvar)>);

impl Seen {
    /// Returns all events so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.0.lock().unwrap().clone()
    }

    /// Waits until an event is there.
    pub fn wait_for(&self, is_it: impl Fn(&What) -> bool) {
        let mut events = self.0.0.lock().unwrap();
        while !events.iter().any(|event| is_it(&event.what)) {
            events = self.0.1.wait(events).unwrap();
        }
    }
}

impl Watcher for Seen {
    fn event(&mut self, event: &Event) {
        self.0.0.lock().unwrap().push(event.clone());
        self.0.1.notify_all();
    }
}

/// Files that are never written.
struct NoDisk;

impl Files for NoDisk {
    fn save<'a>(&'a self, _: &'a str, path: &'a std::path::Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async move { Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Skipped, content: None }) })
    }

    fn abandon(&self) {}
}

/// Asserts that at each step the fates of all admitted items add up.
pub fn assert_sums(state: &RunState) {
    for step in &state.steps {
        assert_eq!(step.done() + step.open(), step.admitted, "{}", step.info.name);
    }
}

/// Returns the state of a step.
pub fn step<'a>(state: &'a RunState, name: &str) -> &'a windlass_core::event::StepState {
    state.steps.iter().find(|step| step.info.name == name).unwrap()
}
