//! A plan in the making: nodes of all graphs side by side, filled in check by check.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::{Request, secret};
use crate::doc::Policy;
use crate::node::{ErasedNode, Statics};
use crate::permission::Permissions;
use crate::problem::{Problem, Span, Spanned, nearest};
use crate::secret::Secrets;
use crate::spec::Spec;
use crate::types::Type;
use crate::value::Value;

/// How many problems may stand before near misses are no longer looked for, which is dear in a large graph.
const MAX_SUGGESTIONS: usize = 200;

/// Returns a hint that names the nearest of the known names, while there are few problems.
pub(crate) fn did_you_mean<S: AsRef<str>>(
    found: &[Problem],
    name: &str,
    known: impl IntoIterator<Item = S>,
) -> Option<String> {
    if found.len() >= MAX_SUGGESTIONS {
        return None;
    }
    let known: Vec<S> = known.into_iter().collect();
    nearest(name, known.iter().map(S::as_ref)).map(|near| format!("did you mean `{near}`?"))
}

/// A plan in the making.
pub(crate) struct Draft<'a> {
    /// What was asked for.
    pub request: &'a Request<'a>,
    /// Folder of the graph file, absolute.
    pub folder: Arc<Path>,
    /// The nodes; once cycles are broken up each follows what feeds it.
    pub nodes: Vec<DraftNode>,
    /// What the caller gets.
    pub outputs: Vec<DraftOutput>,
    /// What the graph asks to be allowed.
    pub permissions: Permissions,
    /// What was taken from the environment.
    pub secrets: Secrets,
    /// What was found so far.
    pub problems: Vec<Problem>,
}

/// A node of any graph, under its flattened name.
pub(crate) struct DraftNode {
    pub name: String,
    pub title: Option<String>,
    pub kind: Spanned<String>,
    pub params: IndexMap<String, DraftParam>,
    pub wires: Vec<DraftWire>,
    pub policy: Policy,
    /// The policy of the used graphs that it lies in, for what it does not say itself.
    pub around: Arc<Policy>,
    pub has_body: Option<Option<Span>>,
    /// The loop that it is a part of.
    pub in_loop: Option<(Arc<DraftLoop>, LoopRole)>,
    pub span: Option<Span>,
    pub name_spans: IndexMap<String, Span>,
    /// Folder of the graph file that it stands in, absolute.
    pub folder: Arc<Path>,
    /// What its kind promises; `None` for a kind that is not known, whose ports are then not looked at.
    pub spec: Option<Arc<Spec>>,
    pub node: Option<Arc<dyn ErasedNode>>,
    pub statics: Statics,
    pub constants: Vec<(Arc<str>, Value)>,
    /// The splits that it fires inside of; `None` where a problem hides that.
    pub scope: Option<Vec<usize>>,
    /// The type variables of its spec as its wires decide them.
    pub bound: BTreeMap<Arc<str>, Type>,
    /// What a bypassed node hands on, by output port.
    pub hands_on: Option<IndexMap<String, Source>>,
}

/// The parts of a loop and the ports of its body.
pub(crate) struct DraftLoop {
    /// Name of the node that lets rounds out.
    pub head: String,
    /// Name of the node that gives what the last round gave: that of the loop.
    pub result: String,
    /// The outputs that the next round begins with.
    pub state: Vec<String>,
    pub inputs: Vec<(String, Type)>,
    pub outputs: Vec<String>,
}

/// Which part of a loop a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopRole {
    /// Lets rounds out.
    Head,
    /// Ends a round.
    Round,
    /// Gives what the last round gave.
    Result,
}

impl DraftLoop {
    /// Returns the type that an output of the body must have, where the next round begins with it.
    pub fn carried(&self, output: &str) -> Option<&Type> {
        let is_state = self.state.iter().any(|name| name == output);
        self.inputs.iter().find(|(name, _)| is_state && name == output).map(|(_, ty)| ty)
    }
}

/// A constant as it was written.
#[derive(Clone)]
pub(crate) struct DraftParam {
    pub written: Written,
    pub span: Option<Span>,
}

/// How a constant was written.
#[derive(Clone)]
pub(crate) enum Written {
    /// In the graph.
    Json(Json),
    /// On a command line.
    Text(String),
}

/// A wire into a port or parameter.
pub(crate) struct DraftWire {
    pub port: String,
    pub position: usize,
    /// Whether it stands in a list of references.
    pub listed: bool,
    pub feed: Feed,
    /// The inputs of subgraphs that it passes, outermost first.
    pub borders: Vec<Border>,
    pub span: Option<Span>,
    /// The reference that names the feed: elsewhere than the wire where a used graph hands the value out.
    pub named_at: Option<Span>,
    /// What it is once settled: where it really comes from, and how it meets its port.
    pub settled: Option<Settled>,
}

/// An input of a subgraph that a wire passes.
#[derive(Clone)]
pub(crate) struct Border {
    pub name: String,
    pub ty: Type,
    /// The wire outside that feeds it.
    pub wire: Option<Span>,
    /// Where it is declared inside.
    pub declared: Option<Span>,
}

/// What feeds a wire.
#[derive(Clone)]
pub(crate) enum Feed {
    /// A node's output.
    Port { node: usize, port: String },
    /// A graph input.
    Constant(Constant),
    /// Something that a problem hides.
    Unknown,
}

/// The value of a graph input.
#[derive(Clone)]
pub(crate) struct Constant {
    /// `None`: not known before the run.
    pub value: Option<Value>,
    /// The graph input that it is the value of; `None` for the default of a used graph's input.
    pub input: Option<Arc<str>>,
    pub ty: Type,
    /// The environment variable that it comes from.
    pub secret: Option<String>,
}

/// What feeds a wire once bypassed nodes are looked through.
#[derive(Clone)]
pub(crate) struct Source {
    pub feed: Feed,
    pub ty: Type,
    pub scope: Option<Vec<usize>>,
}

/// How a wire meets its port.
#[derive(Clone)]
pub(crate) struct Settled {
    pub source: Source,
    /// Groups that are made to lists on the way, the innermost first; `source` is what comes of them.
    pub gathered: Vec<Gathered>,
    pub collect: bool,
    /// What each value must be, with variables as in the spec.
    pub port_ty: Type,
    pub variadic: bool,
}

/// A group that is made to a list on the way to a port.
#[derive(Clone)]
pub(crate) struct Gathered {
    /// Type of its members.
    pub ty: Type,
    /// The splits that they lie inside of.
    pub scope: Option<Vec<usize>>,
}

/// A graph output.
pub(crate) struct DraftOutput {
    pub name: String,
    pub feed: Feed,
    pub span: Option<Span>,
    pub source: Option<Source>,
}

impl Draft<'_> {
    /// Takes note of a problem.
    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Returns how many splits of a scope lie inside of the innermost body: what one round holds, or the run.
    pub fn levels(&self, scope: &[usize]) -> usize {
        let is_head = |at: &usize| matches!(self.nodes[*at].in_loop, Some((_, LoopRole::Head)));
        scope.iter().rev().take_while(|at| !is_head(at)).count()
    }

    /// Returns the name of what feeds a wire, for a sentence.
    pub fn feed_in_words(&self, feed: &Feed) -> String {
        match feed {
            Feed::Port { node, port } => format!("`{}.{port}`", self.nodes[*node].name),
            Feed::Constant(_) => "the graph input".into(),
            Feed::Unknown => "the wire".into(),
        }
    }
}

impl DraftNode {
    /// Returns where a parameter or wire of the node stands, else the node itself.
    pub fn place_of(&self, name: &str) -> Option<Span> {
        self.name_spans.get(name).or(self.span.as_ref()).cloned()
    }

    /// Returns an error about the node, that of a loop for its parts.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Problem {
        let name = self.in_loop.as_ref().map_or(&self.name, |(parts, _)| &parts.result);
        Problem::error(code, message).node(name.clone()).at(self.span.clone())
    }

    /// Returns the environment variable that a port or parameter is taken from.
    pub fn secret(&self, name: &str) -> Option<&str> {
        let written = self.params.get(name).and_then(|given| match &given.written {
            Written::Json(json) => secret::name(json),
            Written::Text(_) => None,
        });
        let wired = || {
            self.wires.iter().filter(|wire| wire.port == name).find_map(|wire| match wire.real_feed() {
                Feed::Constant(known) => known.secret.as_deref(),
                Feed::Port { .. } | Feed::Unknown => None,
            })
        };
        written.or_else(wired)
    }

    /// Returns whether something is given for a port or parameter.
    pub fn has(&self, name: &str) -> bool {
        self.params.contains_key(name) || self.wires.iter().any(|wire| wire.port == name)
    }
}

impl DraftWire {
    /// Returns what feeds the wire, bypassed nodes looked through where that is known.
    fn real_feed(&self) -> &Feed {
        self.settled.as_ref().map_or(&self.feed, |settled| &settled.source.feed)
    }
}

impl DraftWire {
    /// Returns the graph input whose value the wire brings, if it brings one.
    pub fn graph_input(&self) -> Option<Arc<str>> {
        match self.settled.as_ref().map_or(&self.feed, |settled| &settled.source.feed) {
            Feed::Constant(known) => known.input.clone(),
            Feed::Port { .. } | Feed::Unknown => None,
        }
    }
}

impl Settled {
    /// Returns the scope that the values have behind the port.
    pub fn scope_inside(&self) -> Option<&[usize]> {
        let scope = self.source.scope.as_deref()?;
        Some(if self.collect { &scope[..scope.len().saturating_sub(1)] } else { scope })
    }
}
