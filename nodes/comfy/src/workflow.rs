//! The UI format: a workflow as a person drew it, read from both of its versions into one form.

mod drawn;
mod read;

use indexmap::IndexMap;
use serde_json::Value;

pub use drawn::{Group, Look, Reroute};

/// Where the wires that come into a subgraph begin.
pub const INTO: &str = "-10";
/// Where the wires that leave a subgraph end.
pub const OUT_OF: &str = "-20";

/// A workflow as a person drew it.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    /// What is seen first.
    pub graph: Graph,
    /// The subgraphs by id, in the order of the file.
    pub subgraphs: IndexMap<String, Subgraph>,
    /// The largest number that was ever given to a node.
    pub last_node: u64,
}

/// Nodes and the wires between them.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes by id, in the order of the file.
    pub nodes: IndexMap<String, Node>,
    /// The wires by id.
    pub links: IndexMap<i64, Link>,
    /// Frames behind nodes.
    pub groups: Vec<Group>,
    /// Points that wires go through, by id.
    pub reroutes: IndexMap<i64, Reroute>,
}

/// A graph that stands for a node.
#[derive(Clone, Debug, Default)]
pub struct Subgraph {
    /// Its name.
    pub name: String,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// What is in it.
    pub graph: Graph,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its class, or the id of the subgraph that it stands for.
    pub class: String,
    /// Its title, where a person gave it one.
    pub title: Option<String>,
    /// Whether it takes part.
    pub mode: Mode,
    /// Where wires come in.
    pub inputs: Vec<Slot>,
    /// The types of what it gives.
    pub outputs: Vec<String>,
    /// What was entered.
    pub values: Values,
    /// Where and how it is drawn.
    pub look: Look,
}

/// Whether a node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Active,
    /// Neither it nor what needs it.
    Muted,
    /// What comes in goes out as it is.
    Bypassed,
}

/// Where a wire comes in.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// The wire.
    pub link: Option<i64>,
    /// The input whose value can be entered as well.
    pub widget: Option<String>,
}

/// What was entered at a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// By position, as most nodes keep it.
    Listed(Vec<Value>),
    /// By name.
    Named(serde_json::Map<String, Value>),
}

/// A wire.
#[derive(Clone, Debug)]
pub struct Link {
    /// The node that feeds it.
    pub from: String,
    /// The number of its output.
    pub from_slot: usize,
    /// The node that it feeds.
    pub to: String,
    /// The number of its input.
    pub to_slot: usize,
    /// What it carries.
    pub ty: String,
    /// The last of the points that it goes through.
    pub through: Option<i64>,
}

impl Node {
    /// Returns what is entered at a node that has just one value.
    pub fn first_value(&self) -> Option<&Value> {
        match &self.values {
            Values::Listed(values) => values.first(),
            Values::Named(values) => values.values().next(),
        }
    }
}

/// Returns whether a class is one that only its front end knows, and that takes no part.
pub fn is_note(class: &str) -> bool {
    matches!(class, "Note" | "MarkdownNote")
}
