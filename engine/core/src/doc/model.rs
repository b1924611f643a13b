//! The editable document: what a graph file says, with the place of each part.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::problem::{Span, Spanned};
use crate::types::Type;

/// The format version that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// A graph as its file says it; names keep the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphDoc {
    /// Where the graph lies, for what it names by relative paths; `None` for one that was never saved.
    pub path: Option<PathBuf>,
    /// Format version after migration.
    pub version: u32,
    /// Title of the graph; the file's name stands in for it.
    pub name: Option<String>,
    /// What the graph is for.
    pub description: Option<String>,
    /// Root of all randomness.
    pub seed: u64,
    /// What it asks to be allowed.
    pub permissions: Vec<Spanned<String>>,
    /// What a caller may set.
    pub inputs: IndexMap<String, InputDoc>,
    /// What a caller gets, by name.
    pub outputs: IndexMap<String, Spanned<Reference>>,
    /// The nodes by id.
    pub nodes: IndexMap<String, NodeDoc>,
    /// For the canvas alone.
    pub layout: Layout,
}

/// A graph input. Where it stands does not count when two are compared.
#[derive(Clone, Debug)]
pub struct InputDoc {
    /// Type.
    pub ty: Spanned<Type>,
    /// Value where the caller gives none; `None`: the caller must give one, unless the type is optional.
    pub default: Option<Spanned<Json>>,
    /// One sentence for people.
    pub doc: Option<String>,
    /// Where its name stands.
    pub span: Option<Span>,
}

/// A node of a document. Where it stands does not count when two are compared.
#[derive(Clone, Debug)]
pub struct NodeDoc {
    /// What it runs.
    pub runs: Spanned<Runs>,
    /// Free text for people.
    pub title: Option<String>,
    /// Constants by parameter, or by port that may be constant.
    pub params: IndexMap<String, Spanned<Json>>,
    /// Wires by port or parameter.
    pub inputs: IndexMap<String, Spanned<Wire>>,
    /// How it is run.
    pub policy: Policy,
    /// The body of a loop or container.
    pub body: Option<Spanned<Body>>,
    /// Where its id stands.
    pub span: Option<Span>,
    /// Where the names of its `params` and `inputs` stand.
    pub name_spans: IndexMap<String, Span>,
}

/// What a node runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Runs {
    /// A registered kind.
    Kind(String),
    /// Another graph, by path relative to this one.
    Graph(String),
}

/// The body of a loop or container.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A file, by path relative to the graph.
    File(String),
    /// Written in place: inputs, nodes, outputs and layout alone.
    Here(Box<GraphDoc>),
}

/// What feeds a port or parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// One reference.
    One(Reference),
    /// A list of references in order, for a variadic port; each with its place.
    Many(Vec<Spanned<Reference>>),
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `$name`: a graph input.
    Input(String),
    /// `node.port`.
    Port {
        /// The node.
        node: String,
        /// Its output port.
        port: String,
    },
}

/// How a node is run. What is `None` is left to the kind and to the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// How many more tries a failed firing has; 0 where not given.
    pub retries: Option<u32>,
    /// Wait before the first retry; doubles with each one. One second where not given.
    pub backoff: Option<Duration>,
    /// The longest wait; one minute where not given.
    pub backoff_max: Option<Duration>,
    /// Limit for each try.
    pub timeout: Option<Duration>,
    /// What a failed item does to the run.
    pub on_error: Option<OnError>,
    /// What failures in a group do to its collect.
    pub incomplete: Option<Incomplete>,
    /// How many items at once, at least 1.
    pub slots: Option<usize>,
    /// Items waiting on each input edge, at least 1; 16 where not given.
    pub queue: Option<usize>,
    /// Open children of a split, at least 1; 64 where not given.
    pub window: Option<usize>,
    /// Whether results are kept.
    pub cache: Option<Cache>,
    /// `auto`, `cpu`, `cuda:0`.
    pub device: Option<String>,
    /// Hand inputs on unchanged.
    pub bypass: bool,
    /// Skip every item.
    pub mute: bool,
}

impl Policy {
    /// Returns the policy of what lies inside of something with a policy of its own: what it does not say itself is taken
    /// from there, and it is muted with it.
    #[must_use]
    pub fn within(&self, around: &Self) -> Self {
        Self {
            retries: self.retries.or(around.retries),
            backoff: self.backoff.or(around.backoff),
            backoff_max: self.backoff_max.or(around.backoff_max),
            timeout: self.timeout.or(around.timeout),
            on_error: self.on_error.or(around.on_error),
            incomplete: self.incomplete.or(around.incomplete),
            slots: self.slots.or(around.slots),
            queue: self.queue.or(around.queue),
            window: self.window.or(around.window),
            cache: self.cache.or(around.cache),
            device: self.device.clone().or_else(|| around.device.clone()),
            bypass: self.bypass,
            mute: self.mute || around.mute,
        }
    }
}

/// What a failed item does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It is set aside and the rest goes on.
    Continue,
    /// The run ends as interrupted.
    Stop,
}

/// What failures in a group do to its collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incomplete {
    /// The rest is taken.
    Take,
    /// The collect fails.
    Fail,
}

/// Whether results are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// When that is cheaper than computing again.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// Positions and notes for the canvas: moving a node never touches what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Left top corners of nodes, in points.
    pub nodes: IndexMap<String, [f64; 2]>,
    /// Frames behind nodes.
    pub frames: Vec<Frame>,
    /// Free notes.
    pub notes: Vec<Note>,
    /// Ways of wires that are not left to the canvas.
    pub routes: Vec<Route>,
    /// What this version does not know about, kept as it is.
    pub other: IndexMap<String, Json>,
}

/// A titled frame behind nodes; sizes in points.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Title.
    pub title: String,
    /// Left top corner.
    pub at: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
}

/// A free note.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Left top corner, in points.
    pub at: [f64; 2],
    /// The text.
    pub text: String,
}

/// The way of a wire on the canvas. One without a wire shows nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The output that feeds the wire.
    pub from: End,
    /// The port or parameter that it feeds.
    pub to: End,
    /// Points that it goes through, in order.
    pub through: Vec<[f64; 2]>,
}

/// An end of a wire. Other than a [`Reference`], it may name a parameter of any spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// The node.
    pub node: String,
    /// The port or parameter.
    pub port: String,
}

impl PartialEq for InputDoc {
    fn eq(&self, other: &Self) -> bool {
        self.ty == other.ty && self.default == other.default && self.doc == other.doc
    }
}

impl PartialEq for NodeDoc {
    fn eq(&self, other: &Self) -> bool {
        let same_wires = self.params == other.params && self.inputs == other.inputs;
        let same_run = self.runs == other.runs && self.policy == other.policy && self.body == other.body;
        same_wires && same_run && self.title == other.title
    }
}

impl Default for GraphDoc {
    fn default() -> Self {
        Self {
            path: None,
            version: FORMAT_VERSION,
            name: None,
            description: None,
            seed: 0,
            permissions: Vec::new(),
            inputs: IndexMap::new(),
            outputs: IndexMap::new(),
            nodes: IndexMap::new(),
            layout: Layout::default(),
        }
    }
}

impl NodeDoc {
    /// Returns a node of a kind, without parameters and wires.
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self {
            runs: Spanned::made(Runs::Kind(kind.into())),
            title: None,
            params: IndexMap::new(),
            inputs: IndexMap::new(),
            policy: Policy::default(),
            body: None,
            span: None,
            name_spans: IndexMap::new(),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.node, self.port)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input(name) => write!(f, "${name}"),
            Self::Port { node, port } => write!(f, "{node}.{port}"),
        }
    }
}
