//! A plan as a Graphviz graph.

use std::fmt::Write;

use petgraph::visit::EdgeRef;

use crate::plan::Plan;

/// Returns a plan as a Graphviz graph.
pub fn dot(plan: &Plan) -> String {
    let mut out = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(&plan.name));
    for (at, step) in plan.steps.iter().enumerate() {
        let mut label = format!("{}\n{}\n{}", step.name, step.spec.kind, plan.scope_in_words(&step.scope));
        if step.phase > 0 {
            let _ = write!(label, "\nphase {}", step.phase);
        }
        let _ = writeln!(out, "  n{at} [label={}];", quoted(&label));
    }
    for edge in plan.dag.edge_references() {
        let to = plan.dag[edge.target()];
        let Some(input) = plan.steps.get(to).and_then(|step| step.inputs.get(*edge.weight())) else { continue };
        let label = format!("{} → {}", input.from_port, input.name);
        let style = match (input.collect, input.parks.is_some() || input.replays.is_some()) {
            (true, true) => ", style=\"bold,dashed\"",
            (true, false) => ", style=bold",
            (false, true) => ", style=dashed",
            (false, false) => "",
        };
        let _ = writeln!(out, "  n{} -> n{to} [label={}{style}];", input.from, quoted(&label));
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
