//! A plan as a Mermaid flow chart.

use std::fmt::Write;

use crate::plan::Plan;

/// Returns a plan as a Mermaid flow chart; a wire that collects is thick, one on which items wait is dotted.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, step) in plan.steps.iter().enumerate() {
        let often = plan.scope_in_words(&step.scope);
        let label = [escaped(&step.name), escaped(&step.spec.kind), escaped(&often)].join("<br/>");
        let _ = writeln!(out, "  n{at}[\"{label}\"]");
    }
    for (to, step) in plan.steps.iter().enumerate() {
        for input in &step.inputs {
            let arrow = match input.parks.is_some() || input.replays.is_some() {
                true => "-.->",
                false if input.collect => "==>",
                false => "-->",
            };
            let label = escaped(&format!("{} → {}", input.from_port, input.name));
            let _ = writeln!(out, "  n{} {arrow}|\"{label}\"| n{to}", input.from);
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "&#96;")
}
