//! The last file of a firing: made in memory, and waited for without what the firing was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Ctx, IfExists, OutPath, Saved};
use crate::node::NodeError;

/// Makes the content of a file, in bytes, or says why there is none. What this holds goes once it was called.
pub type Make<'a> = Box<dyn FnOnce() -> Result<Vec<u8>, NodeError> + Send + 'a>;

/// Where a firing says that it needs what it was given no more, if an engine offers to let it go.
#[derive(Clone, Debug, Default)]
pub struct LetGo(Option<Arc<AtomicBool>>);

impl LetGo {
    /// Offers to let go what a firing was given.
    pub fn offered() -> Self {
        Self(Some(Arc::default()))
    }

    /// Returns whether it is offered.
    pub fn is_offered(&self) -> bool {
        self.0.is_some()
    }

    /// Says that the firing needs it no more.
    pub fn set(&self) {
        self.0.iter().for_each(|is_set| is_set.store(true, Ordering::Release));
    }

    /// Returns whether the firing needs it no more.
    pub fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|is_set| is_set.load(Ordering::Acquire))
    }
}

impl Ctx {
    /// Writes a file as [`Ctx::save`] does, as the last thing that a firing does. Its content is made in memory, and what
    /// `make` holds goes before the disk is waited for. In a step that shares the job of the step before, so does what the
    /// firing was given, unless others need it; the content stays in memory until the disk has it. Such a firing cannot begin
    /// anew: it should do nothing more that could want that, like asking a person or writing another file.
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

    /// Offers to let go what the firing was given; the engine does, where it can go on without.
    #[must_use]
    pub fn letting_go(mut self, let_go: LetGo) -> Self {
        self.let_go = let_go;
        self
    }
}
