//! From the UI format to the API format, as the front end does it: subgraphs are opened, values get their names, wires are
//! followed through everything that only the front end knows.

pub(crate) mod ids;
pub(crate) mod levels;
pub(crate) mod links;
pub(crate) mod values;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::api::{ApiNode, ApiWorkflow, wire};
use crate::definitions::Definitions;
use crate::workflow::{Mode, Node, Slot, Workflow, is_note};
use levels::{Level, Levels};
use links::{Modes, Source, source};

/// What became of a workflow.
#[derive(Clone, Debug)]
pub struct Converted {
    /// What can be posted; nodes that could not be converted are not in it.
    pub workflow: ApiWorkflow,
    /// What could not be converted or is in doubt, node by node.
    pub findings: Vec<Finding>,
}

impl Converted {
    /// Returns whether every node that takes part was converted.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|finding| finding.grade == Grade::Doubted)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// The node is converted as the front end would, and a value of it cannot be right.
    Doubted,
    /// The node could not be converted.
    Refused,
}

/// Something that could not be converted, or is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// The id of the node.
    pub node: String,
    /// Its class.
    pub class: String,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "node {} (`{}`): {}", self.node, self.class, self.why)
    }
}

/// Makes what a server runs of what a person drew.
pub fn convert(workflow: &Workflow, definitions: &Definitions) -> Converted {
    let workflow = ids::unique(workflow);
    let mut findings = Vec::new();
    let levels = Levels::open(&workflow, &mut findings);
    let mut made = Making { levels: &levels, definitions, findings, workflow: ApiWorkflow::default() };
    made.level(0);
    made.drop_loose_wires();
    Converted { workflow: made.workflow, findings: made.findings }
}

struct Making<'a> {
    levels: &'a Levels<'a>,
    definitions: &'a Definitions,
    findings: Vec<Finding>,
    workflow: ApiWorkflow,
}

impl Making<'_> {
    /// Converts the nodes of a level, those of a subgraph where it is met.
    fn level(&mut self, at: usize) {
        let level = self.levels.get(at);
        for (id, node) in &level.graph.nodes {
            if let Some(inner) = level.inner(id) {
                // Inside subgraphs, nodes count that are themselves active, whatever holds them.
                if node.mode == Mode::Active || at > 0 {
                    self.level(inner);
                }
            } else if node.mode == Mode::Active && !links::is_virtual(&node.class) && !is_note(&node.class) {
                self.node(at, level, (id, node));
            }
        }
    }

    fn node(&mut self, at: usize, level: &Level<'_>, (id, node): (&str, &Node)) {
        let path = level.path(id);
        let Some(definition) = self.definitions.get(&node.class) else {
            let why = values::unknown(&node.class, self.definitions);
            self.findings.push(Finding { grade: Grade::Refused, node: path, class: node.class.clone(), why });
            return;
        };
        let mut doubts = Vec::new();
        let values = values::named(&node.class, definition, node, &mut doubts);
        let mut inputs: Map<_, _> = values.into_iter().map(|(name, value)| (name, wrapped(value))).collect();
        for slot in &node.inputs {
            if let Some(link) = slot.link {
                self.wire(at, (slot, link), &mut inputs, &mut doubts);
            }
        }
        // A value that a wire takes the place of is nobody's.
        doubts.retain(|(input, _)| {
            input.as_ref().is_none_or(|input| inputs.get(input).is_some_and(|to| wire(to).is_none()))
        });
        let finding = |(input, why): Doubt| {
            let grade = if input.is_some() { Grade::Doubted } else { Grade::Refused };
            Finding { grade, node: path.clone(), class: node.class.clone(), why }
        };
        self.findings.extend(doubts.into_iter().map(finding));
        self.workflow.nodes.insert(path, ApiNode { class: node.class.clone(), inputs, title: node.title.clone() });
    }

    /// Puts what a wire brings in the place of what was entered.
    fn wire(&self, at: usize, (slot, link): (&Slot, i64), inputs: &mut Map<String, Value>, doubts: &mut Vec<Doubt>) {
        match source(self.levels, (at, link), &slot.ty, self.definitions, Modes::Heeded) {
            Source::Port { node, slot: output } => drop(inputs.insert(slot.name.clone(), json!([node, output]))),
            Source::Value(value) => drop(inputs.insert(slot.name.clone(), wrapped(value))),
            // What was entered in the node itself holds.
            Source::Own if slot.widget.is_some() => {}
            Source::Own | Source::Nothing => drop(inputs.shift_remove(&slot.name)),
            Source::Circle => doubts.push((None, format!("the wires of `{}` go round in a circle", slot.name))),
        }
    }

    /// Takes away wires from nodes that take no part.
    fn drop_loose_wires(&mut self) {
        let known: HashSet<String> = self.workflow.nodes.keys().cloned().collect();
        for node in self.workflow.nodes.values_mut() {
            node.inputs.retain(|_, value| wire(value).is_none_or(|(from, _)| known.contains(from)));
        }
    }
}

/// Why a value is in doubt, and the input; without an input it is the node that could not be converted.
pub(crate) type Doubt = (Option<String>, String);

/// Wraps a list, so that it is not taken for a wire.
fn wrapped(value: Value) -> Value {
    if value.is_array() { json!({ "__value__": value }) } else { value }
}
