//! The last file of a firing: made in memory, and waited for without what the firing was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Ctx, IfExists, OutPath, Saved};
use crate::node::NodeError;

/// Makes the content of a file. What this holds goes once it was called.
pub type Make<'a> = Box<dyn FnOnce() -> Result<Vec<u8>, NodeError> + Send + 'a>;

/// Whether a firing needs what it was given no more, so that the engine may let it go.
#[derive(Clone, Debug, Default)]
pub struct LetGo(Arc<AtomicBool>);

impl LetGo {
    /// Says that it needs it no more.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns whether it needs it no more.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Ctx {
    /// Writes a file as [`Ctx::save`] does, as the last thing that a firing does. Its content is made in memory, and kept
    /// there until the disk has it; what `make` holds goes before the disk is waited for, and so does what the firing was
    /// given, unless others need it. The firing cannot begin anew then: it should do nothing more that could want that, like
    /// asking a person or writing another file.
    ///
    /// # Errors
    /// As [`Ctx::save`], and what `make` fails with.
    pub async fn save_last(
        &self,
        path: &OutPath,
        if_exists: IfExists,
        make: impl FnOnce() -> Result<Vec<u8>, NodeError> + Send,
    ) -> Result<Saved, NodeError> {
        let in_time = || {
            let bytes = make()?;
            self.check_cancelled()?;
            Ok(bytes)
        };
        self.doors.save_last(self.place(), path.as_path(), if_exists, Box::new(in_time), &self.let_go).await
    }

    /// Returns where the firing says that it needs what it was given no more.
    pub fn let_go(&self) -> &LetGo {
        &self.let_go
    }
}
