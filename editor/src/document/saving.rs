//! Saving beside the window: the text is made and written on a thread of its own, while the document may change further.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use windlass_core::doc::{GraphDoc, GraphText};

use super::disk::write_whole;
use super::{Document, SaveError, Stamp, title_of};

/// A graph that is being written.
pub struct Saving {
    path: PathBuf,
    /// The state of the document that is written.
    state: u64,
    coming: Receiver<Result<Written, SaveError>>,
}

/// What was written.
struct Written {
    text: GraphText,
    stamp: Stamp,
}

impl Saving {
    /// Returns the file that is written.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Document {
    /// Begins to write the graph, to its own file or to another one, whole or not at all. What was not changed changes no byte.
    /// `wake` is called when it is done.
    ///
    /// # Errors
    /// It has no file, or the system has no thread to give.
    pub fn begin_save(
        &mut self,
        other: Option<PathBuf>,
        wake: impl FnOnce() + Send + 'static,
    ) -> Result<Saving, SaveError> {
        let path = other.or_else(|| self.path().map(Path::to_owned)).ok_or(SaveError::NoPath)?;
        // What is changed from now on is not part of it, and is undone by itself.
        self.seal();
        let (doc, text, target) = (self.doc.clone(), self.text.clone(), path.clone());
        let (tell, coming) = sync_channel(1);
        let work = move || {
            // A window that is gone wants no answer.
            drop(tell.send(write(doc, text, &target)));
            wake();
        };
        let spawned = std::thread::Builder::new().name("save".into()).spawn(work);
        spawned.map_err(|error| SaveError::Disk(format!("there is no thread to save with: {error}")))?;
        Ok(Saving { path, state: self.history.state(), coming })
    }

    /// Takes over what became of saving; `None` while it goes on. Where it was another file, that is its own from then on.
    ///
    /// # Errors
    /// Says why the graph was not written; the file stands as it was, and the graph belongs to the one of before.
    pub fn end_save(&mut self, saving: &Saving) -> Option<Result<(), SaveError>> {
        let written = match saving.coming.try_recv() {
            Ok(written) => written,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err(SaveError::Disk("saving ended without an answer".into())),
        };
        Some(written.map(|written| self.was_written(saving, written)))
    }

    fn was_written(&mut self, saving: &Saving, written: Written) {
        if self.path() != Some(&saving.path) {
            Arc::make_mut(&mut self.doc).path = Some(saving.path.clone());
            self.of_run = None;
        }
        self.text = Some(Arc::new(written.text));
        self.stamp = Some(written.stamp);
        self.history.saved(saving.state);
    }
}

fn write(mut doc: Arc<GraphDoc>, text: Option<Arc<GraphText>>, path: &Path) -> Result<Written, SaveError> {
    let mut text = text.map(|text| GraphText::clone(&text));
    if doc.path.as_deref() != Some(path) {
        Arc::make_mut(&mut doc).path = Some(path.to_owned());
        // The places of problems carry the name of the file, so that the text is read again under the new one.
        text = text.and_then(|text| {
            let name = path.display().to_string();
            GraphText::open(&name, text.text().as_bytes(), Some(path)).ok().map(|(text, _)| text)
        });
    }
    let text = match text {
        None => GraphText::of_new(&title_of(Some(path)), &doc)?,
        Some(mut text) => {
            text.take_up(&doc)?;
            text
        }
    };
    let stamp = write_whole(path, text.text().as_bytes()).map_err(SaveError::Disk)?;
    Ok(Written { text, stamp })
}
