//! What was read becomes a graph: ids, kinds, parameters, wires, layout.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use windlass_core::doc::{self, Frame, GraphDoc, Layout, MAX_PORT_NAME, NodeDoc, Note, Policy, Reference, Route, Wire};
use windlass_core::node::Statics;
use windlass_core::prelude::Spec;
use windlass_core::problem::Spanned;
use windlass_core::registry::Imported;
use windlass_core::types::Type;

use super::drawing::{Drawing, Drawn, End, State, Way};
use crate::Definitions;
use crate::convert::values::unknown;
use crate::definitions::{Definition, Entry, Growth, Input};
use crate::kinds::{MORE, spec};
use crate::names::{Ids, kind_of, ports_of};

/// Makes the graph.
pub fn graph(drawing: Drawing, definitions: &Definitions) -> Imported {
    let mut ids = Ids::default();
    let ids: BTreeMap<String, String> =
        drawing.nodes.iter().map(|node| (node.path.clone(), ids.make(&node.class, &node.path))).collect();
    let mut making = Making { definitions, ids, graph: GraphDoc::default(), notes: Vec::new() };
    let classes: BTreeMap<&str, &str> =
        drawing.nodes.iter().map(|node| (node.path.as_str(), node.class.as_str())).collect();
    drawing.nodes.iter().for_each(|node| making.node(node, &classes));
    making.layout(&drawing);
    making.notes.splice(0..0, drawing.said);
    Imported { graph: making.graph, notes: making.notes }
}

/// Returns the definition of a node's class, and the spec of its kind as its values shape it.
pub fn spec_of<'a>(node: &Drawn, definitions: &'a Definitions) -> Option<(&'a Definition, Spec)> {
    let definition = definitions.get(&node.class)?;
    let (statics, _) = statics(node, definition);
    Some((definition, spec(&node.class, definition, &statics)))
}

/// Returns what shapes a node: all its values, for only the names that shape it are looked at, and how many inputs those that
/// grow stand for.
fn statics(node: &Drawn, definition: &Definition) -> (Statics, Vec<(String, usize)>) {
    let mut counts = Vec::new();
    for input in &definition.inputs {
        grown("", input, node, &mut counts);
    }
    let values = node.values.iter().fold(Statics::new(), |statics, (name, value)| statics.with(name, value.clone()));
    (counts.iter().fold(values, |statics, (name, count)| statics.with(name, *count)), counts)
}

fn grown(prefix: &str, input: &Input, node: &Drawn, counts: &mut Vec<(String, usize)>) {
    let name = format!("{prefix}{}", input.name);
    match &input.entry {
        Entry::Wired | Entry::Entered(_) => {}
        Entry::Grown(growth) => counts.push((name.clone(), count(&name, growth, node))),
        Entry::Choice(choices) => {
            let chosen = node.values.get(&name).and_then(Value::as_str);
            let inner = choices.iter().filter(|(key, _)| Some(key.as_str()) == chosen).flat_map(|(_, inputs)| inputs);
            inner.for_each(|input| grown(&format!("{name}."), input, node, counts));
        }
    }
}

fn count(name: &str, growth: &Growth, node: &Drawn) -> usize {
    let is_given = |each: &String| {
        let input = format!("{name}.{each}");
        node.wires.contains_key(&input) || node.values.contains_key(&input)
    };
    growth.names.iter().rposition(is_given).map_or(0, |last| last + 1).max(growth.least.min(growth.names.len()))
}

struct Making<'a> {
    definitions: &'a Definitions,
    ids: BTreeMap<String, String>,
    graph: GraphDoc,
    notes: Vec<String>,
}

impl Making<'_> {
    fn say(&mut self, node: &Drawn, what: &str) {
        self.notes.push(format!("node {} (`{}`): {what}", node.path, node.class));
    }

    fn node(&mut self, drawn: &Drawn, classes: &BTreeMap<&str, &str>) {
        let id = self.ids.get(&drawn.path).cloned().unwrap_or_default();
        let mut node = NodeDoc::of_kind(kind_of(&drawn.class));
        node.policy =
            Policy { mute: drawn.state == State::Muted, bypass: drawn.state == State::Bypassed, ..Policy::default() };
        let known = spec_of(drawn, self.definitions);
        let own_title = known.as_ref().map(|(_, spec)| &spec.title);
        node.title = drawn.title.clone().filter(|title| Some(title) != own_title && !title.is_empty());
        match &known {
            Some((definition, spec)) => self.params(drawn, (definition, spec), &mut node),
            None => {
                let why = unknown(&drawn.class, self.definitions);
                self.say(drawn, &format!("{why}; its values are left out"));
            }
        }
        let mut more = Map::new();
        for (input, end) in &drawn.wires {
            let Some(reference) = self.reference(end, classes) else {
                self.say(drawn, &format!("`{input}` is wired to an output that its source does not have"));
                continue;
            };
            if !named(input) {
                self.say(drawn, &format!("`{input}` is no name that an input can have; its wire is left out"));
                continue;
            }
            let is_declared = known.as_ref().is_none_or(|(_, spec)| has(spec, input));
            more.extend((!is_declared).then(|| (input.clone(), Value::Null)));
            node.params.shift_remove(input);
            node.inputs.insert(input.clone(), Spanned::made(Wire::One(reference)));
        }
        if let Some((_, spec)) = &known {
            self.more(drawn, spec, more, &mut node);
        }
        self.graph.nodes.insert(id, node);
    }

    fn params(&mut self, drawn: &Drawn, (definition, spec): (&Definition, &Spec), node: &mut NodeDoc) {
        for (name, value) in &drawn.values {
            let Some(value) = self.constant(drawn, (spec, name), value) else { continue };
            if has(spec, name) {
                node.params.insert(name.clone(), Spanned::made(value));
            }
        }
        let (_, counts) = statics(drawn, definition);
        for (name, count) in counts {
            node.params.insert(name, Spanned::made(json!(count)));
        }
    }

    /// Adds what the class does not declare.
    fn more(&mut self, drawn: &Drawn, spec: &Spec, wired: Map<String, Value>, node: &mut NodeDoc) {
        let others = drawn.values.iter().filter(|(name, _)| !has(spec, name) && !drawn.wires.contains_key(*name));
        let mut more: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
        more.extend(wired);
        if is_secret(&Value::Object(more.clone())) {
            self.say(
                drawn,
                "what its class does not declare would name a variable of the environment, and is left out",
            );
            return;
        }
        if !more.is_empty() {
            node.params.insert(MORE.to_owned(), Spanned::made(Value::Object(more)));
        }
    }

    /// Returns a value as a graph may have it.
    fn constant(&mut self, drawn: &Drawn, (spec, name): (&Spec, &str), value: &Value) -> Option<Value> {
        if is_secret(value) {
            self.say(
                drawn,
                &format!("the value of `{name}` would name a variable of the environment, and is left out"),
            );
            return None;
        }
        let is_whole = spec.param(name).is_some_and(|param| param.ty.members().contains(&Type::text()));
        // A number that no 64 bits with a sign can hold keeps its digits as text.
        let is_long = value.as_u64().is_some_and(|number| i64::try_from(number).is_err());
        Some(if is_whole && is_long { Value::String(value.to_string()) } else { value.clone() })
    }

    fn reference(&self, end: &End, classes: &BTreeMap<&str, &str>) -> Option<Reference> {
        let class = classes.get(end.node.as_str())?;
        let port = match self.definitions.get(class) {
            Some(definition) => ports_of(&definition.outputs).into_iter().nth(end.slot)?,
            None => format!("out_{}", end.slot),
        };
        Some(Reference::Port { node: self.ids.get(&end.node)?.clone(), port })
    }

    fn layout(&mut self, drawing: &Drawing) {
        let mut layout = Layout::default();
        let mut looks = Map::new();
        for node in &drawing.nodes {
            let (Some(look), Some(id)) = (&node.look, self.ids.get(&node.path)) else { continue };
            layout.nodes.insert(id.clone(), look.at.map(f64::round));
            let parts = [("colour", &look.colour), ("body_colour", &look.body_colour)];
            let mut kept: Map<String, Value> =
                parts.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!(value.as_ref()?)))).collect();
            kept.extend(look.size.map(|size| ("size".to_owned(), json!(size.map(f64::round)))));
            looks.insert(id.clone(), Value::Object(kept));
        }
        let rounded = |pair: [f64; 2]| pair.map(f64::round);
        layout.frames = drawing
            .frames
            .iter()
            .map(|frame| Frame { title: frame.title.clone(), at: rounded(frame.at), size: rounded(frame.size) })
            .collect();
        layout.notes = drawing.notes.iter().map(|(at, text)| Note { at: rounded(*at), text: text.clone() }).collect();
        layout.routes = drawing.ways.iter().filter_map(|way| self.route(way)).collect();
        if !looks.is_empty() {
            layout.other.insert(super::LOOKS.to_owned(), Value::Object(looks));
        }
        let colours: BTreeSet<&str> = drawing.frames.iter().filter_map(|frame| frame.colour.as_deref()).collect();
        if !colours.is_empty() {
            self.notes.push("frames have no colours of their own here; those of the groups are left out".into());
        }
        self.graph.layout = layout;
    }

    fn route(&self, way: &Way) -> Option<Route> {
        let to = doc::End { node: self.ids.get(&way.to)?.clone(), port: way.input.clone() };
        let Wire::One(Reference::Port { node, port }) = &self.graph.nodes.get(&to.node)?.inputs.get(&way.input)?.value
        else {
            return None;
        };
        let from = doc::End { node: node.clone(), port: port.clone() };
        Some(Route { from, to, through: way.through.iter().map(|point| point.map(f64::round)).collect() })
    }
}

fn has(spec: &Spec, name: &str) -> bool {
    spec.param(name).is_some() || spec.input(name).is_some()
}

/// Returns whether an input can be named so.
fn named(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= MAX_PORT_NAME
}

/// Returns whether a graph would take a value for the name of a variable of the environment.
fn is_secret(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key("env"))
}
