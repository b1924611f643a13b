//! A graph that is edited: its document, what can be undone, and the text on the disk that it came from.

pub mod border;
mod disk;
pub mod group;
mod history;
pub mod pieces;
pub mod recovery;
pub mod saving;
pub mod scope;

use std::path::Path;
use std::sync::Arc;

use windlass_core::doc::edit::{Edit, EditError, apply};
use windlass_core::doc::{GraphDoc, GraphText, WriteError};
use windlass_core::problem::Problem;

pub use disk::{OpenError, Stamp, read_graph, write_new_file};
pub use history::History;

/// A graph that is edited.
pub struct Document {
    /// The text as it was read or written last; edits reach it when it is written.
    text: Option<Arc<GraphText>>,
    doc: Arc<GraphDoc>,
    history: History,
    /// What the reader found.
    problems: Vec<Problem>,
    /// The file as it was seen last.
    stamp: Option<Stamp>,
    /// The run whose graph this was: it is looked at, and not changed, until it is saved as a file of its own.
    of_run: Option<String>,
    /// Raised by every change.
    revision: u64,
}

/// Why a graph could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The edit does not fit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// It is the graph of a run, as it was then.
    #[error("this is the graph as the run {0} had it; save it as a file of its own to change it")]
    OfRun(String),
}

/// Why a graph could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It has no file yet.
    #[error("the graph has no file yet")]
    NoPath,
    /// The text cannot say the document.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The system refuses; the old file stands as it was.
    #[error("{0}")]
    Disk(String),
}

impl Default for Document {
    fn default() -> Self {
        Self::of(GraphDoc::default(), None, Vec::new(), None)
    }
}

impl Document {
    /// Opens a graph file.
    ///
    /// # Errors
    /// Says why it cannot be read, or what is so wrong with it that nothing can be shown.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (bytes, stamp) = read_graph(path)?;
        let mut document = Self::of_bytes(&bytes, path)?;
        document.stamp = Some(stamp);
        Ok(document)
    }

    /// Takes up the bytes of a graph file.
    ///
    /// # Errors
    /// Says what is so wrong with it that nothing can be shown.
    pub fn of_bytes(bytes: &[u8], path: &Path) -> Result<Self, OpenError> {
        let name = path.display().to_string();
        let (text, read) =
            GraphText::open(&name, bytes, Some(path)).map_err(|read| OpenError::Broken(read.problems))?;
        let doc = text.doc().clone();
        Ok(Self::of(doc, Some(text), read.problems, None))
    }

    /// Takes up the text of a template, which has no file yet; `None` where it is no graph.
    pub fn of_template(text: &str) -> Option<Self> {
        let (text, read) = GraphText::open("template", text.as_bytes(), None).ok()?;
        Some(Self::of(text.doc().clone(), Some(text), read.problems, None))
    }

    /// Takes up the graph of a run, as its journal has it.
    ///
    /// # Errors
    /// Says what is so wrong with it that nothing can be shown.
    pub fn of_run(bytes: &[u8], path: &Path, run: &str) -> Result<Self, OpenError> {
        Ok(Self { of_run: Some(run.to_owned()), ..Self::of_bytes(bytes, path)? })
    }

    /// Returns the run whose graph this is, as it was then.
    pub fn of_run_named(&self) -> Option<&str> {
        self.of_run.as_deref()
    }

    fn of(doc: GraphDoc, text: Option<GraphText>, problems: Vec<Problem>, stamp: Option<Stamp>) -> Self {
        let text = text.map(Arc::new);
        Self { text, doc: Arc::new(doc), history: History::default(), problems, stamp, of_run: None, revision: 0 }
    }

    /// Returns the document.
    pub fn doc(&self) -> &Arc<GraphDoc> {
        &self.doc
    }

    /// Returns the number of changes so far, to see that something has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the file; the graph of a run has none of its own.
    pub fn path(&self) -> Option<&Path> {
        self.doc.path.as_deref().filter(|_| self.of_run.is_none())
    }

    /// Returns what to call it.
    pub fn title(&self) -> String {
        let title = title_of(self.doc.path.as_deref());
        match &self.of_run {
            Some(run) => format!("{title} as of run {run}"),
            None => title,
        }
    }

    /// Returns what its file is called, or may be called.
    pub fn file_name(&self) -> String {
        let stem = self.doc.path.as_deref().and_then(Path::file_stem).unwrap_or_default().to_string_lossy();
        match (&self.of_run, self.path()) {
            (Some(run), _) => format!("{stem}-{run}.yaml"),
            (None, Some(_)) => self.title(),
            (None, None) => "graph.yaml".into(),
        }
    }

    /// Returns what the reader found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns what can be undone and done again.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns whether there is something that the file does not say.
    pub fn is_changed(&self) -> bool {
        self.history.is_changed()
    }

    /// Changes the document. Changes with the same `thread` in a row are undone together, until [`Document::seal`].
    ///
    /// # Errors
    /// Refuses what does not fit; the document is then as before.
    pub fn change(&mut self, name: &str, edit: &Edit, thread: Option<&str>) -> Result<(), ChangeError> {
        if let Some(run) = &self.of_run {
            return Err(ChangeError::OfRun(run.clone()));
        }
        let inverse = apply(Arc::make_mut(&mut self.doc), edit)?;
        self.history.did(name, inverse, thread);
        self.revision += 1;
        Ok(())
    }

    /// Ends a row of changes that are undone together.
    pub fn seal(&mut self) {
        self.history.seal();
    }

    /// Takes the last change back; returns its name.
    pub fn undo(&mut self) -> Option<String> {
        let doc = Arc::make_mut(&mut self.doc);
        let name = self.history.undo(|edit| apply(doc, edit))?;
        self.revision += 1;
        Some(name)
    }

    /// Makes the change again that was taken back last; returns its name.
    pub fn redo(&mut self) -> Option<String> {
        let doc = Arc::make_mut(&mut self.doc);
        let name = self.history.redo(|edit| apply(doc, edit))?;
        self.revision += 1;
        Some(name)
    }

    /// Returns the text that the file is to have.
    ///
    /// # Errors
    /// The format cannot say it.
    pub fn text(&self) -> Result<GraphText, WriteError> {
        match &self.text {
            None => GraphText::of_new(&self.title(), &self.doc),
            Some(text) => {
                let mut text = GraphText::clone(text);
                text.take_up(&self.doc)?;
                Ok(text)
            }
        }
    }

    /// Returns whether the file is another one than the one that was read or written last.
    pub fn is_changed_on_disk(&self) -> bool {
        match (&self.stamp, self.path()) {
            (Some(stamp), Some(path)) => !stamp.still_stands(path),
            _ => false,
        }
    }

    /// Takes the file for known as it is now, so that nothing is said of it again.
    pub fn accept_disk(&mut self) {
        self.stamp = self.path().and_then(Stamp::of);
    }

    /// Takes over what a recovery file says; what was done before cannot be undone any more. Returns whether it is a graph.
    pub fn recover(&mut self, text: &str) -> bool {
        let path = self.path().map(Path::to_owned);
        let Ok((found, _)) = GraphText::open(&self.title(), text.as_bytes(), path.as_deref()) else { return false };
        self.doc = Arc::new(found.doc().clone());
        self.history.replaced();
        self.revision += 1;
        true
    }
}

fn title_of(path: Option<&Path>) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    path.and_then(name).unwrap_or_else(|| "Untitled".into())
}
