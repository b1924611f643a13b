//! The engine and its runs, as the rest of the program holds them.

use std::sync::Arc;

use windlass_core::event::{Outcome, RunState};
use windlass_core::plan::Plan;

use crate::options::{Machine, RunOptions};

/// Owns the threads that runs share. Dropping it waits for hung code at most a second.
pub struct Engine {}

/// A run under way. Clones are handles of the same run.
#[derive(Clone)]
pub struct Run {}

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn new(_machine: Machine) -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Starts a run.
    pub fn start(&self, _plan: Arc<Plan>, _options: RunOptions) -> Run {
        Run {}
    }
}

impl Run {
    /// Waits until the run has ended and every watcher has seen its last event; returns its final state.
    pub fn wait(&self) -> RunState {
        RunState::default()
    }

    /// Returns the state as of now.
    pub fn state(&self) -> RunState {
        RunState::default()
    }

    /// Starts nothing new until [`Run::resume`].
    pub fn pause(&self, _cause: &str) {}

    /// Goes on after [`Run::pause`].
    pub fn resume(&self) {}

    /// Ends the run before its time: firings under way finish, the rest stays open.
    pub fn stop(&self, _outcome: Outcome, _cause: &str) {}
}
