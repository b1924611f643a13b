//! What runs: supervisor, step actors, edges, joins, leases, events.
//!
//! Deliberately absent: documents and their problems (core makes the plan), what is kept (store), any node.

mod activity;
mod block;
mod bus;
mod chain;
mod compute;
mod control;
mod credits;
mod doors;
mod gauges;
mod keeping;
mod keys;
mod last;
mod lease;
mod memory;
mod message;
mod notes;
mod objects;
mod options;
mod peeks;
mod pool;
mod prefetch;
mod programs;
mod questions;
mod recall;
mod room;
mod run;
mod sabotage;
mod services;
mod shared;
mod spread;
mod steering;
mod step;
mod supervisor;
mod suspended;
mod tally;
mod user_code;
mod worker;

pub use gauges::{Gauge, InUse};
pub use notes::NotesInJournal;
pub use options::{Explain, Files, Guard, Known, Machine, Results, RunOptions, Watcher};
pub use peeks::{Glimpse, Peeks};
pub use questions::{NotesInMemory, OpenQuestion};
pub use run::{AnswerError, Engine, Run};
#[cfg(feature = "sabotage")]
pub use sabotage::Rule;
pub use services::Services;
pub use steering::{OpenSteering, Steering};
pub use user_code::in_node_code;
pub use windlass_process::guard_if_asked;
