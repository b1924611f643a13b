//! Runs a graph and keeps its events; what hangs is left behind with all that is known about it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windlass_core::context::{Content, IfExists, Saving};
use windlass_core::event::{Event, Outcome, RunState, What};
use windlass_core::key::Key;
use windlass_core::node::NodeError;
use windlass_core::plan::Plan;
use windlass_runtime::{Engine, Files, Run, RunOptions, Watcher};

use crate::reference::{At, answer_of};

/// Questions that may wait for the person of the tests.
const QUESTIONS: usize = 100_000;

/// What was seen of a run.
pub struct Seen {
    pub state: RunState,
    pub events: Vec<Event>,
    /// Whether nothing came of it any more.
    pub hung: bool,
}

impl Seen {
    /// Returns the items whose questions were not answered in time.
    pub fn unanswered(&self) -> BTreeSet<At> {
        let mut open = BTreeSet::new();
        for event in &self.events {
            match &event.what {
                What::Asked { step, key, .. } => drop(open.insert((*step, key.parse().unwrap()))),
                What::Answered { step, key } => drop(open.remove(&(*step, key.parse().unwrap()))),
                _ => {}
            }
        }
        open
    }
}

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    pub happens: Happens,
    pub tells: Tells,
}

/// What happens to a run from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happens {
    Nothing,
    /// It is held back and let go, again and again.
    Pauses,
    /// It is stopped after a while.
    Stop(Duration),
}

/// What those who watch a run want to be told of light steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    EachItem,
    Sums,
}

impl Course {
    /// Nothing happens to the run.
    pub fn straight(tells: Tells) -> Self {
        Self { happens: Happens::Nothing, tells }
    }
}

/// Runs a plan to its end. It counts as hung when there was no event for as long as `patience` says, which is
/// thousands of times what its slowest node takes.
pub fn run(engine: &Engine, plan: Plan, options: RunOptions, course: Course, patience: Duration) -> Seen {
    let events = Arc::new(Mutex::new(Vec::new()));
    let (ask, asked) = sync_channel(QUESTIONS);
    let steps = plan.steps.iter().map(|step| step.name.clone()).collect();
    let keep = Keep { events: events.clone(), ask, steps, wants_each_item: course.tells == Tells::EachItem };
    let options = RunOptions { watchers: vec![Box::new(keep)], ..options };
    let run = engine.start(Arc::new(plan), options).unwrap();
    let (ended, end) = sync_channel(1);
    let waiting = run.clone();
    let wait = move || {
        // Nobody listens any more where the run was given up.
        let _ = ended.send(waiting.wait());
    };
    std::thread::Builder::new().name("waiting".into()).spawn(wait).unwrap();
    let answering = run.clone();
    let answer = move || asked.into_iter().for_each(|(step, key)| answer(&answering, &step, &key));
    std::thread::Builder::new().name("person".into()).spawn(answer).unwrap();
    disturb(&run, course.happens);
    let state = await_end(&end, &events, patience);
    let hung = state.is_none();
    if hung {
        run.stop(Outcome::Interrupted, "it hangs");
    }
    let state = state.unwrap_or_else(|| run.state());
    Seen { state, events: std::mem::take(&mut *events.lock().unwrap()), hung }
}

fn disturb(run: &Run, happens: Happens) {
    match happens {
        Happens::Nothing => {}
        Happens::Pauses => {
            for _ in 0..5 {
                run.pause("a test holds it back");
                std::thread::sleep(Duration::from_micros(200));
                run.resume();
                std::thread::sleep(Duration::from_micros(100));
            }
        }
        Happens::Stop(after) => {
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

struct Keep {
    events: Arc<Mutex<Vec<Event>>>,
    ask: SyncSender<(String, Key)>,
    steps: Vec<String>,
    wants_each_item: bool,
}

impl Watcher for Keep {
    fn event(&mut self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
        if let What::Asked { step, key, .. } = &event.what {
            self.ask.send((self.steps[*step].clone(), key.parse().unwrap())).unwrap();
        }
    }

    fn wants_each_item(&self) -> bool {
        self.wants_each_item
    }
}

/// A person who answers some questions at once, some late, and some never.
fn answer(run: &Run, step: &str, key: &Key) {
    let answer = answer_of(key);
    match answer % 4 {
        0 => return,
        1 => std::thread::sleep(Duration::from_micros(150)),
        _ => {}
    }
    // The run may have gone on without it, or be over.
    let _ = run.answer(step, key, &answer.to_string());
}

struct NoFiles;

impl Files for NoFiles {
    fn save<'a>(&'a self, _: &'a str, _: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async { Err(NodeError::new("nothing is written here")) })
    }

    fn abandon(&self) {}
}
