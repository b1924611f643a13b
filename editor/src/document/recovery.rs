//! Edits that were not saved, kept in a file of their own: at most the last two seconds are lost.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use windlass_core::doc::{GraphDoc, write_new};
use windlass_core::identity::of_parts;
use windlass_core::node::explain_io;
use windlass_store::{Disk as _, Open, RealDisk, StoreDisk, StoreFile, whole};

/// How long edits gather before they are written.
const PACE: Duration = Duration::from_millis(1_000);

/// Keeps the unsaved edits of one graph, on a thread of its own.
pub struct Recovery {
    file: PathBuf,
    shared: Arc<Shared>,
    /// Tells other windows that this one has the graph open.
    _held: Option<Box<dyn StoreFile>>,
    is_shared: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Option<Wish>,
    is_busy: bool,
    closed: bool,
    trouble: Option<String>,
}

enum Wish {
    Keep(Arc<GraphDoc>),
    Forget,
}

impl Recovery {
    /// Prepares to keep the edits of a graph in a folder. `wake` is called when there is trouble, or no more.
    pub fn new(folder: &Path, graph: &Path, wake: impl Fn() + Send + 'static) -> Self {
        let file = folder.join(format!("{}.yaml", name_of(graph)));
        let held = hold(&file.with_extension("open"));
        let is_shared = matches!(&held, Err(error) if error.kind() == ErrorKind::WouldBlock);
        let shared = Arc::new(Shared::default());
        let (worker, path) = (shared.clone(), file.clone());
        let spawned = std::thread::Builder::new().name("recovery".into()).spawn(move || worker.work(&path, &wake));
        if let Err(error) = spawned {
            shared.lock().trouble = Some(format!("unsaved edits are not being kept: {error}"));
        }
        Self { file, shared, _held: held.ok(), is_shared }
    }

    /// Returns whether another window has the graph open.
    pub fn is_open_elsewhere(&self) -> bool {
        self.is_shared
    }

    /// Returns the unsaved edits of an earlier time, as the text of a graph.
    pub fn found(&self) -> Option<String> {
        if self.is_shared {
            return None;
        }
        std::fs::read_to_string(&self.file).ok()
    }

    /// Keeps a document that is not saved.
    pub fn keep(&self, doc: &Arc<GraphDoc>) {
        self.wish(Wish::Keep(doc.clone()));
    }

    /// Forgets what was kept: the file of the graph says it now, or nobody wants it.
    pub fn forget(&self) {
        self.wish(Wish::Forget);
    }

    /// Returns why edits are not being kept, while that is so.
    pub fn trouble(&self) -> Option<String> {
        self.shared.lock().trouble.clone()
    }

    fn wish(&self, wish: Wish) {
        if self.is_shared {
            return;
        }
        self.shared.lock().waiting = Some(wish);
        self.shared.changed.notify_all();
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.shared.changed.notify_all();
        while state.is_busy || state.waiting.is_some() {
            let waited = self.shared.changed.wait_timeout(state, PACE);
            let (next, late) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if late.timed_out() {
                return;
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, file: &Path, wake: &dyn Fn()) {
        while let Some(wish) = self.next() {
            let done = match wish {
                Wish::Keep(doc) => keep(file, &doc),
                Wish::Forget => forget(file),
            };
            let trouble = done.err().map(|error| format!("unsaved edits are not being kept: {error}"));
            let mut state = self.lock();
            let is_news = state.trouble != trouble;
            (state.trouble, state.is_busy) = (trouble, false);
            drop(state);
            self.changed.notify_all();
            if is_news {
                wake();
            }
        }
    }

    /// Waits for something to do, and then for more of it.
    fn next(&self) -> Option<Wish> {
        let mut state = self.lock();
        while state.waiting.is_none() {
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            let waited = self.changed.wait_timeout_while(state, PACE, |state| !state.closed);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_busy = true;
        state.waiting.take()
    }
}

fn keep(file: &Path, doc: &GraphDoc) -> Result<(), String> {
    let told = |error: std::io::Error| explain_io("write", file, &error).to_string();
    RealDisk.make_folder(file.parent().unwrap_or(file)).map_err(told)?;
    whole::write_whole(&RealDisk, file, write_new(doc).as_bytes()).map_err(told)
}

fn forget(file: &Path) -> Result<(), String> {
    match RealDisk.remove(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(explain_io("remove", file, &error).to_string()),
        _ => Ok(()),
    }
}

fn hold(file: &Path) -> std::io::Result<Box<dyn StoreFile>> {
    RealDisk.make_folder(file.parent().unwrap_or(file))?;
    RealDisk.open(file, Open::Write)
}

/// Returns a name that no other graph has, and that a person recognises.
fn name_of(graph: &Path) -> String {
    let stem = graph.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let path = of_parts("path of a graph", &[graph.as_os_str().as_encoded_bytes()]).to_string();
    format!("{stem}-{}", path.get(..16).unwrap_or(&path))
}
