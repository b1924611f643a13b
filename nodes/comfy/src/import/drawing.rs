//! What was read of a workflow in either format, before it becomes a graph.

use indexmap::IndexMap;
use serde_json::Value;

use crate::workflow::{Group, Look};

/// Nodes with values by name and wires between what a server runs, and where all of it is.
#[derive(Debug, Default)]
pub struct Drawing {
    /// The nodes.
    pub nodes: Vec<Drawn>,
    /// Frames behind them.
    pub frames: Vec<Group>,
    /// Free notes with their left top corners.
    pub notes: Vec<([f64; 2], String)>,
    /// Ways of wires.
    pub ways: Vec<Way>,
    /// What has no counterpart, in words.
    pub said: Vec<String>,
}

/// A node.
#[derive(Debug)]
pub struct Drawn {
    /// Its id as the API format has it: a path.
    pub path: String,
    /// Its class.
    pub class: String,
    /// Its title, where it is not that of its class.
    pub title: Option<String>,
    /// Whether it takes part.
    pub state: State,
    /// Values by input.
    pub values: IndexMap<String, Value>,
    /// Wires by input.
    pub wires: IndexMap<String, End>,
    /// How it is drawn; `None` where that is not known.
    pub look: Option<Look>,
}

/// Whether a node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    On,
    /// It does not.
    Muted,
    /// It hands on what it gets.
    Bypassed,
}

/// Where a wire begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// The path of the node.
    pub node: String,
    /// The number of its output.
    pub slot: usize,
}

/// The way of a wire.
#[derive(Debug)]
pub struct Way {
    /// The node that it feeds.
    pub to: String,
    /// The input that it feeds.
    pub input: String,
    /// The points that it goes through.
    pub through: Vec<[f64; 2]>,
}
