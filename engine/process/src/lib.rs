//! Runs programs for firings, and ends each of them together with everything that it started.
//!
//! Each program runs under a *guard*: this same executable, started again, which adopts whatever the program leaves
//! behind, watches what the whole tree uses, and kills all of it when it is told to, when a limit is broken, or when
//! the process that asked for it is gone. Deliberately absent: items, graphs, tokio.

mod find;
mod guard;
mod order;
mod report;
mod run;
mod start;
mod stream;
mod tree;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use guard::guard_if_asked;
pub use order::{Input, Limits, Order};
pub use report::Exit;
pub use run::{Stop, Stopper, Watch, run, stopper};
pub use start::Guard;

/// Why a program did not come to an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No program of that name can be found.
    #[error("the program `{0}` was not found")]
    NotFound(PathBuf),
    /// It could not be started.
    #[error("the program `{program}` could not be started")]
    CannotStart {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its processes together used more memory than allowed.
    #[error("it used more than {0} bytes of memory")]
    Memory(u64),
    /// It started more processes than allowed.
    #[error("it ran more than {0} processes at once")]
    Processes(u32),
    /// It wrote more than allowed.
    #[error("it wrote more than {limit_bytes} bytes to its {stream}")]
    Output {
        /// `output` or `error output`.
        stream: &'static str,
        /// What was allowed.
        limit_bytes: u64,
    },
    /// It ended and left processes running.
    #[error("it ended, and left processes running: {0}")]
    LeftRunning(String),
    /// Whoever asked for it does not want it any more.
    #[error("it was stopped")]
    Stopped,
    /// Something killed its guard.
    #[error("its guard was killed")]
    GuardDied,
    /// Its processes could not be killed within this time.
    #[error("its processes did not end within {0:?} of being killed")]
    DoesNotEnd(Duration),
    /// The system refused what a guard needs.
    #[error("its guard could not be started")]
    Guard(#[from] io::Error),
}
