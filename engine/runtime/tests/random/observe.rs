//! Runs a graph and keeps its events; what hangs is left behind with all that is known about it.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windlass_core::context::{IfExists, Saved};
use windlass_core::event::{Event, Outcome, RunState};
use windlass_core::node::NodeError;
use windlass_core::plan::Plan;
use windlass_runtime::{Engine, Files, Run, RunOptions, Watcher};

/// What was seen of a run.
pub struct Seen {
    pub state: RunState,
    pub events: Vec<Event>,
    /// Whether nothing came of it any more.
    pub hung: bool,
}

/// What happens to a run from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Nothing.
    Straight,
    /// It is held back and let go, again and again.
    Paused,
    /// It is stopped after a while.
    Stopped(Duration),
}

/// Runs a plan to its end. It counts as hung when there was no event for as long as `patience` says, which is
/// thousands of times what its slowest node takes.
pub fn run(engine: &Engine, plan: Plan, options: RunOptions, course: Course, patience: Duration) -> Seen {
    let events = Arc::new(Mutex::new(Vec::new()));
    let options = RunOptions { watchers: vec![Box::new(Keep(events.clone()))], ..options };
    let run = engine.start(Arc::new(plan), options).unwrap();
    let (ended, end) = sync_channel(1);
    let waiting = run.clone();
    let wait = move || {
        // Nobody listens any more where the run was given up.
        let _ = ended.send(waiting.wait());
    };
    std::thread::Builder::new().name("waiting".into()).spawn(wait).unwrap();
    disturb(&run, course);
    let state = await_end(&end, &events, patience);
    let hung = state.is_none();
    if hung {
        run.stop(Outcome::Interrupted, "it hangs");
    }
    let state = state.unwrap_or_else(|| run.state());
    Seen { state, events: std::mem::take(&mut *events.lock().unwrap()), hung }
}

fn disturb(run: &Run, course: Course) {
    match course {
        Course::Straight => {}
        Course::Paused => {
            for _ in 0..5 {
                run.pause("a test holds it back");
                std::thread::sleep(Duration::from_micros(200));
                run.resume();
                std::thread::sleep(Duration::from_micros(100));
            }
        }
        Course::Stopped(after) => {
            std::thread::sleep(after);
            run.stop(Outcome::Interrupted, "a test stops it");
        }
    }
}

fn await_end(end: &Receiver<RunState>, events: &Mutex<Vec<Event>>, patience: Duration) -> Option<RunState> {
    let mut seen = 0;
    loop {
        match end.recv_timeout(patience) {
            Ok(state) => return Some(state),
            Err(RecvTimeoutError::Timeout) if events.lock().unwrap().len() > seen => {
                seen = events.lock().unwrap().len();
            }
            Err(_) => return None,
        }
    }
}

/// Returns options for a run that keeps to all rules.
pub fn options() -> RunOptions {
    RunOptions { wait_for_room: false, ..RunOptions::new("random", Arc::new(NoFiles)) }
}

struct Keep(Arc<Mutex<Vec<Event>>>);

impl Watcher for Keep {
    fn event(&mut self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn save(
        &self,
        _: &str,
        _: &Path,
        _: IfExists,
        _: &mut dyn FnMut(&mut dyn Write) -> Result<(), NodeError>,
    ) -> Result<Saved, NodeError> {
        Err(NodeError::new("nothing is written here"))
    }

    fn abandon(&self) {}
}
