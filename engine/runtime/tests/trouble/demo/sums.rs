//! The files of another program: a number in the first line, and what is added to it in the others.

use windlass_core::doc::{self, GraphDoc, Runs};
use windlass_core::node::NodeError;
use windlass_core::registry::{Exported, Exporter, Imported, Importer};

/// Reads and writes such files.
pub struct Sums;

impl Importer for Sums {
    fn name(&self) -> &str {
        "sums"
    }

    fn doc(&self) -> &str {
        "sums, one number a line"
    }

    fn knows(&self, name: &str, _: &[u8]) -> bool {
        name.ends_with(".sum")
    }

    fn import(&self, _: &str, content: &[u8]) -> Result<Imported, NodeError> {
        let text = std::str::from_utf8(content).map_err(|error| NodeError::because("it is no text", &error))?;
        let mut lines = text.lines();
        let start = lines.next().and_then(|line| line.parse::<i64>().ok());
        let start = start.ok_or_else(|| NodeError::new("its first line is no number"))?;
        let mut graph = format!("windlass: 1\nnodes:\n  n0: {{ kind: flow.constant, params: {{ value: {start} }} }}\n");
        let (mut last, mut notes) = ("n0.value".to_owned(), Vec::new());
        for (at, line) in lines.enumerate() {
            let Some(adds) = line.strip_prefix('+') else {
                notes.push(format!("line {} is left out: {line}", at + 2));
                continue;
            };
            graph.push_str(&format!("  n{}: {{ kind: demo.plus{adds}, inputs: {{ value: {last} }} }}\n", at + 1));
            last = format!("n{}.out", at + 1);
        }
        graph.push_str(&format!("outputs: {{ sum: {last} }}\n"));
        let read = doc::read("imported", graph.as_bytes(), None);
        read.doc.map(|graph| Imported { graph, notes }).ok_or_else(|| NodeError::new("it makes no graph"))
    }
}

impl Exporter for Sums {
    fn name(&self) -> &str {
        "sums"
    }

    fn doc(&self) -> &str {
        "sums, one number a line"
    }

    fn ending(&self) -> &str {
        "sum"
    }

    fn export(&self, graph: &GraphDoc) -> Result<Exported, NodeError> {
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        for (id, node) in &graph.nodes {
            let Runs::Kind(kind) = &node.runs.value else { return Err(NodeError::new(format!("`{id}` is a graph"))) };
            match (kind.strip_prefix("demo.plus"), kind.as_str()) {
                (Some(adds), _) => lines.push(format!("+{adds}")),
                (None, "flow.constant") => lines.push(node.params["value"].value.to_string()),
                (None, _) => notes.push(format!("`{id}` has no counterpart")),
            }
        }
        Ok(Exported { content: (lines.join("\n") + "\n").into_bytes(), notes })
    }
}
