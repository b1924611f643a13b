//! The checks of a graph, each in a file of its own: all of them run, whatever the others find.

pub(crate) mod constants;
pub(crate) mod cycles;
pub(crate) mod kinds;
pub(crate) mod loops;
pub(crate) mod names;
pub(crate) mod ordered;
pub(crate) mod outputs;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod sinks;
pub(crate) mod types;
pub(crate) mod wires;

mod bypass;
mod explain;
mod scopes;
mod vars;

use crate::plan::{DraftNode, Plan, Settled};
use crate::types::Type;

/// Returns one line for each step that says how often it runs: `node thumb runs for each file of find`.
pub fn summary(plan: &Plan) -> Vec<String> {
    let line = |step: &crate::plan::Step| format!("node `{}` runs {}", step.name, plan.scope_in_words(&step.scope));
    plan.steps.iter().map(line).collect()
}

/// Returns the type of a port of a node after variables are bound.
pub(crate) fn bound_type(node: &DraftNode, ty: &Type) -> Type {
    vars::substitute(ty, &node.bound)
}

/// Returns the type that each value of a wire must have, of each member where it collects.
pub(crate) fn input_type(node: &DraftNode, settled: &Settled) -> Type {
    let ty = bound_type(node, &settled.port_ty);
    match wires::list_member(&ty) {
        Some(member) if settled.collect => member.clone(),
        _ => ty,
    }
}
