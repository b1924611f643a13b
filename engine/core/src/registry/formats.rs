//! Other programs' files: read as graphs, and written from graphs.

use crate::doc::GraphDoc;
use crate::node::NodeError;

/// Makes graphs of another program's files.
pub trait Importer: Send + Sync {
    /// Returns its name, unique among all importers: `comfy`.
    fn name(&self) -> &str;
    /// Returns whose files it reads, in a few words.
    fn doc(&self) -> &str;
    /// Returns whether it takes a file for one of its own, by its name and content. Cheap.
    fn knows(&self, name: &str, content: &[u8]) -> bool;
    /// Makes a graph.
    ///
    /// # Errors
    /// Says what of the file it cannot read.
    fn import(&self, name: &str, content: &[u8]) -> Result<Imported, NodeError>;
}

/// A graph that was made of another program's file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The graph.
    pub graph: GraphDoc,
    /// What of the file has no counterpart, in words.
    pub notes: Vec<String>,
}

/// Makes another program's files of graphs.
pub trait Exporter: Send + Sync {
    /// Returns its name, unique among all exporters: `comfy`.
    fn name(&self) -> &str;
    /// Returns whose files it writes, in a few words.
    fn doc(&self) -> &str;
    /// Returns the ending of its files, without a point.
    fn ending(&self) -> &str;
    /// Makes a file.
    ///
    /// # Errors
    /// Says what of the graph the other program has no place for.
    fn export(&self, graph: &GraphDoc) -> Result<Exported, NodeError>;
}

/// Another program's file that was made of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub content: Vec<u8>,
    /// What of the graph has no counterpart, in words.
    pub notes: Vec<String>,
}
