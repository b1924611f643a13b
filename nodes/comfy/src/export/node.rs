//! A node as ComfyUI saves it.

use serde_json::{Value, json};
use windlass_core::doc::{GraphDoc, NodeDoc, Policy, Reference, Wire};
use windlass_core::node::Statics;
use windlass_core::prelude::Spec;

use super::values::{Given, listed};
use super::wires::Wires;
use crate::definitions::Definition;
use crate::import::LOOKS;
use crate::kinds::{MORE, spec};

/// How far nodes stand from each other whose places are not known.
const STEP: [f64; 2] = [280.0, 220.0];

/// Returns the names of the inputs that are slots, each with its type: those by wire, and those that are wired although they could
/// be entered.
pub fn slots(node: &NodeDoc, class: &str, definition: &Definition) -> Vec<(String, String)> {
    let spec = spec_of(node, class, definition);
    let ty = |name: &str| definition.input(name).map_or_else(|| "*".to_owned(), |input| input.ty.clone());
    let ports = spec.inputs.iter().map(|port| &port.name);
    let wired = spec.params.iter().map(|param| &param.name).filter(|name| node.inputs.contains_key(*name));
    ports.chain(wired).map(|name| (name.clone(), ty(name))).collect()
}

fn spec_of(node: &NodeDoc, class: &str, definition: &Definition) -> Spec {
    let statics =
        node.params.iter().fold(Statics::new(), |statics, (name, value)| statics.with(name, value.value.clone()));
    // Nothing at all would mean that everything is listed that may shape it.
    let statics = if node.params.is_empty() { statics.with(MORE, json!({})) } else { statics };
    spec(class, definition, &statics)
}

/// A node on its way into a workflow.
pub struct Writing<'a> {
    /// Its id in the graph.
    pub id: &'a str,
    /// The node.
    pub node: &'a NodeDoc,
    /// Its class.
    pub class: &'a str,
    /// What the server says of the class.
    pub definition: &'a Definition,
    /// The graph that it stands in.
    pub graph: &'a GraphDoc,
}

impl Writing<'_> {
    /// Makes the node, and says what of it has no counterpart.
    pub fn write(&self, wires: &mut Wires, notes: &mut Vec<String>) -> Value {
        let Self { id, node, class, definition, graph } = *self;
        let given = Given::of(node, graph);
        let inputs = self.inputs(&given, wires, notes);
        let (values, lost) = listed(class, definition, &given);
        let says =
            |name: &str| format!("`{id}`: ComfyUI's file has no place for `{name}`, which the class does not declare");
        notes.extend(lost.iter().map(|name| says(name)));
        notes.extend(unsaid(node).map(|word| format!("`{id}`: `{word}` has no counterpart in ComfyUI")));
        let mode = match () {
            () if node.policy.mute => 2,
            () if node.policy.bypass => 4,
            () => 0,
        };
        let mut made = json!({
            "id": wires.number(id), "type": class, "pos": self.at(), "size": [210, 100], "flags": {}, "order": self.place(),
            "mode": mode, "inputs": inputs, "outputs": self.outputs(wires),
            "properties": { "Node name for S&R": class, super::ID: id }, "widgets_values": values,
        });
        if let Some(title) = &node.title {
            made["title"] = json!(title);
        }
        let look = graph.layout.other.get(LOOKS).and_then(|looks| looks.get(id));
        for (ours, theirs) in [("size", "size"), ("colour", "color"), ("body_colour", "bgcolor")] {
            if let Some(value) = look.and_then(|look| look.get(ours)) {
                made[theirs] = value.clone();
            }
        }
        made
    }

    fn place(&self) -> usize {
        self.graph.nodes.get_index_of(self.id).unwrap_or_default()
    }

    fn at(&self) -> [f64; 2] {
        let place = self.place();
        let unplaced = [STEP[0] * (place % 6) as f64, STEP[1] * (place / 6) as f64];
        self.graph.layout.nodes.get(self.id).copied().unwrap_or(unplaced)
    }

    fn inputs(&self, given: &Given, wires: &mut Wires, notes: &mut Vec<String>) -> Vec<Value> {
        let shape = spec_of(self.node, self.class, self.definition);
        let number = wires.number(self.id);
        let input = |(slot, (name, ty)): (usize, (String, String))| {
            let mut link = wires.link_into(number, slot);
            let is_entered = shape.param(&name).is_some();
            if let (None, Some(wire)) = (link, self.node.inputs.get(&name))
                && !given.has(&name)
            {
                let from = words(&wire.value);
                notes.push(format!(
                    "`{}`: `{name}` is fed by {from}, which has no counterpart in ComfyUI; it is left open",
                    self.id
                ));
            }
            if let (None, false, Some(value)) = (link, is_entered, given.get(&name)) {
                link = Some(wires.primitive(value, (number, slot), &ty, self.at()));
            }
            let mut made = json!({ "name": name, "type": ty, "link": link });
            if is_entered {
                made["widget"] = json!({ "name": name });
            }
            made
        };
        slots(self.node, self.class, self.definition).into_iter().enumerate().map(input).collect()
    }

    fn outputs(&self, wires: &Wires) -> Vec<Value> {
        let outputs = self.definition.outputs.iter().enumerate().map(|(slot, output)| {
            json!({ "name": output.name, "type": output.ty, "slot_index": slot, "links": wires.out_of(self.id, slot) })
        });
        outputs.collect()
    }
}

/// Returns what a node says about how it is run for which ComfyUI has no word.
fn unsaid(node: &NodeDoc) -> impl Iterator<Item = &'static str> {
    let Policy {
        retries,
        backoff,
        backoff_max,
        timeout,
        on_error,
        incomplete,
        slots,
        queue,
        window,
        cache,
        device,
        // ComfyUI has both.
        bypass: _,
        mute: _,
    } = &node.policy;
    let said = [
        (retries.is_some(), "retries"),
        (backoff.is_some(), "backoff"),
        (backoff_max.is_some(), "backoff_max"),
        (timeout.is_some(), "timeout"),
        (on_error.is_some(), "on_error"),
        (incomplete.is_some(), "incomplete"),
        (slots.is_some(), "slots"),
        (queue.is_some(), "queue"),
        (window.is_some(), "window"),
        (cache.is_some(), "cache"),
        (device.is_some(), "device"),
    ];
    said.into_iter().filter(|(is_said, _)| *is_said).map(|(_, word)| word)
}

fn words(wire: &Wire) -> String {
    match wire {
        Wire::One(reference) => format!("`{reference}`"),
        Wire::Many(all) => {
            let first =
                all.first().map(|reference: &windlass_core::problem::Spanned<Reference>| reference.value.to_string());
            format!("`{}`", first.unwrap_or_default())
        }
    }
}
