//! Graphs as workflows: the nodes of ComfyUI in a graph, with places, groups and notes, as a file that ComfyUI opens. What runs here
//! alone has no place there, which is said by node.

mod node;
mod values;
mod wires;

use std::sync::Arc;

use serde_json::{Value, json};
use windlass_core::doc::{GraphDoc, NodeDoc, Runs};
use windlass_core::node::NodeError;
use windlass_core::registry::{Exported, Exporter};

use crate::Definitions;
use crate::kinds::Shelf;
use crate::names::class_of;
use wires::Wires;

/// The colour of groups, which frames do not have.
const GROUP: &str = "#3f789e";
/// The property in which a node keeps the id that it has in the graph.
pub const ID: &str = "windlass";

/// The writer of ComfyUI's files.
pub struct ToWorkflows(pub Arc<Shelf>);

impl Exporter for ToWorkflows {
    fn name(&self) -> &str {
        "comfy"
    }

    fn doc(&self) -> &str {
        "workflows of ComfyUI, as it saves them"
    }

    fn ending(&self) -> &str {
        "json"
    }

    fn export(&self, graph: &GraphDoc) -> Result<Exported, NodeError> {
        let (workflow, notes) = export(graph, &self.0.definitions()?)?;
        Ok(Exported { content: format!("{workflow:#}\n").into_bytes(), notes })
    }
}

/// Makes a workflow of a graph; returns what of the graph has no counterpart too.
///
/// # Errors
/// No node of the graph is one of ComfyUI, or a class is not known.
pub fn export(graph: &GraphDoc, definitions: &Definitions) -> Result<(Value, Vec<String>), NodeError> {
    let mut notes = Vec::new();
    let nodes: Vec<(&str, &NodeDoc, String)> =
        graph.nodes.iter().filter_map(|(id, node)| ours((id, node), &mut notes)).collect();
    if nodes.is_empty() {
        return Err(NodeError::new("none of its nodes is one of ComfyUI")
            .hint("nodes `comfy.CLASS` are; `comfy.workflow` has its file already"));
    }
    let unknown = nodes.iter().find(|(_, _, class)| definitions.get(class).is_none());
    if let Some((id, _, class)) = unknown {
        let hint = "`windlass comfy nodes` asks the server again";
        return Err(NodeError::new(format!("`{id}` is of a class that the server does not know: `{class}`")).hint(hint));
    }
    let mut wires = Wires::of(&nodes, graph, definitions);
    let mut made: Vec<Value> = Vec::new();
    for (id, node, class) in &nodes {
        let Some(definition) = definitions.get(class) else { continue };
        let writing = node::Writing { id, node, class, definition, graph };
        made.push(writing.write(&mut wires, &mut notes));
    }
    made.extend(wires.take_primitives());
    for note in &graph.layout.notes {
        let text = [note.text.as_str()];
        made.push(json!({ "id": wires.next_id(), "type": "Note", "pos": note.at, "size": [300, 150], "flags": {}, "order": 0, "mode": 0,
            "inputs": [], "outputs": [], "properties": {}, "widgets_values": text }));
    }
    Ok((whole(graph, made, &wires), notes))
}

/// Returns a node of ComfyUI with its class, and says what is none.
fn ours<'a>((id, node): (&'a String, &'a NodeDoc), notes: &mut Vec<String>) -> Option<(&'a str, &'a NodeDoc, String)> {
    let class = match &node.runs.value {
        Runs::Kind(kind) => class_of(kind),
        Runs::Graph(_) => None,
    };
    if class.is_none() {
        let what = match &node.runs.value {
            Runs::Kind(kind) => kind,
            Runs::Graph(graph) => graph,
        };
        notes.push(format!("`{id}` (`{what}`) has no counterpart in ComfyUI, and is left out"));
    }
    Some((id, node, class?))
}

fn whole(graph: &GraphDoc, nodes: Vec<Value>, wires: &Wires) -> Value {
    let group = |(at, frame): (usize, &windlass_core::doc::Frame)| {
        let [x, y] = frame.at;
        let [width, height] = frame.size;
        json!({ "id": at + 1, "title": frame.title, "bounding": [x, y, width, height], "color": GROUP, "font_size": 24, "flags": {} })
    };
    let groups: Vec<Value> = graph.layout.frames.iter().enumerate().map(group).collect();
    let (points, extensions) = wires.points();
    let mut extra = json!({});
    if !points.is_empty() {
        extra = json!({ "reroutes": points, "linkExtensions": extensions });
    }
    json!({
        "id": crate::server::new_id(), "revision": 0,
        "last_node_id": wires.last_id(), "last_link_id": wires.links().len(),
        "nodes": nodes, "links": wires.links(), "groups": groups, "config": {}, "extra": extra, "version": 0.4,
    })
}
