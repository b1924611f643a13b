//! ComfyUI: its two file formats, what turns the one into the other, and the servers that run it.
//!
//! A workflow stands in the *UI format*, as a person drew it, or in the *API format*, as a server runs it. [`convert()`] makes
//! the second of the first, with the [`Definitions`] of a server, as its own front end does. [`Server`] talks to one;
//! [`pool`] is all of them, and [`job`] one prompt that is run on whichever is free.

pub mod api;
pub mod convert;
pub mod dangers;
pub mod definitions;
pub mod exchange;
pub mod export;
pub mod import;
pub mod islands;
pub mod job;
pub mod kinds;
mod media;
mod names;
pub mod offers;
pub mod pool;
pub mod ports;
mod run_workflow;
pub mod server;
mod slots;
pub mod workflow;

pub use api::{ApiNode, ApiWorkflow};
pub use convert::{Converted, Finding, Grade, convert};
pub use definitions::Definitions;
pub use export::export;
pub use import::{import, import_api};
pub use kinds::Shelf;
pub use pool::{Header, PoolSettings, ServerSetting};
pub use server::{Address, Server, ServerError};
pub use workflow::Workflow;

use std::sync::Arc;

use windlass_core::registry::Pack;

/// Returns the pack, with the servers that it uses, and what is known of their classes.
pub fn pack(settings: PoolSettings, shelf: Arc<Shelf>) -> Pack {
    let slots = settings.slots();
    Pack::new("comfy")
        .made(slots::Slots::of::<run_workflow::RunWorkflow>(slots, shelf.clone()))
        .service(pool::PoolService::new(settings))
        .pass(islands::Islands { slots })
        .source(kinds::Nodes(shelf.clone()))
        .importer(import::Workflows(shelf.clone()))
        .exporter(export::ToWorkflows(shelf))
}

/// Why a file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is larger than anything that a person draws.
    #[error("it has {0} bytes, and {LARGEST} are read")]
    Large(usize),
    /// It is JSON, but not what was expected.
    #[error("it is no {expected}: {why}")]
    Shape {
        /// What was expected.
        expected: &'static str,
        /// What is wrong.
        why: String,
    },
}

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 64 << 20;

/// Reads JSON of a bounded size.
pub(crate) fn json(bytes: &[u8]) -> Result<serde_json::Value, ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::Large(bytes.len()));
    }
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::compliance;
    use windlass_core::registry::Registry;

    use super::*;

    #[test]
    fn the_kind_keeps_its_promises_but_for_a_server_that_a_test_does_not_have() {
        let pack = pack(PoolSettings::of(Vec::new()), Arc::default());
        let registry = Registry::new([pack]).unwrap();
        assert_eq!(compliance(&registry), ["comfy.workflow: sample 0 does not fire: the node has no workflow"]);
    }
}
