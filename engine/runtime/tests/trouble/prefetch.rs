//! Files that are fetched for firings that wait for a core.

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use windlass_core::about::About;
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Ctx, Pack};
use windlass_core::value::{Codecs, File};
use windlass_runtime::{Results, RunOptions};
use windlass_store::runs::Runs;
use windlass_store::{Artifacts, Layout, SimulatedDisk};

use crate::bench::{Seen, engine, options, plan, step};

const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: 8 } }
  make: { kind: test.make, inputs: { value: many.out } }
  read: { kind: test.read, inputs: { file: make.file } }
";

static TABLE: Table = Table {
    folder: Mutex::new(None),
    firings: Mutex::new(Firings { begun: Vec::new(), free: 0 }),
    changed: Condvar::new(),
};

/// What the test and its nodes share.
struct Table {
    folder: Mutex<Option<PathBuf>>,
    firings: Mutex<Firings>,
    changed: Condvar,
}

struct Firings {
    /// The files of those that have begun.
    begun: Vec<String>,
    /// So many may end, the first ones first.
    free: usize,
}

impl Table {
    /// Lets so many firings end, and waits until others have begun.
    fn free(&self, free: usize, begun: usize) -> Vec<String> {
        let mut firings = self.firings.lock().unwrap();
        firings.free = free;
        self.changed.notify_all();
        let firings = self.changed.wait_while(firings, |firings| firings.begun.len() < begun).unwrap();
        firings.begun.clone()
    }

    /// Begins a firing, and waits until it may end.
    fn fire(&self, file: String) {
        let mut firings = self.firings.lock().unwrap();
        let at = firings.begun.len();
        firings.begun.push(file);
        self.changed.notify_all();
        drop(self.changed.wait_while(firings, |firings| firings.free <= at).unwrap());
    }
}

#[test]
fn while_a_firing_computes_a_file_is_opened_for_one_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    *TABLE.folder.lock().unwrap() = Some(folder.path().to_owned());
    let opened = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&opened, folder.path(), WatchFlags::CLOSE_NOWRITE).unwrap();
    let (memory, layout) = (SimulatedDisk::default(), Layout::new(Path::new("/workspace")));
    let journal = Runs::new(Arc::new(memory.clone()), Some(layout.runs())).begin("test").unwrap().map(Arc::new);
    let artifacts = Artifacts::open(Arc::new(memory), &layout, Codecs::default());
    let results = Some(Results { artifacts, files: Arc::default(), cache: None, is_fresh: false });
    let pack = Pack::new("test").kind::<Make>().kind::<Read>();
    let engine = engine();
    let run = engine.start(plan(GRAPH, [pack]), RunOptions { journal, results, ..options(&Seen::default()) }).unwrap();
    TABLE.free(0, 2);
    while run.in_use().waiting < 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let begun = TABLE.free(1, 3);
    // Who has begun has read its own file; the others wait for a core.
    let opened = names(&opened);
    assert!(opened.iter().any(|name| !begun.contains(name)), "{begun:?} have begun, and {opened:?} were opened");
    TABLE.free(8, 8);
    assert_eq!(step(&run.wait(), "read").emitted, 8);
}

/// Returns the names of the files that were opened to be read.
fn names(opened: &impl std::os::fd::AsFd) -> Vec<String> {
    let mut memory = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(opened, &mut memory);
    let next = || events.next().ok().map(|event| event.file_name().unwrap_or_default().to_string_lossy().into_owned());
    std::iter::from_fn(next).collect()
}

/// Input of what makes a file.
#[derive(windlass_derive::Inputs)]
struct MakeIn {
    /// Its name.
    value: i64,
}

/// Output of what makes a file.
#[derive(windlass_derive::Outputs)]
struct MakeOut {
    /// The file.
    file: Arc<File>,
}

/// Makes a file.
struct Make;

impl Node for Make {
    type Params = ();
    type In = MakeIn;
    type Out = MakeOut;

    fn about() -> About {
        About::new("test.make", "Make", "Makes a file.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: MakeIn, _: &Ctx) -> Result<MakeOut, NodeError> {
        let name = inputs.value.to_string();
        let path = TABLE.folder.lock().unwrap().clone().unwrap_or_default().join(&name);
        std::fs::write(&path, b"a picture").unwrap();
        Ok(MakeOut { file: Arc::new(File::on_disk(&path, &name, "")) })
    }
}

/// Input of what is given a file.
#[derive(windlass_derive::Inputs)]
struct ReadIn {
    /// The file.
    file: Arc<File>,
}

/// Is given a file, and waits until the test lets it end.
struct Read;

impl Node for Read {
    type Params = ();
    type In = ReadIn;
    type Out = ();

    fn about() -> About {
        About::new("test.read", "Read", "Waits beside a file.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), ReadIn { file }: ReadIn, _: &Ctx) -> Result<(), NodeError> {
        let path = file.path().unwrap_or(Path::new(""));
        TABLE.fire(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        Ok(())
    }
}
