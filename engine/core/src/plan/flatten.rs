//! Flattening: the nodes of a graph and of every graph that it uses, side by side under names like `outer/inner`.

mod frames;
mod resolve;

use std::path::Path;
use std::sync::Arc;

use frames::{Entry, Frames, OpenLoop};
use resolve::{Found, Resolver};

use super::draft::{DraftOutput, DraftWire};
use super::{Draft, Request, between, constant, given, secret};
use crate::check::permissions;
use crate::doc::{GraphDoc, NodeDoc, Reference, Wire};
use crate::node::{ROUND, SPENT};
use crate::permission::Permissions;
use crate::problem::{Problem, Span, Spanned};
use crate::spec::{ParamSpec, Spec};

/// Reads every graph that the graph uses, and connects all nodes directly.
pub(super) fn flatten<'a>(request: &'a Request<'a>) -> Draft<'a> {
    let mut problems = Vec::new();
    let folder = graph_folder(request);
    let (mut frames, mut nodes) = frames::open(request, folder.clone(), &mut problems);
    frames.secrets = secret::look_up(request, frames.list.iter().map(|frame| &*frame.doc));
    let inputs = given::inputs(request, &folder, &frames.secrets, &mut problems);
    frames.root_inputs = inputs;
    for frame in 0..frames.list.len() {
        let mut resolver = Resolver::new(request, &frames, &mut problems);
        resolver.check_border(frame);
        for (at, wires) in loop_wires(&mut resolver, &frames, frame) {
            nodes[at].wires = wires;
        }
        for (at, wires) in wires_of(&mut resolver, &frames, frame) {
            nodes[at].wires = wires;
        }
    }
    between::give_inputs(&mut nodes);
    ask_for_used(request, &folder, &frames, &mut problems);
    let outputs = outputs(request, &frames, &mut problems);
    let secrets = frames.secrets;
    Draft { request, folder, nodes, outputs, permissions: Permissions::default(), secrets, problems }
}

/// Reports used graphs that ask for more than the graph itself, which is what a caller reads and grants.
fn ask_for_used(request: &Request<'_>, folder: &Path, frames: &Frames, problems: &mut Vec<Problem>) {
    let own = permissions::asked(request.doc, folder, &mut Vec::new());
    for frame in &frames.list {
        let Some((outer, id)) = &frame.used_by else { continue };
        let inner = permissions::asked(&frame.doc, &frame.folder, problems);
        problems.extend(permissions::of_used(&inner, &own).map(|(message, hint)| {
            let (outer, node) = (&frames.list[*outer], &frames.list[*outer].doc.nodes[id]);
            let place = node.runs.span.clone().or(node.span.clone());
            Problem::error("permission", message).node(format!("{}{id}", outer.prefix)).at(place).hint(hint)
        }));
    }
}

fn graph_folder(request: &Request<'_>) -> Arc<Path> {
    let path = request.doc.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    constant::absolute(path, &request.caller_folder).into()
}

fn wires_of(resolver: &mut Resolver<'_>, frames: &Frames, frame: usize) -> Vec<(usize, Vec<DraftWire>)> {
    let opened = &frames.list[frame];
    let own = opened.entries.iter().filter_map(|(id, entry)| match entry {
        Entry::Node(at) => Some((*at, id)),
        Entry::Graph(_) | Entry::Loop(_) | Entry::Unknown => None,
    });
    own.map(|(at, id)| {
        let inputs = &opened.doc.nodes[id].inputs;
        let wires = inputs.iter().flat_map(|(port, wire)| port_wires(resolver, frame, port, &wire.value, &wire.span));
        (at, wires.collect())
    })
    .collect()
}

/// Returns the wires of the parts of each loop of a frame.
fn loop_wires(resolver: &mut Resolver<'_>, frames: &Frames, frame: usize) -> Vec<(usize, Vec<DraftWire>)> {
    let opened = &frames.list[frame];
    let loops = opened.entries.iter().filter_map(|(id, entry)| match entry {
        Entry::Loop(of) => Some((of, &opened.doc.nodes[id])),
        Entry::Node(_) | Entry::Graph(_) | Entry::Unknown => None,
    });
    loops
        .flat_map(|(of, node)| {
            let body = &frames.list[of.body].doc;
            let head = body.inputs.keys().map(|name| {
                let span = node.inputs.get(name).and_then(|wire| wire.span.clone());
                wire(name, resolver.loop_input(of.body, name), span.or(node.name_spans.get(name).cloned()))
            });
            let head: Vec<_> = head.collect();
            let head = head.into_iter().chain(parameter_wires(resolver, frame, node)).collect();
            let from = |node: usize, port: &str| Found::port(node, port);
            let result = result_ports(resolver.kind(node), body).map(|port| wire(&port, from(of.round, &port), None));
            let result = result.collect();
            [(of.head, head), (of.round, round_wires(resolver, (frame, of), node, body)), (of.result, result)]
        })
        .collect()
}

/// Returns the wires of the end of a round: outputs of the body, parameters of the kind, the number of the round.
fn round_wires(
    resolver: &mut Resolver<'_>,
    (frame, of): (usize, &OpenLoop),
    node: &NodeDoc,
    body: &GraphDoc,
) -> Vec<DraftWire> {
    let outputs = body.outputs.iter().map(|(name, reference)| {
        wire(name, resolver.resolve(of.body, &reference.value, &reference.span), reference.span.clone())
    });
    let mut wires: Vec<_> = outputs.collect();
    wires.push(wire(ROUND, Found::port(of.head, ROUND), None));
    for (param, given) in wired_parameters(resolver, node) {
        match param.is_static {
            true => wires.extend(port_wires(resolver, frame, &param.name, &given.value, &given.span)),
            false => wires.push(wire(&param.name, Found::port(of.head, &param.name), given.span.clone())),
        }
    }
    wires
}

/// Returns the wires of parameters that are read for each item. They go through the head, so that no round waits for
/// what lies outside of the body.
fn parameter_wires(resolver: &mut Resolver<'_>, frame: usize, node: &NodeDoc) -> Vec<DraftWire> {
    let of_item = wired_parameters(resolver, node).into_iter().filter(|(param, _)| !param.is_static);
    of_item.flat_map(|(param, given)| port_wires(resolver, frame, &param.name, &given.value, &given.span)).collect()
}

fn wired_parameters<'a>(resolver: &Resolver<'_>, node: &'a NodeDoc) -> Vec<(ParamSpec, &'a Spanned<Wire>)> {
    let params = resolver.kind(node).map(|spec| spec.params).unwrap_or_default();
    params.into_iter().filter_map(|param| node.inputs.get(&param.name).map(|given| (param, given))).collect()
}

fn result_ports(kind: Option<Spec>, body: &GraphDoc) -> impl Iterator<Item = String> {
    let own = kind.into_iter().flat_map(|spec| spec.outputs).map(|port| port.name);
    body.outputs.keys().cloned().chain(own).chain([SPENT.to_owned()]).collect::<Vec<_>>().into_iter()
}

fn wire(port: &str, found: Found, span: Option<Span>) -> DraftWire {
    let Found { feed, borders, span: named_at } = found;
    DraftWire { port: port.to_owned(), position: 0, listed: false, feed, borders, span, named_at, settled: None }
}

fn port_wires(
    resolver: &mut Resolver<'_>,
    frame: usize,
    port: &str,
    wire: &Wire,
    span: &Option<Span>,
) -> Vec<DraftWire> {
    let mut draft = |reference: &Reference, span: Option<Span>, position: usize, listed: bool| {
        let Found { feed, borders, span: named_at } = resolver.resolve(frame, reference, &span);
        DraftWire { port: port.to_owned(), position, listed, feed, borders, span, named_at, settled: None }
    };
    match wire {
        Wire::One(reference) => vec![draft(reference, span.clone(), 0, false)],
        Wire::Many(references) => {
            let places = references.iter().enumerate();
            let own_or_all = |reference: &Spanned<Reference>| reference.span.clone().or(span.clone());
            places.map(|(at, reference)| draft(&reference.value, own_or_all(reference), at, true)).collect()
        }
    }
}

fn outputs(request: &Request<'_>, frames: &Frames, problems: &mut Vec<Problem>) -> Vec<DraftOutput> {
    let Some(root) = frames.list.first() else { return Vec::new() };
    let mut resolver = Resolver::new(request, frames, problems);
    let outputs = root.doc.outputs.iter().map(|(name, reference)| {
        let found = resolver.resolve(0, &reference.value, &reference.span);
        DraftOutput { name: name.clone(), feed: found.feed, span: found.span, source: None }
    });
    outputs.collect()
}
