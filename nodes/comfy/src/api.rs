//! The API format: what a server runs, node by node.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::ReadError;

/// A workflow as a server runs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiWorkflow {
    /// The nodes by id; ids inside subgraphs are paths, `75:61`.
    pub nodes: IndexMap<String, ApiNode>,
}

/// A node as a server runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiNode {
    /// Its class.
    pub class: String,
    /// Values by input; a list of a node's id and the number of its output is a wire.
    pub inputs: Map<String, Value>,
    /// Its title for people.
    pub title: Option<String>,
}

impl ApiWorkflow {
    /// Reads a workflow.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::of(&crate::json(bytes)?)
    }

    /// Takes a workflow out of JSON.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn of(value: &Value) -> Result<Self, ReadError> {
        let refused = |why: String| ReadError::Shape { expected: "workflow in API format", why };
        let nodes = value.as_object().ok_or_else(|| refused("it is no object of nodes".into()))?;
        let read = nodes.iter().map(|(id, node)| {
            let class = node.get("class_type").and_then(Value::as_str);
            let class = class.ok_or_else(|| refused(format!("node `{id}` has no `class_type`")))?.to_owned();
            let inputs = node.get("inputs").and_then(Value::as_object);
            let inputs = inputs.ok_or_else(|| refused(format!("node `{id}` has no `inputs`")))?.clone();
            let title = node.pointer("/_meta/title").and_then(Value::as_str).map(str::to_owned);
            Ok((id.clone(), ApiNode { class, inputs, title }))
        });
        Ok(Self { nodes: read.collect::<Result<_, ReadError>>()? })
    }

    /// Returns the workflow as a server takes it.
    pub fn to_json(&self) -> Value {
        let node = |node: &ApiNode| {
            let mut value = json!({ "inputs": node.inputs, "class_type": node.class });
            if let Some(title) = &node.title {
                value["_meta"] = json!({ "title": title });
            }
            value
        };
        Value::Object(self.nodes.iter().map(|(id, one)| (id.clone(), node(one))).collect())
    }
}

/// Returns the node and the output that a value is wired to.
pub fn wire(value: &Value) -> Option<(&str, u64)> {
    match value.as_array()?.as_slice() {
        [Value::String(node), slot] => Some((node, slot.as_u64()?)),
        _ => None,
    }
}
