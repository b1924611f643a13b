//! References looked up through the borders of used graphs.

use std::collections::HashSet;

use super::super::draft::{Border, did_you_mean};
use super::super::{Base, Constant, Feed, Request, constant, given, secret};
use super::frames::{Entry, Frame, Frames};
use crate::doc::{GraphDoc, InputDoc, NodeDoc, Reference, Runs, Wire};
use crate::problem::{Problem, Span};
use crate::spec::Spec;

/// Looks up references, and says where they lead nowhere.
pub(super) struct Resolver<'a> {
    request: &'a Request<'a>,
    frames: &'a Frames,
    problems: &'a mut Vec<Problem>,
    /// The references under way: one that comes again leads in a circle.
    under_way: Vec<(usize, Reference)>,
}

/// What a reference stands for.
#[derive(Clone)]
pub(super) struct Found {
    pub feed: Feed,
    /// The inputs of used graphs on the way, outermost first.
    pub borders: Vec<Border>,
    /// The reference that names the feed: in a used graph, where that hands the value out.
    pub span: Option<Span>,
}

impl Found {
    /// Returns a port of a node of the draft.
    pub fn port(node: usize, port: &str) -> Self {
        Self::at(Feed::Port { node, port: port.to_owned() }, &None)
    }

    fn at(feed: Feed, span: &Option<Span>) -> Self {
        Self { feed, borders: Vec::new(), span: span.clone() }
    }
}

/// Through how many borders of used graphs a reference may lead.
const MAX_STEPS: usize = 512;

impl<'a> Resolver<'a> {
    pub fn new(request: &'a Request<'a>, frames: &'a Frames, problems: &'a mut Vec<Problem>) -> Self {
        Self { request, frames, problems, under_way: Vec::new() }
    }

    /// Returns what the kind of a node promises.
    pub fn kind(&self, node: &NodeDoc) -> Option<Spec> {
        match &node.runs.value {
            Runs::Kind(kind) => self.request.registry.spec(kind),
            Runs::Graph(_) => None,
        }
    }

    /// Returns what a reference of a frame stands for.
    pub fn resolve(&mut self, frame: usize, reference: &Reference, span: &Option<Span>) -> Found {
        let step = (frame, reference.clone());
        if self.under_way.contains(&step) {
            let message = format!("`{reference}` leads back to itself through a graph that hands it through");
            return self.unknown(Problem::error("cycle", message), span);
        }
        if self.under_way.len() >= MAX_STEPS {
            let message = format!("`{reference}` leads through too many graphs that hand it through");
            return self.unknown(Problem::error("too-large", message), span);
        }
        self.under_way.push(step);
        let found = match reference {
            Reference::Input(name) => self.input(frame, name, span),
            Reference::Port { node, port } => self.port(frame, node, port, span),
        };
        self.under_way.pop();
        found
    }

    fn unknown(&mut self, problem: Problem, span: &Option<Span>) -> Found {
        self.problems.push(problem.at(span.clone()));
        Found::at(Feed::Unknown, span)
    }

    fn input(&mut self, frame: usize, name: &str, span: &Option<Span>) -> Found {
        let opened = &self.frames.list[frame];
        let Some(input) = opened.doc.inputs.get(name) else {
            let near = did_you_mean(self.problems, name, opened.doc.inputs.keys());
            let problem = Problem::error("unknown-graph-input", format!("the graph has no input `{name}`"));
            return self.unknown(problem.hint("inputs are declared under `inputs`").maybe_hint(near), span);
        };
        if let Some(head) = opened.head {
            return Found::at(Feed::Port { node: head, port: name.to_owned() }, span);
        }
        match &opened.used_by {
            None => Found::at(self.frames.root_inputs.get(name).cloned().unwrap_or(Feed::Unknown), span),
            Some((outer, id)) => self.border((frame, span), (*outer, id), name, input),
        }
    }

    /// Returns what feeds an input of the body of a loop outside.
    pub fn loop_input(&mut self, body: usize, name: &str) -> Found {
        let opened = &self.frames.list[body];
        let (Some(input), Some((outer, id))) = (opened.doc.inputs.get(name), &opened.used_by) else {
            return Found::at(Feed::Unknown, &None);
        };
        let found = self.border((body, &input.span), (*outer, id), name, input);
        // The head of the loop has a port of the input's type, which says by itself what does not fit.
        Found { borders: Vec::new(), ..found }
    }

    /// Follows an input of a used graph to what feeds it outside.
    fn border(
        &mut self,
        (frame, span): (usize, &Option<Span>),
        (outer, id): (usize, &str),
        name: &str,
        input: &InputDoc,
    ) -> Found {
        let node = &self.frames.list[outer].doc.nodes[id];
        if let Some(wire) = node.inputs.get(name) {
            let Wire::One(reference) = &wire.value else { return Found::at(Feed::Unknown, span) };
            let mut found = self.resolve(outer, reference, &wire.span);
            let (ty, declared) = (input.ty.value.clone(), input.span.clone());
            found.borders.push(Border { name: name.to_owned(), ty, wire: wire.span.clone(), declared });
            return found;
        }
        let read = given_value(name, input, node, (self.frames, outer, frame), self.request);
        // What is wrong with it is said where borders are checked.
        Found::at(read.ok().flatten().map_or(Feed::Unknown, Feed::Constant), span)
    }

    fn port(&mut self, frame: usize, node: &str, port: &str, span: &Option<Span>) -> Found {
        let opened = &self.frames.list[frame];
        match opened.entries.get(node) {
            Some(Entry::Node(at)) => Found::at(Feed::Port { node: *at, port: port.to_owned() }, span),
            Some(Entry::Unknown) => Found::at(Feed::Unknown, span),
            Some(Entry::Loop(of)) => Found::at(Feed::Port { node: of.result, port: port.to_owned() }, span),
            Some(Entry::Graph(inner)) => self.graph_output(*inner, node, port, span),
            None => {
                let near = did_you_mean(self.problems, node, opened.entries.keys());
                let problem = Problem::error("unknown-node", format!("the graph has no node `{node}`"));
                self.unknown(problem.maybe_hint(near), span)
            }
        }
    }

    fn graph_output(&mut self, inner: usize, node: &str, port: &str, span: &Option<Span>) -> Found {
        let doc = &self.frames.list[inner].doc;
        if let Some(reference) = doc.outputs.get(port) {
            return self.resolve(inner, &reference.value, &reference.span);
        }
        if port == "error" {
            let message = format!("`{node}` is a graph: its failures have no common port");
            return self.unknown(
                Problem::error("uses-error", message)
                    .hint("let outputs of the graph hand out the `error` ports of its nodes"),
                span,
            );
        }
        let near = did_you_mean(self.problems, port, doc.outputs.keys());
        let problem = Problem::error("unknown-port", format!("the graph `{node}` has no output `{port}`"));
        self.unknown(problem.maybe_hint(near), span)
    }

    /// Checks what a used graph is given by the node that uses it, and that every graph uses what it asks for.
    pub fn check_border(&mut self, frame: usize) {
        let opened = &self.frames.list[frame];
        let doc = opened.doc.clone();
        let used = used_inputs(&doc);
        for (name, input) in doc.inputs.iter().filter(|(name, _)| !used.contains(name.as_str())) {
            let problem = Problem::warning("unused-input", format!("input `{name}` is not used"));
            self.problems.push(problem.at(input.span.clone()));
        }
        if let Some((outer, id)) = &opened.used_by {
            let prefix = &self.frames.list[*outer].prefix;
            let node = &self.frames.list[*outer].doc.nodes[id];
            let checks = [
                unknown_names(self.problems, opened, node, self.request),
                badly_given(&doc, node, (self.frames, *outer, frame), self.request),
            ]
            .concat();
            self.problems.extend(checks.into_iter().map(|problem| problem.node(format!("{prefix}{id}"))));
        }
    }
}

fn used_inputs(doc: &GraphDoc) -> HashSet<&str> {
    let wires = doc.nodes.values().flat_map(|node| node.inputs.values());
    let references = wires.flat_map(|wire| match &wire.value {
        Wire::One(reference) => vec![reference],
        Wire::Many(references) => references.iter().map(|reference| &reference.value).collect(),
    });
    let names = references.chain(doc.outputs.values().map(|reference| &reference.value));
    names
        .filter_map(|reference| if let Reference::Input(name) = reference { Some(name.as_str()) } else { None })
        .collect()
}

fn unknown_names(found: &[Problem], inner: &Frame, node: &NodeDoc, request: &Request<'_>) -> Vec<Problem> {
    let of_kind = match &node.runs.value {
        Runs::Kind(kind) => request.registry.spec(kind).map(|spec| spec.params).unwrap_or_default(),
        Runs::Graph(_) => Vec::new(),
    };
    let is_known = |name: &str| inner.doc.inputs.contains_key(name) || of_kind.iter().any(|param| param.name == name);
    let what = if inner.head.is_some() { "its body" } else { "the graph that it uses" };
    let unknown = node.inputs.keys().chain(node.params.keys()).filter(|name| !is_known(name)).map(|name| {
        let known = inner.doc.inputs.keys().chain(of_kind.iter().map(|param| &param.name));
        Problem::error("unknown-input", format!("{what} has no input `{name}`"))
            .at(place(node, name))
            .maybe_hint(did_you_mean(found, name, known))
    });
    unknown.collect()
}

/// Returns what a node gives for an input of the graph that it uses, where no wire does.
fn given_value(
    name: &str,
    input: &InputDoc,
    node: &NodeDoc,
    (frames, outer, inner): (&Frames, usize, usize),
    request: &Request<'_>,
) -> Result<Option<Constant>, Option<Box<Problem>>> {
    let Some(param) = node.params.get(name) else {
        return given::default_value(input, name, &frames.list[inner].folder, &frames.secrets, request);
    };
    let (ty, base) = (&input.ty.value, Base::Folder(&frames.list[outer].folder));
    let read = match secret::name(&param.value) {
        Some(variable) => secret::resolve(variable, ty, base, &frames.secrets, request),
        None => constant::from_json(&param.value, ty, base)
            .map(Some)
            .map_err(|cause| Box::new(Problem::error("wrong-constant", format!("`{name}`: {cause}")))),
    };
    let value = read.map_err(|problem| Some(Box::new(problem.at(param.span.clone()))))?;
    Ok(Some(Constant { value, ty: ty.clone(), input: None, secret: secret::name(&param.value).map(str::to_owned) }))
}

fn badly_given(
    doc: &GraphDoc,
    node: &NodeDoc,
    (frames, outer, inner): (&Frames, usize, usize),
    request: &Request<'_>,
) -> Vec<Problem> {
    let problem = |(name, input): (&String, &InputDoc)| match (node.inputs.get(name), node.params.get(name)) {
        (Some(_), Some(_)) => Some(
            Problem::error("wired-and-constant", format!("`{name}` has a wire and a constant"))
                .at(place(node, name))
                .hint("keep one of them"),
        ),
        (Some(wire), None) if matches!(wire.value, Wire::Many(_)) => Some(
            Problem::error("not-variadic", format!("input `{name}` of a graph takes one reference"))
                .at(wire.span.clone()),
        ),
        (Some(_), None) => None,
        (None, _) => match given_value(name, input, node, (frames, outer, inner), request) {
            Ok(Some(_)) => None,
            Ok(None) => Some(
                Problem::error("missing-input", format!("input `{name}` is neither wired nor set"))
                    .at(node.span.clone()),
            ),
            Err(problem) => problem.map(|problem| *problem),
        },
    };
    doc.inputs.iter().filter_map(problem).collect()
}

fn place(node: &NodeDoc, name: &str) -> Option<Span> {
    node.name_spans.get(name).or(node.span.as_ref()).cloned()
}
