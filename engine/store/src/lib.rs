//! What is kept: the workspace, the journals of runs, values, the index over both, the ledger of written files, the files of
//! sinks, values that wait outside of memory, which value came from which; and how the files that items carry are opened.
//!
//! Deliberately absent: the engine that runs (runtime), tokio, and any node.

pub mod artifacts;
pub mod cache;
mod checked;
pub mod diff;
mod disk;
#[cfg(feature = "sqlite")]
pub mod export;
pub mod file_hashes;
pub mod files;
pub mod gc;
pub mod grants;
pub mod health;
pub mod index;
pub mod journal;
pub mod layout;
pub mod leases;
pub mod ledger;
pub mod lineage;
pub mod mend;
pub mod past;
pub mod pins;
#[cfg(test)]
mod proofs;
pub mod questions;
pub mod read;
pub mod runs;
mod seen;
pub mod settings;
pub mod spill;
pub mod steering;
pub mod whole;
pub mod workspace;

pub use artifacts::{Artifacts, Missing, Stored};
pub use cache::Cache;
pub use disk::{Disk, DiskFile, Entry, Open, Put, RealDisk, StoreDisk, StoreFile};
#[cfg(any(test, feature = "simulated"))]
pub use disk::{Lie, SimulatedDisk};
pub use files::OutputFiles;
pub use gc::Gc;
pub use grants::{Content, Grants};
pub use index::Index;
pub use layout::Layout;
pub use leases::{Lease, LeaseError, Leases};
pub use ledger::Ledger;
pub use lineage::Lineage;
pub use past::Past;
pub use pins::Pins;
pub use settings::Settings;
pub use spill::Spill;
pub use workspace::{ForRun, Workspace, WorkspaceError};
