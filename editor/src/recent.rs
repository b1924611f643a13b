//! Graphs that were opened lately, in a file of the person: read and written beside the window, and shared by all windows.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use windlass_store::{Disk as _, RealDisk, whole};

use crate::latest::Latest;

/// Graphs that are kept in mind.
const MOST: usize = 30;
/// Bytes that the file may have.
const MOST_BYTES: u64 = 1 << 20;
/// How long changes gather before they are written.
const PACE: Duration = Duration::from_millis(200);

/// Keeps graphs in mind.
pub struct Recent {
    /// All changes of this window: what another one wrote meanwhile stays, and they are made once more.
    changes: Vec<Change>,
    writer: Option<Latest<Vec<Change>>>,
}

#[derive(Clone, PartialEq)]
enum Change {
    Opened(PathBuf),
    Forgotten(PathBuf),
}

impl Change {
    fn graph(&self) -> &Path {
        let (Self::Opened(path) | Self::Forgotten(path)) = self;
        path
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    version: u64,
    /// The newest first.
    graphs: Vec<PathBuf>,
}

impl Recent {
    /// Prepares to keep graphs in mind in a file.
    pub fn new(file: PathBuf) -> Self {
        let writer = Latest::start("recent", PACE, move |changes: Vec<Change>| write(&file, &changes));
        Self { changes: Vec::new(), writer: writer.ok() }
    }

    /// A graph was opened.
    pub fn opened(&mut self, graph: &Path) {
        self.change(Change::Opened(graph.to_owned()));
    }

    /// A graph is to be named no more.
    pub fn forget(&mut self, graph: &Path) {
        self.change(Change::Forgotten(graph.to_owned()));
    }

    fn change(&mut self, change: Change) {
        self.changes.retain(|other| other.graph() != change.graph());
        self.changes.push(change);
        if let Some(writer) = &self.writer {
            writer.give(self.changes.clone());
        }
    }
}

/// Returns the graphs that were opened lately, the newest first. A file that cannot be read names none.
pub fn read(file: &Path) -> Vec<PathBuf> {
    let mut text = String::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    let kept = read.ok().and_then(|_| serde_json::from_str::<Kept>(&text).ok());
    kept.map(|kept| kept.graphs).unwrap_or_default()
}

/// Writes a file anew. Nobody is told where that cannot be done: what is lost is a list of names.
fn write(file: &Path, changes: &[Change]) {
    let mut graphs = read(file);
    for change in changes {
        graphs.retain(|graph| graph != change.graph());
        if let Change::Opened(path) = change {
            graphs.insert(0, path.clone());
        }
    }
    graphs.truncate(MOST);
    let Ok(bytes) = serde_json::to_vec_pretty(&Kept { version: 1, graphs }) else { return };
    if RealDisk.make_folder(file.parent().unwrap_or(file)).is_ok() {
        drop(whole::write_whole(&RealDisk, file, &bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_windows_keep_the_graphs_of_both_in_mind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/recent.json");
        let (mut one, mut other) = (Recent::new(file.clone()), Recent::new(file.clone()));
        one.opened(Path::new("/a"));
        one.opened(Path::new("/b"));
        drop(one);
        other.opened(Path::new("/c"));
        other.forget(Path::new("/a"));
        drop(other);
        assert_eq!(read(&file), [Path::new("/c"), Path::new("/b")]);
    }
}
