//! A full disk holds the run back, or ends it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use windlass_core::about::About;
use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::event::{Event, Outcome, What};
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Ctx, OutPath, Pack};
use windlass_core::value::Codecs;
use windlass_runtime::{Results, RunOptions};
use windlass_store::runs::Runs;
use windlass_store::{Artifacts, Layout, SimulatedDisk};

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

#[test]
fn what_is_refused_after_it_waited_for_the_disk_is_written_whole_once_there_is_room() {
    let (engine, seen) = (engine(), Seen::default());
    let disk = Arc::new(SlowDisk { full: AtomicU32::new(3), written: Mutex::default() });
    let (memory, layout) = (SimulatedDisk::default(), Layout::new(Path::new("/workspace")));
    let journal = Runs::new(Arc::new(memory.clone()), Some(layout.runs())).begin("test").unwrap().map(Arc::new);
    let artifacts = Artifacts::open(Arc::new(memory), &layout, Codecs::default());
    let results = Some(Results { artifacts, files: Arc::default(), cache: None, is_fresh: false });
    let options = RunOptions { files: disk.clone(), journal, results, ..options(&seen) };
    let graph = "nodes:
  many: { kind: fault.split, params: { count: 6 } }
  large: { kind: test.large, inputs: { value: many.out } }
  save: { kind: test.save_text, inputs: { text: large.text } }
";
    let pack = Pack::new("test").kind::<Large>().kind::<SaveText>();
    let state = engine.start(plan(graph, [pack]), options).unwrap().wait();
    assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 6));
    assert_eq!(step(&state, "large").recomputed, 0, "what was made once is not made again");
    let written = disk.written.lock().unwrap();
    let right = |(path, text): (&PathBuf, &String)| *text == large(path.to_str().unwrap()[1..].parse().unwrap());
    assert!(written.len() == 6 && written.iter().all(right), "{:?}", written.keys());
}

fn large(value: i64) -> String {
    format!("{value} ").repeat(10_000)
}

/// A disk that each file waits for, and that is full then for a number of attempts.
struct SlowDisk {
    full: AtomicU32,
    written: Mutex<BTreeMap<PathBuf, String>>,
}

impl Files for SlowDisk {
    fn save<'a>(&'a self, _: &'a str, path: &'a Path, _: IfExists, content: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async move {
            let mut bytes = Vec::new();
            content(&mut bytes)?;
            tokio::task::yield_now().await;
            let full = self.full.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if full.is_ok() {
                return Err(NodeError::new("the disk is full").disk_full());
            }
            self.written.lock().unwrap().insert(path.to_owned(), String::from_utf8(bytes).unwrap());
            Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Written, content: None })
        })
    }

    fn abandon(&self) {}
}

/// Output of what makes a long text.
#[derive(windlass_derive::Outputs)]
struct LargeOut {
    /// The text.
    text: String,
}

/// Makes a long text of a number.
struct Large;

impl Node for Large {
    type Params = ();
    type In = SaveIn;
    type Out = LargeOut;

    fn about() -> About {
        About::new("test.large", "Large", "Makes a long text of a number.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: SaveIn, _: &Ctx) -> Result<LargeOut, NodeError> {
        Ok(LargeOut { text: large(inputs.value) })
    }
}

/// Input of the sink of texts.
#[derive(windlass_derive::Inputs)]
struct TextIn {
    /// What is written.
    text: String,
}

/// Writes a text to a file that is named by the number that it was made of.
struct SaveText;

impl Node for SaveText {
    type Params = ();
    type In = TextIn;
    type Out = ();

    fn about() -> About {
        About::new("test.save_text", "Save text", "Writes a text.").cpu().writes()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), TextIn { text }: TextIn, ctx: &Ctx) -> Result<(), NodeError> {
        let path = OutPath::new(PathBuf::from(format!("/{}", text.split(' ').next().unwrap_or_default())));
        let write =
            |out: &mut dyn Write| out.write_all(text.as_bytes()).map_err(|error| NodeError::because("lost", &error));
        ctx.save(&path, IfExists::Overwrite, write).await.map(drop)
    }
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
