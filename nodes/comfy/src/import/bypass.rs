//! Bypassed nodes: ComfyUI chooses what one hands on by the places of its inputs, a graph by their names. Where both choose the
//! same the node stays bypassed; where not, wires go past it, and it is muted.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use windlass_core::types::{Fit, Type};

use super::drawing::{Drawing, Drawn, End, State};
use super::graph::spec_of;
use crate::Definitions;
use crate::convert::links::Source;
use crate::kinds::given;

/// Through how many bypassed nodes a wire is followed.
const DEEPEST: usize = 16;

/// A wire from a bypassed node.
#[derive(Clone)]
pub struct Detour {
    /// The node that it feeds.
    pub to: String,
    /// The input that it feeds.
    pub input: String,
    /// The bypassed node.
    pub through: String,
    /// The number of its output.
    pub slot: usize,
    /// The input that ComfyUI hands on, where one is wired.
    pub choice: Option<String>,
    /// What feeds it in the end.
    pub past: Source,
}

/// Decides for each bypassed node.
pub fn decide(drawing: &mut Drawing, detours: Vec<Detour>, definitions: &Definitions) {
    let places: BTreeMap<String, usize> =
        drawing.nodes.iter().enumerate().map(|(at, node)| (node.path.clone(), at)).collect();
    let is_bypassed = |(_, node): &(usize, &Drawn)| node.state == State::Bypassed;
    let bypassed = drawing.nodes.iter().enumerate().filter(is_bypassed).map(|(at, _)| (at, Vec::new()));
    let mut by_node: BTreeMap<usize, Vec<Detour>> = bypassed.collect();
    for detour in detours {
        let through = places.get(&detour.through).and_then(|at| by_node.get_mut(at));
        through.into_iter().for_each(|all| all.push(detour.clone()));
    }
    // What goes past one may change what another one gets, so that all are looked at again.
    loop {
        let looking = Looking { drawing, places: &places, definitions, known: RefCell::default() };
        let disagreeing = by_node.iter().filter(|(at, detours)| !looking.agrees(**at, detours));
        let disagreeing: Vec<usize> = disagreeing.map(|(at, _)| *at).collect();
        if disagreeing.is_empty() {
            return;
        }
        for at in disagreeing {
            let detours = by_node.remove(&at).unwrap_or_default();
            give_up(drawing, at, &detours, &places);
        }
    }
}

/// Mutes a node, and leads wires past it.
fn give_up(drawing: &mut Drawing, at: usize, detours: &[Detour], places: &BTreeMap<String, usize>) {
    let node = &mut drawing.nodes[at];
    node.state = State::Muted;
    let is_passed = detours.iter().any(|detour| matches!(detour.past, Source::Port { .. } | Source::Value(_)));
    let why = match is_passed {
        true => "hands on other inputs than a graph would: it is muted, and wires go past it",
        false => "has nothing to hand on: it is muted",
    };
    drawing.said.push(format!("node {} (`{}`) is bypassed and {why}", node.path, node.class));
    for detour in detours {
        if let Some(to) = places.get(&detour.to) {
            go_past(&mut drawing.nodes[*to], detour);
        }
    }
}

fn go_past(node: &mut Drawn, detour: &Detour) {
    node.wires.shift_remove(&detour.input);
    match &detour.past {
        Source::Port { node: from, slot } => {
            node.wires.insert(detour.input.clone(), End { node: from.clone(), slot: *slot });
        }
        Source::Value(value) => drop(node.values.insert(detour.input.clone(), value.clone())),
        // The wire to the muted node says that nothing comes.
        Source::Own | Source::Nothing | Source::Circle => {
            let from = End { node: detour.through.clone(), slot: detour.slot };
            node.wires.insert(detour.input.clone(), from);
        }
    }
}

struct Looking<'a> {
    drawing: &'a Drawing,
    places: &'a BTreeMap<String, usize>,
    definitions: &'a Definitions,
    /// What was found for an output of a node.
    known: RefCell<HashMap<(String, usize), Option<String>>>,
}

impl Looking<'_> {
    /// Returns whether a graph hands on something for each output, and what ComfyUI does for those that are used.
    fn agrees(&self, at: usize, detours: &[Detour]) -> bool {
        let node = &self.drawing.nodes[at];
        let Some(definition) = self.definitions.get(&node.class) else { return false };
        let hands_on = |slot: usize| self.hands_on(node, slot, 0);
        let has_all = (0..definition.outputs.len()).all(|slot| hands_on(slot).is_some());
        has_all && detours.iter().all(|detour| detour.choice.is_some() && hands_on(detour.slot) == detour.choice)
    }

    /// Returns the input that a graph hands on for an output: that of the same name, else the first, of those whose type fits.
    fn hands_on(&self, node: &Drawn, slot: usize, depth: usize) -> Option<String> {
        let key = (node.path.clone(), slot);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        if depth > DEEPEST {
            return None;
        }
        // Bypassed nodes may be wired in a circle; who comes round to one hands on nothing.
        self.known.borrow_mut().insert(key.clone(), None);
        let found = self.found(node, slot, depth);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    fn found(&self, node: &Drawn, slot: usize, depth: usize) -> Option<String> {
        let (definition, spec) = spec_of(node, self.definitions)?;
        let wanted = given(&definition.outputs.get(slot)?.ty);
        let own = spec.outputs.get(slot)?.name.clone();
        let brings = |name: &str| node.wires.get(name).and_then(|end| self.type_of(end, depth));
        let fits = |name: &String| brings(name).is_some_and(|ty| ty.fits(&wanted) != Fit::Never);
        let mut fitting = spec.inputs.iter().map(|port| port.name.clone()).filter(fits);
        let first = fitting.next()?;
        Some(if first == own { first } else { fitting.find(|name| *name == own).unwrap_or(first) })
    }

    /// Returns what a wire brings, through bypassed nodes.
    fn type_of(&self, end: &End, depth: usize) -> Option<Type> {
        let from = &self.drawing.nodes[*self.places.get(&end.node)?];
        if from.state != State::Bypassed {
            return Some(given(&self.definitions.get(&from.class)?.outputs.get(end.slot)?.ty));
        }
        let name = self.hands_on(from, end.slot, depth + 1)?;
        self.type_of(from.wires.get(&name)?, depth + 1)
    }
}
