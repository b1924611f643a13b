//! A graph under construction: its document, and the wires that may still be drawn.

use std::time::Duration;

use windlass_core::doc::{Body, GraphDoc, Incomplete, NodeDoc, Policy, Reference, Wire};
use windlass_core::json;
use windlass_core::problem::Spanned;

use crate::dice::Dice;

/// An output port, as far as the generator knows it.
#[derive(Clone, Debug)]
pub struct Source {
    pub node: String,
    pub port: &'static str,
    /// The splits that it lies inside of, outermost first.
    pub scope: Vec<String>,
    /// The splits that its node fires inside of, where its failures lie.
    pub fires_in: Vec<String>,
    pub used: bool,
}

/// A graph under construction.
pub struct Sketch {
    pub dice: Dice,
    pub doc: GraphDoc,
    /// The ports that give numbers, oldest first.
    pub sources: Vec<Source>,
    /// The bodies that it lies inside of.
    pub bodies: usize,
}

/// A node under construction.
pub struct Draft {
    doc: NodeDoc,
    scope: Vec<String>,
}

impl Draft {
    /// Starts a node of a kind.
    pub fn of(kind: &str) -> Self {
        Self { doc: NodeDoc::of_kind(kind), scope: Vec::new() }
    }

    /// Sets a parameter.
    pub fn param(mut self, name: &str, value: usize) -> Self {
        self.doc.params.insert(name.into(), Spanned::made(json!(value)));
        self
    }

    /// Sets a parameter that is a flag.
    pub fn flag(mut self, name: &str, value: bool) -> Self {
        self.doc.params.insert(name.into(), Spanned::made(json!(value)));
        self
    }

    /// Sets a parameter that is a text.
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.doc.params.insert(name.into(), Spanned::made(json!(value)));
        self
    }

    /// Lets failures be tried again.
    pub fn retries(mut self, retries: usize) -> Self {
        self.doc.policy.retries = u32::try_from(retries).ok();
        self
    }

    /// Lets failures in a group fail the collect.
    pub fn strict(mut self) -> Self {
        self.doc.policy.incomplete = Some(Incomplete::Fail);
        self
    }

    /// Wires a port, or a parameter.
    pub fn wire(mut self, sketch: &mut Sketch, port: &str, source: usize) -> Self {
        let reference = sketch.draw(source);
        self.meet(&sketch.sources[source].scope.clone());
        self.doc.inputs.insert(port.into(), Spanned::made(Wire::One(reference)));
        self
    }

    /// Wires a variadic port.
    pub fn wires(mut self, sketch: &mut Sketch, port: &str, sources: &[usize]) -> Self {
        let references = sources.iter().map(|source| Spanned::made(sketch.draw(*source))).collect();
        for source in sources {
            self.meet(&sketch.sources[*source].scope.clone());
        }
        self.doc.inputs.insert(port.into(), Spanned::made(Wire::Many(references)));
        self
    }

    /// Wires a port that takes a whole group.
    pub fn collect(mut self, sketch: &mut Sketch, port: &str, source: usize) -> Self {
        let reference = sketch.draw(source);
        let scope = &sketch.sources[source].scope;
        let around = scope[..scope.len() - 1].to_vec();
        self.meet(&around);
        self.doc.inputs.insert(port.into(), Spanned::made(Wire::One(reference)));
        self
    }

    /// Gives the node a body.
    pub fn body(mut self, body: GraphDoc) -> Self {
        self.doc.body = Some(Spanned::made(Body::Here(Box::new(body))));
        self
    }

    /// Wires a port with failures of a node whose items lie in `scope`.
    pub fn rescue(mut self, node: &str, port: &str, scope: &[String]) -> Self {
        let reference = Reference::Port { node: node.into(), port: port.into() };
        self.meet(scope);
        self.doc.inputs.insert("failure".into(), Spanned::made(Wire::One(reference)));
        self
    }

    fn meet(&mut self, scope: &[String]) {
        if scope.len() > self.scope.len() {
            self.scope = scope.to_vec();
        }
    }
}

impl Sketch {
    /// Starts without nodes.
    pub fn new(seed: u64) -> Self {
        let doc = GraphDoc { name: Some(format!("random graph {seed}")), seed, ..GraphDoc::default() };
        Self { dice: Dice::new(seed), doc, sources: Vec::new(), bodies: 0 }
    }

    /// Starts the body of a loop. The dice are taken along, and come back with [`Sketch::take_back`].
    pub fn inner(&mut self) -> Self {
        let dice = std::mem::replace(&mut self.dice, Dice::new(0));
        Self { dice, doc: GraphDoc::default(), sources: Vec::new(), bodies: self.bodies + 1 }
    }

    /// Ends the body of a loop.
    pub fn take_back(&mut self, inner: Self) -> GraphDoc {
        self.dice = inner.dice;
        inner.doc
    }

    /// Offers an input of the graph.
    pub fn offer_input(&mut self, name: &'static str) {
        self.offer("", &[name], Vec::new(), Vec::new());
    }

    /// Adds a loop; returns the first of its outputs.
    pub fn add_loop(&mut self, draft: Draft, ports: &[&'static str]) -> usize {
        let scope = draft.scope.clone();
        let id = format!("n{}", self.doc.nodes.len());
        let queue = self.dice.one_of(&[Some(1), Some(2), None]);
        let mut node = draft.doc;
        node.policy.queue = queue;
        self.doc.nodes.insert(id.clone(), node);
        self.offer(&id, ports, scope.clone(), scope)
    }

    /// Adds a node whose outputs lie in its own scope; returns the first of them.
    pub fn add(&mut self, draft: Draft, ports: &[&'static str]) -> usize {
        let scope = draft.scope.clone();
        let node = self.insert(draft);
        self.offer(&node, ports, scope.clone(), scope)
    }

    /// Adds a split with one of several windows; returns the first of its outputs.
    pub fn add_split(&mut self, mut draft: Draft, windows: &[usize], ports: &[&'static str]) -> usize {
        draft.doc.policy.window = Some(self.dice.one_of(windows));
        let around = draft.scope.clone();
        let node = self.insert(draft);
        let scope = [&around[..], std::slice::from_ref(&node)].concat();
        self.offer(&node, ports, scope, around)
    }

    /// Adds an ordered node that gives something for each item and something for the whole group; returns the first.
    pub fn add_ordered(&mut self, draft: Draft, each: &'static str, whole: &'static str) -> usize {
        let scope = draft.scope.clone();
        let node = self.insert(draft);
        let first = self.offer(&node, &[each], scope.clone(), scope.clone());
        self.offer(&node, &[whole], scope[..scope.len() - 1].to_vec(), scope);
        first
    }

    /// Adds an ordered node whose children lie in a scope in place of that of its items; returns the first of its outputs.
    pub fn add_batches(&mut self, mut draft: Draft, windows: &[usize], ports: &[&'static str]) -> usize {
        draft.doc.policy.window = Some(self.dice.one_of(windows));
        let fires_in = draft.scope.clone();
        let node = self.insert(draft);
        let scope = [&fires_in[..fires_in.len() - 1], std::slice::from_ref(&node)].concat();
        self.offer(&node, ports, scope, fires_in)
    }

    /// Makes a port an output of the graph.
    pub fn output(&mut self, source: usize) {
        let name = format!("{}_{}", self.sources[source].node, self.sources[source].port);
        self.output_as(&name, source);
    }

    /// Makes a port an output of the graph under a name.
    pub fn output_as(&mut self, name: &str, source: usize) {
        let reference = self.draw(source);
        self.doc.outputs.insert(name.into(), Spanned::made(reference));
    }

    fn insert(&mut self, mut draft: Draft) -> String {
        let id = format!("n{}", self.doc.nodes.len());
        self.policy(&mut draft.doc.policy);
        self.doc.nodes.insert(id.clone(), draft.doc);
        id
    }

    fn offer(&mut self, node: &str, ports: &[&'static str], scope: Vec<String>, fires_in: Vec<String>) -> usize {
        let source = |port| {
            let (scope, fires_in) = (scope.clone(), fires_in.clone());
            Source { node: node.to_owned(), port, scope, fires_in, used: false }
        };
        self.sources.extend(ports.iter().copied().map(source));
        self.sources.len() - ports.len()
    }

    fn policy(&mut self, policy: &mut Policy) {
        policy.queue = self.dice.one_of(&[Some(1), Some(1), Some(2), Some(3), None]);
        policy.slots = self.dice.one_of(&[Some(1), Some(1), Some(2), Some(3), None]);
        policy.backoff = Some(Duration::from_millis(1));
    }

    fn draw(&mut self, source: usize) -> Reference {
        let source = &mut self.sources[source];
        source.used = true;
        if source.node.is_empty() {
            return Reference::Input(source.port.into());
        }
        Reference::Port { node: source.node.clone(), port: source.port.into() }
    }

    /// Returns a port that `fits`, rather a new one than an old one.
    pub fn pick(&mut self, fits: impl Fn(&Source) -> bool) -> Option<usize> {
        let fitting: Vec<_> = (0..self.sources.len()).filter(|at| fits(&self.sources[*at])).collect();
        let (one, other) = (self.dice.below(fitting.len()), self.dice.below(fitting.len()));
        fitting.get(one.max(other)).copied()
    }

    /// Returns a port that may be joined with others.
    pub fn pick_beside(&mut self, others: &[usize]) -> Option<usize> {
        let others: Vec<_> = others.iter().map(|other| self.sources[*other].clone()).collect();
        self.pick(|source| others.iter().all(|other| may_meet(source, other)))
    }
}

/// Returns whether two ports lie on one line of nesting.
fn may_meet(one: &Source, other: &Source) -> bool {
    one.scope.starts_with(&other.scope) || other.scope.starts_with(&one.scope)
}
