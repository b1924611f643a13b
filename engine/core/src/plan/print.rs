//! Plans for people, for Graphviz, for Mermaid and for programs.

mod dot;
mod json;
mod mermaid;
mod text;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use text::text;

use super::{Plan, Step, StepInput};
use crate::value::Value;

/// Names what feeds a wire: `find.file`.
pub(super) fn feed(plan: &Plan, input: &StepInput) -> String {
    let from = plan.steps.get(input.from).map_or("?", |step| step.name.as_str());
    format!("{from}.{}", input.from_port)
}

/// Names the splits whose tokens the items of a wire give back while they are parked.
fn parked<'a>(plan: &'a Plan, input: &StepInput) -> Vec<&'a str> {
    let kept = input.parks.unwrap_or(input.scope_inside().len());
    input.scope_inside()[kept..].iter().filter_map(|step| plan.steps.get(*step)).map(|step| &*step.name).collect()
}

/// Names the rows under which what a wire brings is handed out again.
fn rows<'a>(plan: &'a Plan, input: &StepInput) -> Vec<&'a str> {
    let levels = input.replays.map_or(0..0, |replays| replays.at..replays.at + replays.levels);
    input.scope[levels].iter().filter_map(|step| plan.steps.get(*step)).map(|step| &*step.name).collect()
}

/// Shows a constant of a step in a few words; a secret is named.
pub(super) fn constant_of(step: &Step, name: &str, value: &Value) -> String {
    match step.secrets.iter().find(|(secret, _)| &**secret == name) {
        Some((_, variable)) => format!("(secret {variable})"),
        None => constant(value),
    }
}

/// Shows a constant in a few words.
fn constant(value: &Value) -> String {
    match value.to_json() {
        Some(json) => super::constant::short(&json.to_string()),
        None => format!("({})", value.type_of()),
    }
}
