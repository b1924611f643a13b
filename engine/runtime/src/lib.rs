//! What runs: supervisor, step actors, edges, joins, leases, events.
//!
//! Deliberately absent: documents and their problems (core makes the plan), what is kept (store), any node.

mod options;
mod run;

pub use options::{Files, Machine, RunOptions, Watcher};
pub use run::{Engine, Run};
