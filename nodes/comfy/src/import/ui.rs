//! The UI format as nodes: subgraphs are opened, and wires lead to what a server runs, whatever its mode.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::bypass::{Detour, decide};
use super::drawing::{Drawing, Drawn, End, State, Way};
use super::place::{Places, way};
use crate::Definitions;
use crate::convert::levels::{Level, Levels};
use crate::convert::links::{Modes, Source, bypassed, is_virtual, source};
use crate::convert::{ids, values};
use crate::workflow::{Mode, Node, Slot, Workflow, is_note};

/// Reads the nodes.
pub fn draw(workflow: &Workflow, definitions: &Definitions) -> Drawing {
    let workflow = ids::unique(workflow);
    let mut findings = Vec::new();
    let levels = Levels::open(&workflow, &mut findings);
    let places = Places::of(&levels);
    let mut reading = Reading {
        levels: &levels,
        definitions,
        places,
        drawing: Drawing::default(),
        known: HashMap::new(),
        detours: Vec::new(),
    };
    reading.drawing.said = findings.iter().map(ToString::to_string).collect();
    (0..levels.count()).for_each(|at| reading.remember(levels.get(at)));
    reading.level(0, Outer::default());
    let Reading { mut drawing, detours, .. } = reading;
    decide(&mut drawing, detours, definitions);
    drawing
}

/// What holds a level.
#[derive(Clone, Default)]
struct Outer {
    /// The titles of the subgraphs that it lies in, each with its joint.
    title: String,
    is_off: bool,
}

struct Reading<'a> {
    levels: &'a Levels<'a>,
    definitions: &'a Definitions,
    places: Places,
    drawing: Drawing,
    /// The nodes of a server by path, for those that are bypassed.
    known: HashMap<String, &'a Node>,
    detours: Vec<Detour>,
}

impl<'a> Reading<'a> {
    fn level(&mut self, at: usize, outer: Outer) {
        let levels = self.levels;
        let level = levels.get(at);
        self.frames(at, level, &outer);
        for (id, node) in &level.graph.nodes {
            if let Some(inner) = level.inner(id) {
                let name = levels.get(inner).holder.as_ref().map(|holder| holder.subgraph.name.clone());
                let name = node.title.clone().or(name).unwrap_or_default();
                // As its front end does, the first graph's own subgraphs alone are switched off as a whole.
                let is_off = outer.is_off || (at == 0 && node.mode != Mode::Active);
                self.level(inner, Outer { title: format!("{}{name} / ", outer.title), is_off });
            } else if is_note(&node.class) {
                let text = node.first_value().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
                self.drawing.notes.push((self.places.of_level(at, node.look.at), text));
            } else if !is_virtual(&node.class) {
                self.node(at, level, (id, node), &outer);
            }
        }
    }

    fn frames(&mut self, at: usize, level: &Level<'_>, outer: &Outer) {
        if let Some(frame) = self.places.frame(at, outer.title.trim_end_matches(" / ")) {
            self.drawing.frames.push(frame);
        }
        for group in &level.graph.groups {
            let mut group = group.clone();
            group.at = self.places.of_level(at, group.at);
            self.drawing.frames.push(group);
        }
    }

    /// Takes note of the bypassed nodes of a level and of those in it, before wires are followed to them.
    fn remember(&mut self, level: &Level<'a>) {
        let graph = level.graph;
        self.known.extend(graph.nodes.iter().map(|(id, node)| (level.path(id), node)));
    }

    fn node(&mut self, at: usize, level: &Level<'_>, (id, node): (&str, &Node), outer: &Outer) {
        let path = level.path(id);
        let mut values = IndexMap::new();
        let mut doubts = Vec::new();
        if let Some(definition) = self.definitions.get(&node.class) {
            values = values::named(&node.class, definition, node, &mut doubts);
        }
        let mut drawn = Drawn {
            // The frame around its level says which subgraphs it lies in.
            title: node.title.clone(),
            class: node.class.clone(),
            state: state(node, outer),
            values,
            wires: IndexMap::new(),
            look: Some(crate::workflow::Look { at: self.places.of_level(at, node.look.at), ..node.look.clone() }),
            path,
        };
        for slot in &node.inputs {
            if let Some(link) = slot.link {
                self.wire((at, link), slot, &mut drawn);
            }
        }
        doubts.retain(|(input, _)| input.as_ref().is_none_or(|input| !drawn.wires.contains_key(input)));
        let said = doubts.iter().map(|(_, why)| format!("node {} (`{}`): {why}", drawn.path, drawn.class));
        self.drawing.said.extend(said);
        self.drawing.nodes.push(drawn);
    }

    fn wire(&mut self, (at, link): (usize, i64), slot: &Slot, drawn: &mut Drawn) {
        let from = |modes| source(self.levels, (at, link), &slot.ty, self.definitions, modes);
        match from(Modes::Kept) {
            Source::Port { node, slot: output } => {
                if let Some(through) = self.known_bypassed(&node) {
                    let choice = bypassed(through, output, &slot.ty);
                    self.detours.push(Detour {
                        to: drawn.path.clone(),
                        input: slot.name.clone(),
                        through: node.clone(),
                        slot: output,
                        choice: choice.filter(|choice| choice.link.is_some()).map(|choice| choice.name.clone()),
                        past: from(Modes::Heeded),
                    });
                }
                drawn.wires.insert(slot.name.clone(), End { node, slot: output });
                self.way((at, link), slot, drawn);
            }
            Source::Value(value) => drop(drawn.values.insert(slot.name.clone(), value)),
            Source::Own if slot.widget.is_some() => {}
            Source::Own | Source::Nothing => drop(drawn.values.shift_remove(&slot.name)),
            Source::Circle => self.drawing.said.push(format!(
                "node {} (`{}`): the wires of `{}` go round in a circle, and are left out",
                drawn.path, drawn.class, slot.name
            )),
        }
    }

    fn known_bypassed(&self, path: &str) -> Option<&'a Node> {
        self.known.get(path).copied().filter(|node| node.mode == Mode::Bypassed)
    }

    fn way(&mut self, (at, link): (usize, i64), slot: &Slot, drawn: &Drawn) {
        let through: Vec<_> =
            way(self.levels.get(at), link).into_iter().map(|point| self.places.of_level(at, point)).collect();
        if !through.is_empty() {
            self.drawing.ways.push(Way { to: drawn.path.clone(), input: slot.name.clone(), through });
        }
    }
}

fn state(node: &Node, outer: &Outer) -> State {
    match node.mode {
        _ if outer.is_off => State::Muted,
        Mode::Active => State::On,
        Mode::Muted => State::Muted,
        Mode::Bypassed => State::Bypassed,
    }
}
