//! A graph as text, one node a line, for whoever has to find out what went wrong.

use std::fmt::Write;

use windlass_core::doc::{Body, GraphDoc, NodeDoc, Runs, Wire};
use windlass_core::plan::Rows;

/// Returns the graph as text.
pub fn show(doc: &GraphDoc) -> String {
    show_inside(doc, "  ")
}

fn show_inside(doc: &GraphDoc, indent: &str) -> String {
    let mut text = String::new();
    for (id, node) in &doc.nodes {
        let _ = writeln!(text, "{indent}{id} = {}", show_node(node));
        if let Some(Body::Here(body)) = node.body.as_ref().map(|body| &body.value) {
            text.push_str(&show_inside(body, &format!("{indent}  ")));
        }
    }
    for (name, reference) in &doc.outputs {
        let _ = writeln!(text, "{indent}output {name} = {}", reference.value);
    }
    text
}

/// Returns what a graph runs under as text.
pub fn show_rows(rows: &[Rows]) -> String {
    let names = |rows: &Rows| rows.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" ");
    rows.iter().map(|rows| format!("  under {} = {}\n", rows.name, names(rows))).collect()
}

fn show_node(node: &NodeDoc) -> String {
    let kind = match &node.runs.value {
        Runs::Kind(kind) | Runs::Graph(kind) => kind,
    };
    let params = node.params.iter().map(|(name, value)| format!("{name}={}", value.value));
    let wires = node.inputs.iter().map(|(name, wire)| format!("{name}<-{}", show_wire(&wire.value)));
    let all: Vec<_> = wires.chain(params).collect();
    format!("{kind}({}){}", all.join(" "), show_policy(node))
}

fn show_wire(wire: &Wire) -> String {
    match wire {
        Wire::One(reference) => reference.to_string(),
        Wire::Many(all) => {
            let all: Vec<_> = all.iter().map(|one| one.value.to_string()).collect();
            format!("[{}]", all.join(" "))
        }
    }
}

fn show_policy(node: &NodeDoc) -> String {
    let policy = &node.policy;
    let figure = |name: &str, value: Option<usize>| value.map(|value| format!(" {name}={value}")).unwrap_or_default();
    let retries = policy.retries.and_then(|retries| usize::try_from(retries).ok());
    let strict = if policy.incomplete.is_some() { " strict" } else { "" };
    [
        figure("queue", policy.queue),
        figure("slots", policy.slots),
        figure("window", policy.window),
        figure("retries", retries),
        strict.into(),
    ]
    .concat()
}
