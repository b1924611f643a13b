//! Workflows as graphs: each node of a server becomes a node of a graph, and what only ComfyUI's own window knows becomes layout,
//! wires and constants, or is said.

mod api;
mod bypass;
mod drawing;
mod graph;
mod no_number;
mod place;
pub(crate) mod png;
mod ui;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use windlass_core::doc::GraphDoc;
use windlass_core::node::NodeError;
use windlass_core::registry::{Imported, Importer};

use crate::kinds::Shelf;
use crate::{ApiWorkflow, Definitions, ReadError, Workflow};

/// Where a layout keeps what only ComfyUI draws: colours and sizes of nodes.
pub(crate) const LOOKS: &str = "comfy";

/// The reader of ComfyUI's files.
pub struct Workflows(pub Arc<Shelf>);

impl Importer for Workflows {
    fn name(&self) -> &str {
        "comfy"
    }

    fn doc(&self) -> &str {
        "workflows of ComfyUI: files that it saved, exports in API format, and its PNG pictures"
    }

    fn knows(&self, _: &str, content: &[u8]) -> bool {
        if png::is_png(content) {
            return png::texts(content).is_ok_and(|texts| !texts.is_empty());
        }
        let starts = content.iter().find(|byte| !byte.is_ascii_whitespace());
        starts == Some(&b'{') && crate::json(content).is_ok_and(|value| form(&value).is_some())
    }

    fn import(&self, name: &str, content: &[u8]) -> Result<Imported, NodeError> {
        let (value, mut said) = if png::is_png(content) { embedded(content)? } else { (read(content)?, Vec::new()) };
        let form = form(&value).ok_or_else(|| {
            NodeError::new(
                "it is no workflow of ComfyUI: it has neither a list of `nodes` nor nodes with a `class_type`",
            )
        })?;
        let definitions = self.0.definitions()?;
        let drawing = match form {
            Form::Ui => ui::draw(&Workflow::of(&value).map_err(wrong)?, &definitions),
            Form::Api => api::draw(&ApiWorkflow::of(&value).map_err(wrong)?),
        };
        let made = graph::graph(drawing, &definitions);
        said.extend(made.notes);
        let title = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Ok(Imported { graph: GraphDoc { name: title, ..made.graph }, notes: said })
    }
}

/// Makes a graph of a workflow.
pub fn import(workflow: &Workflow, definitions: &Definitions) -> Imported {
    graph::graph(ui::draw(workflow, definitions), definitions)
}

/// Makes a graph of a workflow in API format, which has no places.
pub fn import_api(workflow: &ApiWorkflow, definitions: &Definitions) -> Imported {
    graph::graph(api::draw(workflow), definitions)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Ui,
    Api,
}

/// Tells which of the two formats JSON is in.
fn form(value: &Value) -> Option<Form> {
    if value.get("nodes").is_some_and(Value::is_array) {
        return Some(Form::Ui);
    }
    let nodes = value.as_object()?;
    let is_node = |node: &Value| node.get("class_type").is_some_and(Value::is_string);
    (!nodes.is_empty() && nodes.values().all(is_node)).then_some(Form::Api)
}

fn read(content: &[u8]) -> Result<Value, NodeError> {
    crate::json(content).map_err(wrong)
}

fn wrong(error: ReadError) -> NodeError {
    NodeError::new(error.to_string())
        .hint("it takes a workflow as ComfyUI saves it, an export in API format, or a PNG that it made")
}

/// Takes the workflow out of a picture: the drawn one where it is there.
fn embedded(content: &[u8]) -> Result<(Value, Vec<String>), NodeError> {
    let texts = png::texts(content).map_err(|why| NodeError::new(format!("the picture cannot be read: {why}")))?;
    let of = |key: &str| texts.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_bytes());
    if let Some(value) = of("workflow").map(read).transpose()?.filter(|value| form(value) == Some(Form::Ui)) {
        return Ok((value, Vec::new()));
    }
    let text = of("prompt").ok_or_else(|| {
        NodeError::new("no workflow is in this picture")
            .hint("programs that send pictures on often take it away; ask for the original file")
    })?;
    let mut said = vec![
        "the picture has no workflow as it was drawn, so that its prompt was read, which has no places".to_owned(),
    ];
    let value = read(text).or_else(|error| {
        let (text, count) = no_number::nulled(text);
        let value = if count > 0 { read(&text) } else { return Err(error) }?;
        said.push(format!(
            "the prompt has `NaN` or `Infinity` {count} times, which are no numbers; they are left open"
        ));
        Ok(value)
    })?;
    Ok((value, said))
}
