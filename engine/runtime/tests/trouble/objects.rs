//! Leases on objects: one firing at a time has one, and nothing is written by who has lost it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::event::RunState;
use windlass_runtime::RunOptions;
use windlass_store::Workspace;

use crate::bench::{Seen, assert_sums, engine, options, plan, step};

/// When somebody else takes the lease over that lies in a folder.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Never,
    WhileWriting,
    AfterWriting,
}

/// Files that are written to nowhere, while others take leases over.
struct Elsewhere {
    leases: PathBuf,
    moment: Moment,
    begun: AtomicUsize,
    written: Mutex<Vec<PathBuf>>,
}

impl Elsewhere {
    fn take_over_at(&self, moment: Moment) {
        if self.moment == moment {
            let object = fs::read_dir(&self.leases).unwrap().next().unwrap().unwrap().path();
            fs::copy(object.join("1"), object.join("2")).unwrap();
        }
    }
}

impl Files for Elsewhere {
    fn save<'a>(&'a self, _: &'a str, path: &'a Path, _: IfExists, content: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async move {
            self.begun.fetch_add(1, Ordering::Relaxed);
            self.take_over_at(Moment::WhileWriting);
            content(&mut Vec::new())?;
            self.written.lock().unwrap().push(path.to_owned());
            self.take_over_at(Moment::AfterWriting);
            Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Written, content: None })
        })
    }

    fn abandon(&self) {}
}

/// Runs a graph in a workspace; returns what came of it, and the files of it.
fn run(text: &str, moment: Moment) -> (RunState, Arc<Elsewhere>) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open_or_create(folder.path(), None).unwrap();
    let (begun, written) = (AtomicUsize::new(0), Mutex::default());
    let leases = folder.path().join(".windlass/leases");
    let files = Arc::new(Elsewhere { leases, moment, begun, written });
    let seen = Seen::default();
    let leases = Some(Arc::new(workspace.leases()));
    let options = RunOptions { files: files.clone(), leases, ..options(&seen) };
    let state = engine().start(plan(text, []), options).unwrap().wait();
    assert_sums(&state);
    (state, files)
}

fn cause(state: &RunState) -> String {
    step(state, "hold").causes.keys().next().unwrap().clone()
}

const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: COUNT } }
  hold: { kind: fault.hold, params: { writes: 2, path: '{key}.txt' }, inputs: { value: many.out }, policy: { slots: 4 } }
";

#[test]
fn one_firing_after_the_other_holds_an_object() {
    let (state, files) = run(&GRAPH.replace("COUNT", "6"), Moment::Never);
    assert_eq!(step(&state, "hold").emitted, 6, "{:?}", step(&state, "hold").causes);
    let written = files.written.lock().unwrap();
    // Each writes twice while it holds the object, and nobody comes in between.
    assert!(written.len() == 12 && written.chunks(2).all(|pair| pair[0] == pair[1]), "{written:?}");
}

#[test]
fn a_lost_lease_stops_the_writer_before_its_next_write() {
    let text = GRAPH.replace("COUNT", "1");
    for (moment, begun, written) in [(Moment::WhileWriting, 1, 0), (Moment::AfterWriting, 1, 1)] {
        let (state, files) = run(&text, moment);
        assert_eq!(step(&state, "hold").failed, 1);
        assert!(cause(&state).contains("the lease on `object` was lost"), "{}", cause(&state));
        assert_eq!((files.begun.load(Ordering::Relaxed), files.written.lock().unwrap().len()), (begun, written));
    }
}

#[test]
fn who_finds_an_object_held_is_told_by_whom_and_where_nobody_shares_anything_none_is_leased() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open_or_create(folder.path(), None).unwrap();
    let leases = Arc::new(workspace.leases());
    let held = leases.take("object", "another", Duration::ZERO).unwrap();
    let text = GRAPH.replace("COUNT", "1").replace("writes: 2", "patience_ms: 0");
    let run = |leases| {
        let seen = Seen::default();
        engine().start(plan(&text, []), RunOptions { leases, ..options(&seen) }).unwrap().wait()
    };
    let state = run(Some(leases.clone()));
    assert!(cause(&state).contains("`object` is held by `another`"), "{}", cause(&state));
    drop(held);
    assert_eq!(step(&run(Some(leases)), "hold").emitted, 1);
    assert!(cause(&run(None)).contains("there is no workspace to share it in"));
}
