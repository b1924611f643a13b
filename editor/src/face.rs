//! A node as it is shown: title, icon, ports and parameters, made from its document and the spec of its kind.

mod shape;

use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::doc::{GraphDoc, NodeDoc, Runs};
use windlass_core::spec::{ParamSpec, PortSpec, Spec};
use windlass_core::types::Type;

pub use shape::Kinds;

use crate::graphs::file_of;
use crate::theme::{HEADER_HEIGHT, NODE_FOOT, ROW_HEIGHT};

/// The output port that every kind has.
pub const ERROR_PORT: &str = "error";

/// Parameters that a node shows at most, unless the graph gives more; the inspector shows all.
const SHOWN_PARAMS: usize = 4;

/// A node as it is shown.
#[derive(Clone, Debug)]
pub struct Face {
    /// What it was made from.
    node: NodeDoc,
    /// The graph file that it was made from, where it runs one or has one as its body.
    graph: Option<Arc<GraphDoc>>,
    /// Title for people.
    pub title: String,
    /// Kind, or the path of the graph that it runs.
    pub kind: String,
    /// Category of the kind; empty where the kind is not known.
    pub category: String,
    /// What the kind promises; `None` where it is not known.
    pub spec: Option<Arc<Spec>>,
    /// Input ports.
    pub inputs: Vec<Port>,
    /// Output ports, without `error`.
    pub outputs: Vec<Port>,
    /// Parameters that are shown in the body.
    pub params: Vec<Param>,
}

/// A port as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Name.
    pub name: String,
    /// Type.
    pub ty: Type,
    /// What it is for.
    pub doc: String,
    /// Whether it stands for a whole group: it collects one, or gives one.
    pub many: bool,
    /// Whether it takes more than one wire.
    pub variadic: bool,
    /// Whether it need not be wired.
    pub optional: bool,
}

/// A parameter as it is shown.
#[derive(Clone, Debug)]
pub struct Param {
    /// What the kind says of it.
    pub spec: ParamSpec,
    /// Its value: what the graph gives, else the default.
    pub value: Json,
    /// Whether the graph gives it.
    pub is_given: bool,
    /// Whether a wire drives it.
    pub is_wired: bool,
}

impl Face {
    /// Makes the face of a node.
    pub fn of(id: &str, node: &NodeDoc, kinds: &Kinds<'_>, used: &[&str]) -> Self {
        let (Runs::Kind(kind) | Runs::Graph(kind)) = node.runs.value.clone();
        let spec = kinds.spec(node).map(Arc::new);
        let spec_title = spec.as_ref().map_or_else(|| id.to_owned(), |spec| spec.title.clone());
        let mut face = Self {
            title: node.title.clone().unwrap_or(spec_title),
            category: spec.as_ref().map(|spec| spec.category.clone()).unwrap_or_default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            params: Vec::new(),
            node: node.clone(),
            graph: kinds.graph(node).cloned(),
            kind,
            spec,
        };
        if face.runs_graph() {
            face.category = "graph".into();
        }
        face.fill();
        face.keep_what_is_named(used);
        face
    }

    /// Returns whether it was made from just this, and nothing was learned about it since.
    pub fn is_of(&self, node: &NodeDoc, kinds: &Kinds<'_>, used: &[&str]) -> bool {
        let is_unlearned = self.spec.is_some() || self.runs_graph() || kinds.registry.known(&self.kind).is_none();
        let same_graph = match (&self.graph, kinds.graph(node)) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_graph && is_unlearned && self.node == *node && used.iter().all(|port| self.output(port).is_some())
    }

    /// Returns whether there is a graph inside: a body, or the graph that it runs.
    pub fn is_container(&self) -> bool {
        let has_rounds = self.spec.as_ref().is_some_and(|spec| spec.rounds().is_some());
        has_rounds || self.node.body.is_some() || file_of(&self.node).is_some()
    }

    /// Returns whether it runs another graph.
    pub fn runs_graph(&self) -> bool {
        matches!(self.node.runs.value, Runs::Graph(_))
    }

    /// Returns whether nobody knows what it runs.
    pub fn is_placeholder(&self) -> bool {
        self.spec.is_none() && !self.runs_graph()
    }

    /// Returns the document of the node.
    pub fn node(&self) -> &NodeDoc {
        &self.node
    }

    /// Returns the place of an input or a wired parameter among the lines at the left side.
    pub fn input_row(&self, name: &str) -> Option<usize> {
        let port = self.inputs.iter().position(|port| port.name == name);
        port.or_else(|| Some(self.port_rows() + self.params.iter().position(|param| param.spec.name == name)?))
    }

    /// Returns the place of an output among the lines at the right side.
    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|port| port.name == name)
    }

    /// Returns whether a name is that of a parameter which is shown.
    pub fn is_param(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.spec.name == name)
    }

    /// Returns the type that a port or parameter takes.
    pub fn input_type(&self, name: &str) -> Option<&Type> {
        let port = self.inputs.iter().find(|port| port.name == name).map(|port| &port.ty);
        port.or_else(|| self.params.iter().find(|param| param.spec.name == name).map(|param| &param.spec.ty))
    }

    /// Returns how many lines of ports it has.
    pub fn port_rows(&self) -> usize {
        self.inputs.len().max(self.outputs.len())
    }

    /// Returns its height in points; of a collapsed one, that of its title.
    pub fn height(&self, collapsed: bool) -> f32 {
        if collapsed {
            return HEADER_HEIGHT;
        }
        HEADER_HEIGHT + (self.port_rows() + self.params.len()) as f32 * ROW_HEIGHT + NODE_FOOT
    }

    fn fill(&mut self) {
        let Some(spec) = self.spec.clone() else { return };
        let is_wired = |name: &str| self.node.inputs.contains_key(name);
        let has_constant = |port: &&PortSpec| !(port.constant && self.node.params.contains_key(&port.name));
        self.inputs = spec.inputs.iter().filter(|port| has_constant(port) || is_wired(&port.name)).map(port).collect();
        self.outputs = spec.outputs.iter().map(port).collect();
        let params = spec.params.iter().map(|param| self.param(param)).collect::<Vec<_>>();
        let matters = |param: &Param| param.is_given || param.is_wired || param.spec.default.is_none();
        let mut left = SHOWN_PARAMS.saturating_sub(params.iter().filter(|param| matters(param)).count());
        self.params = params;
        self.params.retain(|param| {
            let shown = matters(param) || left > 0;
            left -= usize::from(shown && !matters(param) && left > 0);
            shown
        });
    }

    fn param(&self, spec: &ParamSpec) -> Param {
        let given = self.node.params.get(&spec.name).map(|given| given.value.clone());
        Param {
            is_given: given.is_some(),
            is_wired: self.node.inputs.contains_key(&spec.name),
            value: given.or_else(|| spec.default.clone()).unwrap_or(Json::Null),
            spec: spec.clone(),
        }
    }

    /// Shows ports that wires name and nobody knows, so that no wire of a damaged graph is out of sight.
    fn keep_what_is_named(&mut self, used: &[&str]) {
        let names: Vec<_> = self.node.inputs.keys().filter(|name| self.input_row(name).is_none()).cloned().collect();
        self.inputs.extend(names.iter().map(|name| unknown(name, Type::Any)));
        for name in used.iter().filter(|name| self.output(name).is_none()).collect::<Vec<_>>() {
            self.outputs.push(unknown(name, Type::Any));
        }
    }
}

fn unknown(name: &str, ty: Type) -> Port {
    Port { name: name.to_owned(), ty, doc: String::new(), many: false, variadic: false, optional: true }
}

fn port(spec: &PortSpec) -> Port {
    Port {
        name: spec.name.clone(),
        ty: spec.ty.clone(),
        doc: spec.doc.clone(),
        many: spec.many || spec.collect,
        variadic: spec.variadic,
        optional: spec.optional,
    }
}
