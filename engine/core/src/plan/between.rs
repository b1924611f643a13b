//! Nodes that stand in no graph, between what feeds a port and the port: a graph input among wires comes from one, and a
//! group whose lists are collected again is made to a list by one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::draft::{DraftNode, DraftWire, Gathered};
use super::{Feed, Step, StepId, StepInput, StepPolicy};
use crate::about::About;
use crate::node::{HANDED, HandsOn, Statics};
use crate::problem::Spanned;
use crate::spec::{PortSpec, Spec};
use crate::types::Type;

/// Gives each graph input that stands among wires of nodes in one port a node of its own.
pub(super) fn give_inputs(nodes: &mut Vec<DraftNode>) {
    for at in 0..nodes.len() {
        for wire in mixed(&nodes[at]) {
            let giver = giver(&nodes[at], wire);
            nodes[at].wires[wire].feed = Feed::Port { node: nodes.len(), port: HANDED.to_owned() };
            nodes.push(giver);
        }
    }
}

/// Returns the wires of a node that bring graph inputs to ports that wires of nodes feed too.
fn mixed(node: &DraftNode) -> Vec<usize> {
    let fed = node.wires.iter().filter(|wire| matches!(wire.feed, Feed::Port { .. }));
    let fed: HashSet<&str> = fed.map(|wire| &*wire.port).collect();
    let brings = |wire: &DraftWire| matches!(wire.feed, Feed::Constant(_)) && fed.contains(&*wire.port);
    node.wires.iter().enumerate().filter(|(_, wire)| brings(wire)).map(|(at, _)| at).collect()
}

fn giver(node: &DraftNode, wire: usize) -> DraftNode {
    let DraftWire { port, position, feed, span, named_at, .. } = &node.wires[wire];
    let wire = DraftWire {
        port: HANDED.to_owned(),
        position: 0,
        listed: false,
        feed: feed.clone(),
        borders: Vec::new(),
        span: span.clone(),
        named_at: named_at.clone(),
        settled: None,
    };
    DraftNode {
        name: format!("{}.{port}[{position}]", node.name),
        title: None,
        kind: Spanned { value: String::new(), span: None },
        params: IndexMap::new(),
        wires: vec![wire],
        policy: Default::default(),
        around: Arc::default(),
        has_body: None,
        in_loop: None,
        span: span.clone().or(node.span.clone()),
        name_spans: IndexMap::new(),
        folder: node.folder.clone(),
        spec: Some(Arc::new(spec("graph input", Type::var("T"), false))),
        node: Some(Arc::new(HandsOn)),
        statics: Statics::new(),
        constants: Vec::new(),
        scope: None,
        bound: BTreeMap::new(),
        hands_on: None,
    }
}

/// Returns the step that makes a list of a group on the way to a port of `node`, the `level`-th on its wire.
pub(super) fn list_of(
    node: &DraftNode,
    (wire, level): (&DraftWire, usize),
    gathered: &Gathered,
    (from, from_port): (StepId, &str),
    scope: Vec<StepId>,
) -> Step {
    let list = Type::list(gathered.ty.clone());
    let spec = spec("collect", list.clone(), true);
    let policy = node.policy.within(&node.around);
    let plain = StepPolicy::default();
    let input = StepInput {
        name: HANDED.into(),
        position: 0,
        variadic: false,
        from,
        from_port: from_port.into(),
        scope: scope.clone(),
        collect: true,
        ty: gathered.ty.clone(),
        parks: None,
        replays: None,
    };
    Step {
        name: list_name(node, wire, level),
        title: spec.title.clone(),
        scope: scope[..scope.len().saturating_sub(1)].to_vec(),
        constants: Vec::new(),
        secrets: Vec::new(),
        inputs: vec![input],
        policy: StepPolicy {
            incomplete: policy.incomplete.unwrap_or(plain.incomplete),
            queue: policy.queue,
            mute: policy.mute,
            ..plain
        },
        statics: Statics::new(),
        node: Arc::new(HandsOn),
        output_types: vec![list],
        given: Vec::new(),
        rows: 0,
        error_wired: false,
        in_loop: None,
        members: Vec::new(),
        phase: 0,
        spec: Arc::new(spec),
    }
}

fn list_name(node: &DraftNode, wire: &DraftWire, level: usize) -> String {
    let position = if wire.listed { format!("[{}]", wire.position) } else { String::new() };
    let level = if level > 0 { format!(" {}", level + 1) } else { String::new() };
    format!("{}.{}{position} (list{level})", node.name, wire.port)
}

fn spec(kind: &str, ty: Type, collect: bool) -> Spec {
    let mut spec = About::new(kind, "Hands on", "Hands on what it gets.").into_spec();
    spec.inputs = vec![PortSpec { collect, constant: !collect, ..PortSpec::new(HANDED, ty.clone(), "What it gets.") }];
    spec.outputs = vec![PortSpec::new(HANDED, ty, "The same.")];
    spec
}
