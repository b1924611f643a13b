//! What another process asks of a run is done, and said to be; here the other process is another view of the same disk.

use std::path::PathBuf;
use std::sync::Arc;

use windlass_core::event::{Outcome, What};
use windlass_core::plan::Plan;
use windlass_runtime::{Engine, OpenSteering, Run, RunOptions, Steering};
use windlass_store::SimulatedDisk;
use windlass_store::runs::{self, Runs, Stand};
use windlass_store::steering::{Ask, Became, Taken};

use crate::bench::{Seen, assert_sums, engine, options, plan};
use crate::disk::full_for_ever;

const SLOW: &str = "nodes:
  many: { kind: fault.split, params: { count: 100000 } }
  wait: { kind: fault.wait, inputs: { value: many.out } }
";

/// A run under way, as its own process and as others see it.
struct Steered {
    run: Run,
    steering: OpenSteering,
    others: runs::Run,
}

impl Steered {
    fn ask(&self, ask: Ask) -> Became {
        self.others.ask(ask).unwrap()
    }

    /// Waits for the end, and returns how it ended.
    fn end(self) -> Option<Outcome> {
        let state = self.run.wait();
        self.steering.close();
        assert_sums(&state);
        assert!(matches!(self.others.ask(Ask::Pause).unwrap(), Became::NotAlive(Stand::Ended(_))));
        state.ended.map(|(outcome, _)| outcome)
    }
}

fn start(engine: &Engine, graph: Arc<Plan>, mut options: RunOptions) -> Steered {
    let runs = Runs::new(Arc::new(SimulatedDisk::default()), Some(PathBuf::from("/runs")));
    let journal = Arc::new(runs.begin("test").unwrap().unwrap());
    let mut steering = Steering::new(Some(runs.requests(&journal)));
    options.watchers.extend(steering.watcher());
    let run = engine.start(graph, RunOptions { journal: Some(journal), ..options }).unwrap();
    let steering = steering.open(run.clone()).unwrap();
    Steered { run, steering, others: runs.find(None).unwrap() }
}

fn taken(taken: Taken) -> Became {
    Became::Taken(taken)
}

#[test]
fn a_run_is_paused_let_go_on_and_ended_by_requests() {
    let (engine, seen) = (engine(), Seen::default());
    let steered = start(&engine, plan(SLOW, []), options(&seen));
    seen.wait_for(|what| matches!(what, What::Done { step: 1, .. }));
    assert_eq!(steered.ask(Ask::GoOn), taken(Taken::AlreadySo));
    assert_eq!(steered.ask(Ask::Pause), taken(Taken::Done));
    assert_eq!(steered.ask(Ask::Pause), taken(Taken::AlreadySo));
    while steered.others.paused().unwrap().is_none() {
        std::thread::yield_now();
    }
    assert_eq!(steered.ask(Ask::GoOn), taken(Taken::Done));
    while steered.others.paused().unwrap().is_some() {
        std::thread::yield_now();
    }
    assert_eq!(steered.ask(Ask::Stop), taken(Taken::Done));
    assert_eq!(steered.end(), Some(Outcome::Interrupted));
}

#[test]
fn a_full_disk_holds_back_what_a_person_lets_go_on_and_ends_what_a_person_stops() {
    let (engine, seen) = (engine(), Seen::default());
    let (graph, files) = full_for_ever();
    let steered = start(&engine, graph, RunOptions { files, ..options(&seen) });
    seen.wait_for(|what| matches!(what, What::Paused { .. }));
    assert_eq!(steered.ask(Ask::Pause), taken(Taken::Done));
    let held_back = steered.ask(Ask::GoOn);
    assert!(matches!(&held_back, Became::Taken(Taken::HeldBack(cause)) if cause.contains("full")), "{held_back:?}");
    assert_eq!(steered.ask(Ask::Stop), taken(Taken::Done));
    assert_eq!(steered.end(), Some(Outcome::DiskFull));
}
