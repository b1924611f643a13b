//! Graph files that the open graphs use, read beside the window: what a node looks like that runs one depends on it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use windlass_core::doc::{Body, GraphDoc, NodeDoc, Runs, read};

use crate::host::Host;

/// Files that wait to be taken in; the reader waits then.
const BACKLOG: usize = 16;

/// The graph files that are used, as far as they have been read.
pub struct Graphs {
    known: HashMap<PathBuf, Known>,
    waiting: Arc<(Mutex<Queue>, Condvar)>,
    found: Option<Receiver<Found>>,
}

/// A graph as it was read.
#[derive(PartialEq)]
struct Known {
    doc: Arc<GraphDoc>,
    /// Whether nothing of the file is missing in it.
    is_sound: bool,
}

type Found = (PathBuf, Option<Known>);

#[derive(Default)]
struct Queue {
    paths: BTreeSet<PathBuf>,
    closed: bool,
}

impl Graphs {
    /// Starts reading. `wake` is called when a file was read.
    pub fn start(host: Arc<dyn Host>, wake: impl Fn() + Send + 'static) -> Self {
        let waiting = Arc::new((Mutex::default(), Condvar::new()));
        let (tell, found) = sync_channel(BACKLOG);
        let queue = waiting.clone();
        let work = move || work(&queue, &*host, &tell, &wake);
        // Without the thread nodes that run graphs show the ports that wires name, and everything else goes on.
        drop(std::thread::Builder::new().name("graphs".into()).spawn(work));
        Self { known: HashMap::new(), waiting, found: Some(found) }
    }

    /// Asks for all files that a graph uses, bodies included.
    pub fn ask(&self, doc: &GraphDoc) {
        let Some(folder) = folder(doc) else { return };
        let mut paths = BTreeSet::new();
        gather(doc, folder, &mut paths);
        if paths.is_empty() {
            return;
        }
        let (queue, changed) = &*self.waiting;
        queue.lock().unwrap_or_else(PoisonError::into_inner).paths.extend(paths);
        changed.notify_one();
    }

    /// Takes in what was read; returns whether a graph is another one than before.
    pub fn take_in(&mut self) -> bool {
        let found: Vec<Found> = self.found.iter().flat_map(Receiver::try_iter).collect();
        let mut is_news = false;
        for (path, doc) in found {
            if self.known.get(&path) == doc.as_ref() {
                continue;
            }
            is_news = true;
            match doc {
                Some(doc) => self.known.insert(path, doc),
                None => self.known.remove(&path),
            };
        }
        is_news
    }

    /// Returns a graph that was read.
    pub fn get(&self, path: &Path) -> Option<&Arc<GraphDoc>> {
        self.known.get(path).map(|known| &known.doc)
    }

    /// Returns a graph that was read without errors.
    pub fn sound(&self, path: &Path) -> Option<&Arc<GraphDoc>> {
        self.known.get(path).filter(|known| known.is_sound).map(|known| &known.doc)
    }
}

impl Drop for Graphs {
    fn drop(&mut self) {
        let (queue, changed) = &*self.waiting;
        queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        changed.notify_one();
        // Who waits for room in the channel is let go.
        self.found = None;
    }
}

/// Returns the file that a node runs or has as its body, as the graph spells it.
pub fn file_of(node: &NodeDoc) -> Option<&str> {
    match (&node.runs.value, node.body.as_ref().map(|body| &body.value)) {
        (Runs::Graph(path), _) | (_, Some(Body::File(path))) => Some(path),
        _ => None,
    }
}

/// Returns where a file is that a graph names.
pub fn resolve(folder: &Path, path: &str) -> PathBuf {
    let joined = folder.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}

fn folder(doc: &GraphDoc) -> Option<&Path> {
    doc.path.as_deref()?.parent()
}

fn gather(doc: &GraphDoc, folder: &Path, paths: &mut BTreeSet<PathBuf>) {
    for node in doc.nodes.values() {
        paths.extend(file_of(node).map(|path| resolve(folder, path)));
        if let Some(Body::Here(body)) = node.body.as_ref().map(|body| &body.value) {
            gather(body, folder, paths);
        }
    }
}

fn work(waiting: &(Mutex<Queue>, Condvar), host: &dyn Host, tell: &SyncSender<Found>, wake: &dyn Fn()) {
    while let Some(path) = next(waiting) {
        let bytes = host.load(&path).ok();
        let name = path.display().to_string();
        let read = bytes.map(|bytes| read(&name, &bytes, Some(&path)));
        let doc = read.and_then(|read| {
            let is_sound = read.is_good();
            Some(Known { doc: Arc::new(read.doc?), is_sound })
        });
        if tell.send((path, doc)).is_err() {
            return;
        }
        wake();
    }
}

fn next((queue, changed): &(Mutex<Queue>, Condvar)) -> Option<PathBuf> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if queue.closed {
            return None;
        }
        if let Some(path) = queue.paths.pop_first() {
            return Some(path);
        }
        queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}
