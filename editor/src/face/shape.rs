//! What is promised by what a node runs: a kind, another graph by its inputs and outputs, a loop by its body.
//!
//! Nothing here waits: a kind that a source has not told yet and a file that was not read yet are not known.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::doc::{Body, GraphDoc, InputDoc, NodeDoc, Reference, Runs};
use windlass_core::node::Statics;
use windlass_core::registry::Registry;
use windlass_core::spec::{Cost, Needs, ParamSpec, PortSpec, Purity, Shape, Spec, Tolerance};
use windlass_core::types::Type;

use super::ERROR_PORT;
use crate::graphs::{Graphs, file_of, resolve};

/// How deep graphs are looked into that use graphs, for the types of their outputs.
const DEPTH: usize = 4;

/// Where is found what nodes run.
#[derive(Clone, Copy)]
pub struct Kinds<'a> {
    /// The kinds of the program.
    pub registry: &'a Registry,
    /// The graph files that were read.
    pub graphs: &'a Graphs,
    /// The folder of the graph; `None` for one without a file.
    pub folder: Option<&'a Path>,
}

impl Kinds<'_> {
    /// Returns the graph file that a node runs or has as its body, if it was read.
    pub fn graph(&self, node: &NodeDoc) -> Option<&Arc<GraphDoc>> {
        self.graphs.get(&resolve(self.folder?, file_of(node)?))
    }

    /// Returns what a node promises, with the values of its static parameters.
    pub fn spec(&self, node: &NodeDoc) -> Option<Spec> {
        self.spec_within(node, DEPTH)
    }

    fn spec_within(&self, node: &NodeDoc, depth: usize) -> Option<Spec> {
        match &node.runs.value {
            Runs::Graph(path) => self.graph(node).map(|graph| of_graph(path, graph, self, depth)),
            Runs::Kind(kind) => {
                let spec = self.of_kind(node, kind)?;
                if spec.rounds().is_none() {
                    return Some(spec);
                }
                let body = match node.body.as_ref().map(|body| &body.value) {
                    Some(Body::Here(body)) => Some(&**body),
                    _ => self.graph(node).map(|graph| &**graph),
                };
                Some(of_loop(spec, body, self, depth))
            }
        }
    }

    /// Returns what a kind promises for the static parameters of a node; with those of the default where they are wrong.
    fn of_kind(&self, node: &NodeDoc, name: &str) -> Option<Spec> {
        let kind = self.registry.known(name)?;
        let plain = kind.spec(&Statics::new()).ok()?;
        let mut statics = Statics::new();
        for param in plain.params.iter().filter(|param| param.is_static) {
            let given = node.params.get(&param.name).map(|given| given.value.clone());
            statics = statics.with(&param.name, given.or_else(|| param.default.clone()).unwrap_or(Json::Null));
        }
        Some(kind.spec(&statics).unwrap_or(plain))
    }

    fn output(&self, graph: &GraphDoc, reference: &Reference, depth: usize) -> Type {
        match reference {
            Reference::Input(name) => graph.inputs.get(name).map_or(Type::Any, |input| input.ty.value.clone()),
            Reference::Port { port, .. } if port == ERROR_PORT => Type::Failure,
            Reference::Port { node, port } => {
                let node = graph.nodes.get(node).filter(|_| depth > 0);
                // A file that a used graph names is relative to that graph.
                let folder = graph.path.as_deref().and_then(Path::parent).or(self.folder);
                let inner = Kinds { folder, ..*self };
                let spec = node.and_then(|node| inner.spec_within(node, depth - 1));
                let of_port = spec.and_then(|spec| spec.output(port).map(|port| port.ty.clone()));
                of_port.filter(|ty| !matches!(ty, Type::Var(_))).unwrap_or(Type::Any)
            }
        }
    }
}

fn of_graph(path: &str, graph: &GraphDoc, kinds: &Kinds<'_>, depth: usize) -> Spec {
    let (inputs, params) = sides(graph);
    let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Spec {
        kind: path.to_owned(),
        version: 0,
        title: graph.name.clone().or(stem).unwrap_or_else(|| path.to_owned()),
        doc: graph.description.clone().unwrap_or_else(|| "Runs another graph.".into()),
        category: "graph".into(),
        search: Vec::new(),
        purity: Purity::Pure,
        shape: Shape::Map,
        cost: Cost::Light,
        needs: Needs::default(),
        permissions: Vec::new(),
        seeded: false,
        slots: None,
        counts_open: false,
        tolerates: Tolerance::Nothing,
        inputs,
        outputs: outputs(graph, kinds, depth),
        params,
        samples: Vec::new(),
        examples: Vec::new(),
    }
}

/// The inputs of a body are those of its node, its outputs too.
fn of_loop(mut spec: Spec, body: Option<&GraphDoc>, kinds: &Kinds<'_>, depth: usize) -> Spec {
    spec.inputs.clear();
    let Some(body) = body else { return spec };
    let (inputs, params) = sides(body);
    spec.inputs = inputs;
    spec.params = params.into_iter().chain(spec.params).collect();
    let own = std::mem::take(&mut spec.outputs);
    spec.outputs = outputs(body, kinds, depth);
    spec.outputs.extend(own.into_iter().filter(|port| !body.outputs.contains_key(&port.name)));
    spec
}

/// Returns the inputs of a graph: those that are best written stand among the parameters, the rest are ports.
fn sides(graph: &GraphDoc) -> (Vec<PortSpec>, Vec<ParamSpec>) {
    let (params, ports): (Vec<_>, Vec<_>) = graph.inputs.iter().partition(|(_, input)| is_written(input));
    let port = |(name, input): (&String, &InputDoc)| PortSpec {
        optional: input.ty.value.is_optional() || input.default.is_some(),
        constant: true,
        collect: matches!(input.ty.value, Type::List(_)),
        ..PortSpec::new(name, input.ty.value.clone(), input.doc.clone().unwrap_or_default())
    };
    let param = |(name, input): (&String, &InputDoc)| ParamSpec {
        name: name.clone(),
        doc: input.doc.clone().unwrap_or_default(),
        ty: input.ty.value.clone(),
        default: input.default.as_ref().map(|default| default.value.clone()),
        is_static: false,
        is_path_template: false,
        unit: String::new(),
    };
    (ports.into_iter().map(port).collect(), params.into_iter().map(param).collect())
}

fn is_written(input: &InputDoc) -> bool {
    let is_plain = |ty: &Type| {
        matches!(ty, Type::Bool | Type::Int(..) | Type::Float(..) | Type::Text(_) | Type::Path | Type::Absent)
    };
    input.ty.value.members().iter().all(is_plain)
}

fn outputs(graph: &GraphDoc, kinds: &Kinds<'_>, depth: usize) -> Vec<PortSpec> {
    let output = |(name, from): (&String, &windlass_core::problem::Spanned<Reference>)| {
        PortSpec::new(name, kinds.output(graph, &from.value, depth), format!("{} of the graph.", from.value))
    };
    graph.outputs.iter().map(output).collect()
}
