//! The graph file: its model, reading, writing back, editing, and its JSON Schema.

pub mod edit;
mod migrate;
mod model;
mod read;
mod reference;
mod schema;
mod text;
mod tree;
mod write;

pub use model::*;
pub use read::{MAX_BYTES, Read, read};
pub use reference::{MAX_NAME, MAX_PORT_NAME, ReferenceError, is_name, is_port_name};
pub use schema::schema;
pub use text::{Applied, GraphText, Kept, WriteError};
pub use write::{write_new, write_new_json};

/// Brings the files that a graph refers to, so that core itself does no I/O.
pub trait Loader {
    /// Returns the content of a file.
    ///
    /// # Errors
    /// Says why it cannot be read, without naming the path again.
    fn load(&self, path: &std::path::Path) -> Result<Vec<u8>, String>;
}

/// A loader without files.
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &std::path::Path) -> Result<Vec<u8>, String> {
        Err("files cannot be read here".into())
    }
}
