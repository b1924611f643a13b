//! ComfyUI: its two file formats, and what turns the one into the other.
//!
//! A workflow stands in the *UI format*, as a person drew it, or in the *API format*, as a server runs it. [`convert()`] makes
//! the second of the first, with the [`Definitions`] of a server, as its own front end does. [`Server`] talks to one.
//! Deliberately absent for now: several servers, and kinds of nodes.

pub mod api;
pub mod convert;
pub mod definitions;
pub mod exchange;
pub mod server;
pub mod workflow;

pub use api::{ApiNode, ApiWorkflow};
pub use convert::{Converted, Finding, Grade, convert};
pub use definitions::Definitions;
pub use server::{Address, Server, ServerError};
pub use workflow::Workflow;

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
