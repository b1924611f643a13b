//! Where the files of a graph, the rows that it runs under and the results of its steps come from: the disk as whoever
//! types finds it, the journal of a run that goes on, or both where failed items of a run are run again.

use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use windlass_core::node::NodeError;
use windlass_core::registry::{Pin, Registry};
use windlass_store::Past;
use windlass_store::journal::{Began, Call};

use crate::earlier::Earlier;
use crate::exit::Trouble;
use crate::load::read_file;
use crate::retry::Retried;

/// Where a run comes from.
pub struct Origin {
    /// The folder that what was typed is relative to.
    here: PathBuf,
    earlier: Option<Taken>,
    /// A graph as it stands in a window, saved or not, and how it would be run from the command line.
    edited: Option<Edited>,
}

struct Edited {
    graph: PathBuf,
    text: Vec<u8>,
    /// Only what this node needs, and the node.
    until: Option<String>,
}

/// A run that is taken up.
struct Taken {
    past: Arc<Past>,
    began: Began,
    /// The folder of its graph.
    folder: PathBuf,
    /// What is run again, where it is another run that does so, with the graph on the disk.
    retried: Option<Retried>,
}

/// Returns the current folder.
///
/// # Errors
/// It is gone.
pub fn here() -> anyhow::Result<PathBuf> {
    let gone = Trouble::wrong("the current folder cannot be found").hint("go to a folder that exists, with `cd`");
    std::env::current_dir().map_err(|error| gone.because(error))
}

impl Origin {
    /// Returns the disk, as seen from the current folder.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn disk() -> anyhow::Result<Self> {
        Ok(Self { here: here()?, earlier: None, edited: None })
    }

    /// Returns the disk, as seen from the folder of a graph that stands in a window.
    #[cfg(feature = "window")]
    pub fn window(graph: PathBuf, text: Vec<u8>, until: Option<String>) -> Self {
        Self { here: folder_of(&graph), earlier: None, edited: Some(Edited { graph, text, until }) }
    }

    /// Lets a graph be as it stands in a window.
    #[cfg(feature = "window")]
    #[must_use]
    pub fn edited(self, graph: PathBuf, text: Vec<u8>) -> Self {
        Self { edited: Some(Edited { graph, text, until: None }), ..self }
    }

    /// Returns the journal of a run that goes on.
    pub fn journal(earlier: Earlier) -> Self {
        Self::of(earlier, None)
    }

    /// Returns the graph on the disk, with the rows of a run whose failed items are run again.
    pub fn anew(earlier: Earlier, retried: Retried) -> Self {
        Self::of(earlier, Some(retried))
    }

    fn of(Earlier { past, began, call }: Earlier, retried: Option<Retried>) -> Self {
        let here = began.call.folder.clone();
        let folder = folder_of(&full(&here, &call.graph));
        Self { here, earlier: Some(Taken { past, began, folder, retried }), edited: None }
    }

    /// Returns the folder that what was typed is relative to.
    pub fn here(&self) -> &Path {
        &self.here
    }

    /// Returns the whole path of what was typed.
    pub fn full(&self, typed: &Path) -> PathBuf {
        full(&self.here, typed)
    }

    /// Reads a file that the graph is made of.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, NodeError> {
        if let Some(edited) = self.edited.as_ref().filter(|edited| edited.graph == self.full(path)) {
            return Ok(edited.text.clone());
        }
        match &self.earlier {
            None => read_file(path),
            Some(Taken { retried: Some(_), .. }) => read_file(&self.full(path)),
            Some(taken) => self.kept(path, taken),
        }
    }

    /// Reads a table of rows.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read_table(&self, path: &Path) -> Result<Vec<u8>, NodeError> {
        match &self.earlier {
            None => read_file(path),
            Some(taken) => self.kept(path, taken),
        }
    }

    fn kept(&self, path: &Path, taken: &Taken) -> Result<Vec<u8>, NodeError> {
        let kept = taken.past.files().get(&below(&taken.folder, &self.full(path)));
        kept.cloned().ok_or_else(|| {
            NodeError::new("the journal of the run does not have it")
                .within(format!("cannot read `{}`", path.display()))
        })
    }

    /// Returns the files that matched `--each name=GLOB` when the run began; `None` where it begins now.
    pub fn matched(&self, flag: &str) -> Option<Vec<PathBuf>> {
        let taken = self.earlier.as_ref()?;
        Some(taken.began.matched.get(flag).cloned().unwrap_or_default())
    }

    /// Returns the root of all randomness that the run began with.
    pub fn seed(&self) -> Option<u64> {
        self.earlier.as_ref()?.began.seed
    }

    /// Returns the registry in which sources of kinds say what they said when the run began that goes on.
    ///
    /// # Errors
    /// A source is there no more, or cannot read what it said.
    pub fn pinned(&self, registry: Registry) -> anyhow::Result<Registry> {
        let Some(began) = self.began() else { return Ok(registry) };
        let pin = |(source, hash, listing): &(String, String, serde_json::Value)| Pin {
            source: source.clone(),
            hash: hash.clone(),
            listing: Arc::new(listing.clone()),
        };
        let pinned = registry.pinned(&began.pins.iter().map(pin).collect::<Vec<_>>());
        pinned.map_err(|error| Trouble::wrong("the kinds of the run are not what they were").because(error))
    }

    /// Returns what earlier processes did for the run, where it goes on.
    pub fn past(&self) -> Option<&Arc<Past>> {
        self.going_on().map(|taken| &taken.past)
    }

    /// Returns what the run is, where it goes on.
    pub fn began(&self) -> Option<&Began> {
        self.going_on().map(|taken| &taken.began)
    }

    fn going_on(&self) -> Option<&Taken> {
        self.earlier.as_ref().filter(|taken| taken.retried.is_none())
    }

    /// Returns what is run again of another run, and what that run did.
    pub fn retried(&self) -> Option<(&Retried, &Past)> {
        let taken = self.earlier.as_ref()?;
        taken.retried.as_ref().map(|retried| (retried, &*taken.past))
    }

    /// Returns how the run was called.
    pub fn call(&self) -> Call {
        let typed = || std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
        let of_graph = |edited: &Edited| {
            let until = edited.until.iter().flat_map(|node| ["--until".to_owned(), node.clone()]);
            ["run".to_owned(), edited.graph.display().to_string()].into_iter().chain(until).collect()
        };
        let args = || self.edited.as_ref().map_or_else(typed, of_graph);
        let now = || Call { folder: self.here.clone(), args: args() };
        self.earlier.as_ref().map_or_else(now, |taken| taken.began.call.clone())
    }
}

fn full(here: &Path, typed: &Path) -> PathBuf {
    let joined = here.join(typed);
    absolute(&joined).unwrap_or(joined)
}

/// Returns the folder of a file.
pub fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

/// Returns a path as it stands in a journal: below the folder of the graph, or whole where it lies elsewhere.
pub fn below(folder: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}
