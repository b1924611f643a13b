//! The API format as nodes: values and wires stand there by name.

use indexmap::IndexMap;
use serde_json::Value;

use super::drawing::{Drawing, Drawn, End, State};
use crate::api::{ApiNode, ApiWorkflow, wire};

/// Reads the nodes.
pub fn draw(workflow: &ApiWorkflow) -> Drawing {
    let mut drawing = Drawing::default();
    for (path, node) in &workflow.nodes {
        let drawn = drawn(path, node, workflow, &mut drawing.said);
        drawing.nodes.push(drawn);
    }
    drawing
}

fn drawn(path: &str, node: &ApiNode, workflow: &ApiWorkflow, said: &mut Vec<String>) -> Drawn {
    let (mut values, mut wires) = (IndexMap::new(), IndexMap::new());
    for (name, value) in &node.inputs {
        match wire(value) {
            Some((from, slot)) if workflow.nodes.contains_key(from) => {
                let slot = usize::try_from(slot).unwrap_or(usize::MAX);
                wires.insert(name.clone(), End { node: from.to_owned(), slot });
            }
            Some((from, _)) => said.push(format!(
                "node {path} (`{}`): `{name}` is wired to node {from}, which is not there; the wire is left out",
                node.class
            )),
            None => drop(values.insert(name.clone(), unwrapped(value))),
        }
    }
    let title = node.title.clone();
    Drawn { path: path.to_owned(), class: node.class.clone(), title, state: State::On, values, wires, look: None }
}

/// Returns a list that was wrapped so that it is no wire.
fn unwrapped(value: &Value) -> Value {
    value.get("__value__").unwrap_or(value).clone()
}
