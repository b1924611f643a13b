//! Edits that were not saved, kept in a file of their own: at most the last two seconds are lost.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use windlass_core::doc::{GraphDoc, write_new};
use windlass_core::identity::of_parts;
use windlass_core::node::explain_io;
use windlass_store::{Disk as _, Open, RealDisk, StoreDisk, StoreFile, whole};

use crate::latest::Latest;

/// How long edits gather before they are written.
const PACE: Duration = Duration::from_millis(1_000);

/// Keeps the unsaved edits of one graph, on a thread of its own.
pub struct Recovery {
    file: PathBuf,
    /// Goes before the file is let go that other windows look at.
    writer: Option<Latest<Wish>>,
    trouble: Arc<Mutex<Option<String>>>,
    /// Tells other windows that this one has the graph open.
    _held: Option<Box<dyn StoreFile>>,
    is_shared: bool,
}

enum Wish {
    Keep(Arc<GraphDoc>),
    Forget,
}

impl Recovery {
    /// Returns whether a folder has edits of a graph, or a window keeps them there.
    pub fn is_in_use(folder: &Path, graph: &Path) -> bool {
        let file = file_of(folder, graph);
        file.exists() || RealDisk.is_held(&file.with_extension("open")).unwrap_or(false)
    }

    /// Prepares to keep the edits of a graph in a folder. `wake` is called when there is trouble, or no more.
    pub fn new(folder: &Path, graph: &Path, wake: impl Fn() + Send + 'static) -> Self {
        let file = file_of(folder, graph);
        let held = hold(&file.with_extension("open"));
        let is_shared = matches!(&held, Err(error) if error.kind() == ErrorKind::WouldBlock);
        let trouble = Arc::new(Mutex::default());
        let writer = Latest::start("recovery", PACE, worker(file.clone(), trouble.clone(), wake));
        if let Err(error) = &writer {
            set(&trouble, Some(format!("unsaved edits are not being kept: {error}")));
        }
        Self { file, writer: writer.ok(), trouble, _held: held.ok(), is_shared }
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
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn wish(&self, wish: Wish) {
        if let Some(writer) = self.writer.as_ref().filter(|_| !self.is_shared) {
            writer.give(wish);
        }
    }
}

/// Returns what the thread does with each wish: it is done, and what keeps it from that is said.
fn worker(file: PathBuf, trouble: Arc<Mutex<Option<String>>>, wake: impl Fn()) -> impl FnMut(Wish) {
    move |wish| {
        let done = match wish {
            Wish::Keep(doc) => keep(&file, &doc),
            Wish::Forget => forget(&file),
        };
        if set(&trouble, done.err().map(|error| format!("unsaved edits are not being kept: {error}"))) {
            wake();
        }
    }
}

/// Sets what is told; returns whether it is news.
fn set(trouble: &Mutex<Option<String>>, told: Option<String>) -> bool {
    let mut trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
    let is_news = *trouble != told;
    *trouble = told;
    is_news
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

fn file_of(folder: &Path, graph: &Path) -> PathBuf {
    folder.join(format!("{}.yaml", name_of(graph)))
}

/// Returns a name that no other graph has, and that a person recognises.
fn name_of(graph: &Path) -> String {
    let stem = graph.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let path = of_parts("path of a graph", &[graph.as_os_str().as_encoded_bytes()]).to_string();
    format!("{stem}-{}", path.get(..16).unwrap_or(&path))
}
