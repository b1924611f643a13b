//! A full disk holds the run back, or ends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use windlass_core::about::About;
use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::event::{Event, Outcome, What};
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Ctx, OutPath, Pack};

use crate::bench::{Seen, engine, options, plan, step};

const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: 6 } }
  save: { kind: test.save, inputs: { value: many.out } }
";

#[test]
fn a_full_disk_is_waited_for() {
    let (engine, seen) = (engine(), Seen::default());
    let mut options = options(&seen);
    // Two firings find the disk full at once; one of them tries again, and is refused once more.
    let disk = Arc::new(Disk { full: AtomicU32::new(3), written: AtomicU32::new(0) });
    options.files = disk.clone();
    let state = engine.start(graph(), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "save").emitted, 6);
    assert_eq!(disk.written.load(Ordering::SeqCst), 6);
    let seen = seen.events();
    let paused = |event: &&Event| matches!(&event.what, What::Paused { cause } if cause.contains("disk is full"));
    assert_eq!(seen.iter().filter(paused).count(), 1, "one full disk is one pause");
    assert_eq!(seen.iter().filter(|event| matches!(event.what, What::Resumed)).count(), 1);
}

#[test]
fn a_full_disk_ends_the_run_where_nobody_waits() {
    let (engine, seen) = (engine(), Seen::default());
    let mut options = options(&seen);
    options.files = Arc::new(Disk { full: AtomicU32::new(u32::MAX), written: AtomicU32::new(0) });
    options.wait_for_room = false;
    let state = engine.start(graph(), options).unwrap().wait();
    assert!(matches!(&state.ended, Some((Outcome::DiskFull, Some(cause))) if cause.contains("disk is full")));
    assert_eq!(step(&state, "save").failed, 0, "no item is to blame for a full disk");
}

fn graph() -> Arc<windlass_core::plan::Plan> {
    plan(GRAPH, [Pack::new("test").kind::<Save>()])
}

/// Returns a graph that writes, and a disk that takes nothing.
pub fn full_for_ever() -> (Arc<windlass_core::plan::Plan>, Arc<dyn Files>) {
    (graph(), Arc::new(Disk { full: AtomicU32::new(u32::MAX), written: AtomicU32::new(0) }))
}

#[test]
fn a_full_disk_that_is_waited_for_can_be_stopped() {
    let (engine, seen) = (engine(), Seen::default());
    let mut options = options(&seen);
    options.files = Arc::new(Disk { full: AtomicU32::new(u32::MAX), written: AtomicU32::new(0) });
    let run = engine.start(graph(), options).unwrap();
    seen.wait_for(|what| matches!(what, What::Paused { .. }));
    assert!(run.state().paused.is_some());
    run.stop(Outcome::DiskFull, "stopped while the disk was full");
    let state = run.wait();
    assert!(matches!(state.ended, Some((Outcome::DiskFull, _))), "{:?}", state.ended);
    assert_eq!(step(&state, "save").failed, 0);
}

#[test]
fn an_item_that_stays_open_is_not_forgotten_at_the_end() {
    let (engine, seen) = (engine(), Seen::default());
    let mut options = options(&seen);
    options.files = Arc::new(Disk { full: AtomicU32::new(u32::MAX), written: AtomicU32::new(0) });
    options.wait_for_room = false;
    let one = GRAPH.replace("count: 6", "count: 1");
    let state = engine.start(plan(&one, [Pack::new("test").kind::<Save>()]), options).unwrap().wait();
    assert!(matches!(state.ended, Some((Outcome::DiskFull, _))), "{:?}", state.ended);
    assert_eq!(step(&state, "save").open(), 1);
}

/// A disk that is full for a number of attempts.
struct Disk {
    full: AtomicU32,
    written: AtomicU32,
}

impl Files for Disk {
    fn save<'a>(&'a self, _: &'a str, path: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(std::future::ready(self.put(path)))
    }

    fn abandon(&self) {}
}

impl Disk {
    fn put(&self, path: &Path) -> Result<Saved, NodeError> {
        let full = self.full.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if full.is_ok() {
            return Err(NodeError::new("the disk is full").disk_full());
        }
        self.written.fetch_add(1, Ordering::SeqCst);
        Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Written, content: None })
    }
}

/// Input of the sink.
#[derive(windlass_derive::Inputs)]
struct SaveIn {
    /// What is written.
    value: i64,
}

/// Writes a number.
struct Save;

impl Node for Save {
    type Params = ();
    type In = SaveIn;
    type Out = ();

    fn about() -> About {
        About::new("test.save", "Save", "Writes a number.").cpu().writes()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SaveIn, ctx: &Ctx) -> Result<(), NodeError> {
        let path = OutPath::new(PathBuf::from(format!("/{}", inputs.value)));
        ctx.save(&path, IfExists::Overwrite, |_| Ok(())).await.map(drop)
    }
}
