//! What happens is in the journal, on the disk, before anybody is told of it; a disk that takes nothing holds the run back,
//! or ends it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use windlass_core::event::{Event, Outcome, RunState, What};
use windlass_runtime::{Engine, Run, RunOptions, Watcher};
use windlass_store::journal::{Journal, Reader, Record, Told};
use windlass_store::{SimulatedDisk, StoreDisk};

use crate::bench::{Seen, engine, options, plan};

const FOLDER: &str = "/runs/test";

const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: 40 } }
  each: { kind: fault.compute, inputs: { value: many.out } }
";

/// More than may wait to be told, so that it does not end before the journal has failed.
const LONG: &str = "nodes:
  many: { kind: fault.split, params: { count: 6000 } }
  each: { kind: fault.compute, inputs: { value: many.out } }
";

/// Returns a disk, and the options of a run whose journal lies on it.
fn on_disk(seen: &Seen) -> (SimulatedDisk, RunOptions) {
    let disk = SimulatedDisk::default();
    let journal = Journal::create(&disk, Path::new(FOLDER)).unwrap();
    (disk, RunOptions { journal: Some(Arc::new(journal)), ..options(seen) })
}

/// Returns the events that a disk tells, and how it says that the run ended.
fn told(disk: &SimulatedDisk) -> (Vec<Event>, Option<Outcome>) {
    let disk: Arc<dyn StoreDisk> = Arc::new(disk.clone());
    let (mut events, mut ended) = (Vec::new(), None);
    let mut reader = Reader::open(&disk, Path::new(FOLDER)).unwrap();
    while let Some(told) = reader.next().unwrap() {
        match told {
            Told::Record(Record::Event(event)) => events.push(event),
            Told::Record(Record::Ended(end)) => ended = Some(end.outcome),
            other => panic!("{other:?}"),
        }
    }
    (events, ended)
}

/// Cuts the power at each event that it is told.
struct Doubter {
    disk: SimulatedDisk,
}

impl Watcher for Doubter {
    fn event(&mut self, event: &Event) {
        let (kept, _) = told(&self.disk.cut(event.seq));
        assert!(kept.contains(event), "{event:?} was told and could be lost");
    }
}

#[test]
fn nobody_is_told_what_a_cut_of_the_power_could_take_back() {
    let seen = Seen::default();
    let (disk, mut options) = on_disk(&seen);
    options.watchers.push(Box::new(Doubter { disk: disk.clone() }));
    let state = engine().start(plan(GRAPH, []), options).unwrap().wait();
    assert!(state.warnings.is_empty(), "a watcher that panics is told as a warning: {:?}", state.warnings);
    let (events, ended) = told(&disk);
    assert_eq!(events, seen.events(), "the journal tells what the watchers were told");
    assert_eq!(ended, Some(Outcome::Finished));
    let mut again = RunState::default();
    events.iter().for_each(|event| again.apply(event));
    assert_eq!(again, state, "the same fold of the same events");
}

/// Notes why events are held up, and makes room then.
#[derive(Clone, Default)]
struct HeldUp(Arc<(Mutex<Vec<String>>, Condvar)>);

impl HeldUp {
    fn wait(&self) -> String {
        let mut causes = self.0.0.lock().unwrap();
        while causes.is_empty() {
            causes = self.0.1.wait(causes).unwrap();
        }
        causes[0].clone()
    }
}

impl Watcher for HeldUp {
    fn event(&mut self, _: &Event) {}

    fn held_up(&mut self, cause: &str) {
        self.0.0.lock().unwrap().push(cause.to_owned());
        self.0.1.notify_all();
    }
}

/// Starts a run on a disk that is soon full, and waits until the run is held back; returns its cause too.
fn held_back(engine: &Engine, seen: &Seen) -> (Run, SimulatedDisk, String) {
    let held_up = HeldUp::default();
    let (disk, mut options) = on_disk(seen);
    options.watchers.push(Box::new(held_up.clone()));
    disk.set_room(Some(1_000));
    let run = engine.start(plan(LONG, []), options).unwrap();
    (run, disk, held_up.wait())
}

#[test]
fn a_full_disk_holds_the_run_back_until_there_is_room() {
    let (engine, seen) = (engine(), Seen::default());
    let (run, disk, cause) = held_back(&engine, &seen);
    assert!(cause.contains("the journal of the run cannot be kept: cannot write `/runs/test/journal.0`"), "{cause}");
    assert!(run.state().paused.is_some());
    assert!(seen.events().iter().all(|event| !matches!(event.what, What::Paused { .. })), "nor is that told");
    disk.set_room(None);
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    let (events, ended) = told(&disk);
    assert_eq!((events, ended), (seen.events(), Some(Outcome::Finished)));
    let count = |is_it: fn(&What) -> bool| seen.events().iter().filter(|event| is_it(&event.what)).count();
    assert_eq!(count(|what| matches!(what, What::Paused { .. })), 1, "one full disk is one pause");
    assert_eq!(count(|what| matches!(what, What::Resumed)), 1);
}

#[test]
fn a_full_disk_ends_the_run_where_nobody_waits() {
    let seen = Seen::default();
    let (disk, options) = on_disk(&seen);
    disk.set_room(Some(1_000));
    let options = RunOptions { wait_for_room: false, ..options };
    let state = engine().start(plan(LONG, []), options).unwrap().wait();
    assert!(matches!(&state.ended, Some((Outcome::DiskFull, Some(cause))) if cause.contains("journal")), "{state:?}");
}

#[test]
fn a_run_whose_journal_waits_for_room_can_be_stopped() {
    let engine = engine();
    let (run, disk, _) = held_back(&engine, &Seen::default());
    run.stop(Outcome::Interrupted, "a test");
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Interrupted, Some("a test".into()))));
    assert_eq!(told(&disk).1, None, "the journal does not say what it could not keep");
}

#[test]
fn a_disk_that_fails_ends_the_run() {
    let seen = Seen::default();
    let (disk, options) = on_disk(&seen);
    disk.cut_after(3);
    let state = engine().start(plan(LONG, []), options).unwrap().wait();
    assert!(matches!(&state.ended, Some((Outcome::NotKept, Some(cause))) if cause.contains("journal")), "{state:?}");
}

#[test]
fn light_items_are_counted_in_the_journal_as_for_people() {
    let (disk, options) = on_disk(&Seen::default());
    let options = RunOptions { watchers: Vec::new(), ..options };
    let graph = "nodes:
  many: { kind: fault.split, params: { count: 20000 } }
  light: { kind: fault.light, inputs: { value: many.out } }
";
    let state = engine().start(plan(graph, []), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    let (events, _) = told(&disk);
    assert!(events.len() < 2_000, "{} records", events.len());
    let mut again = RunState::default();
    events.iter().for_each(|event| again.apply(event));
    assert_eq!(again, state);
}
