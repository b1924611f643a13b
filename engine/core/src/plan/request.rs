//! What a compilation is given, and what it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Environment, Plan};
use crate::doc::{GraphDoc, Loader};
use crate::problem::{Problem, Severity};
use crate::registry::Registry;
use crate::value::Value;

/// What a compilation is given.
pub struct Request<'a> {
    /// The graph.
    pub doc: &'a GraphDoc,
    /// The kinds that it may use.
    pub registry: &'a Registry,
    /// Brings graphs and files that it refers to.
    pub loader: &'a dyn Loader,
    /// Values for graph inputs, by name.
    pub inputs: BTreeMap<String, Given>,
    /// Constants in place of those of the graph: `node.param` and a text as it stands on a command line.
    pub sets: Vec<(String, String)>,
    /// Graph inputs whose values come with the rows that the plan will run under.
    pub varying: BTreeSet<String>,
    /// Where relative outputs are written; the graph's folder where `None`.
    pub out_folder: Option<PathBuf>,
    /// Root of all randomness; that of the graph where `None`.
    pub seed: Option<u64>,
    /// Absolute folder that paths of the caller are relative to, and the graph's path if it is relative.
    pub caller_folder: PathBuf,
    /// Where secrets are looked up, when a run is to follow.
    pub env: Environment<'a>,
    /// Whether a run is to follow.
    pub mode: Mode,
}

impl<'a> Request<'a> {
    /// Starts a request to check a graph without inputs, as seen from `/`.
    pub fn new(doc: &'a GraphDoc, registry: &'a Registry, loader: &'a dyn Loader) -> Self {
        Self {
            doc,
            registry,
            loader,
            inputs: BTreeMap::new(),
            sets: Vec::new(),
            varying: BTreeSet::new(),
            out_folder: None,
            seed: None,
            caller_folder: PathBuf::from("/"),
            env: &|_| None,
            mode: Mode::Check,
        }
    }
}

/// A value for a graph input.
#[derive(Clone, Debug)]
pub enum Given {
    /// A text as it stands on a command line, read by the input's type.
    Text(String),
    /// A value.
    Value(Value),
}

/// Whether a run is to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The graph is looked at: an input that a caller must give may be missing, a placeholder stands for it.
    Check,
    /// The graph is about to run: every input that it needs must be there.
    Run,
}

/// What a compilation gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The plan; `None` where there are errors.
    pub plan: Option<Plan>,
    /// All errors and warnings, sorted by place.
    pub problems: Vec<Problem>,
}

impl Compiled {
    /// Returns whether nothing stands in the way of a run.
    pub fn is_ok(&self) -> bool {
        self.plan.is_some()
    }

    /// Returns the errors alone, sorted by place.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }
}
