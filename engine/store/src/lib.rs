//! What is kept: the workspace, the journals of runs, the ledger of written files, the files of sinks, values that wait
//! outside of memory; and how the files that items carry are opened.
//!
//! Deliberately absent, until results are kept across runs: the index, artifacts, lineage. Nothing here
//! knows of the engine that runs (runtime), of tokio or of any node.

mod disk;
pub mod files;
pub mod grants;
pub mod health;
pub mod journal;
pub mod ledger;
pub mod questions;
pub mod read;
pub mod runs;
pub mod settings;
pub mod spill;
pub mod workspace;

#[cfg(any(test, feature = "simulated"))]
pub use disk::SimulatedDisk;
pub use disk::{Disk, DiskFile, Entry, Open, Put, RealDisk, StoreDisk, StoreFile};
pub use files::OutputFiles;
pub use grants::{Content, Grants};
pub use ledger::Ledger;
pub use settings::Settings;
pub use spill::Spill;
pub use workspace::{ForRun, Workspace, WorkspaceError};
