//! Bypassed nodes: for each output, the input of the same name, else the first one, whose type fits is handed on, and the node
//! leaves the plan.

use crate::plan::draft::Source;
use crate::plan::{Constant, Draft, DraftWire, Feed};
use crate::problem::Problem;
use crate::spec::PortSpec;
use crate::types::{Fit, Type};

use super::vars;

/// Decides what a bypassed node hands on.
pub(super) fn settle(draft: &mut Draft<'_>, at: usize, problems: &mut Vec<Problem>) {
    let node = &draft.nodes[at];
    let Some(spec) = node.spec.clone() else { return };
    let handed = handed(draft, at);
    let nothing = Source { feed: Feed::Unknown, ty: Type::Any, scope: None };
    let mut unfit = Vec::new();
    let mut hand_on = |output: &PortSpec| {
        let ty = vars::substitute(&output.ty, &node.bound);
        let fits = |(_, source): &&(&str, Source)| source.ty.fits(&ty) != Fit::Never;
        let same = handed.iter().filter(|(input, _)| *input == output.name).find(fits);
        let fitting = same.or_else(|| handed.iter().find(fits)).map(|(_, source)| source);
        unfit.extend(fitting.is_none().then(|| format!("`{}`", output.name)));
        (output.name.clone(), fitting.unwrap_or(&nothing).clone())
    };
    let hands_on = spec.outputs.iter().map(&mut hand_on).collect();
    if !unfit.is_empty() {
        let message = format!("`{}` cannot be bypassed: no input fits its output {}", node.name, unfit.join(", "));
        problems.push(node.error("bypass", message).hint("`mute: true` skips its items instead"));
    }
    draft.nodes[at].hands_on = Some(hands_on);
}

/// Returns what a node could hand on: its wires as often as it fires, and its constants, in the order of its ports.
fn handed<'a>(draft: &'a Draft<'_>, at: usize) -> Vec<(&'a str, Source)> {
    let node = &draft.nodes[at];
    let Some(spec) = node.spec.as_deref() else { return Vec::new() };
    let of_port = |name: &str| {
        let mut wires = node.wires.iter().filter(|wire| wire.port == name);
        let wired = wires.find_map(|wire| {
            let settled = wire.settled.as_ref()?;
            (!settled.collect && settled.source.scope == node.scope).then(|| settled.source.clone())
        });
        wired.or_else(|| {
            let constant = node.constants.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)?;
            let known = Constant {
                value: Some(constant.clone()),
                ty: constant.type_of(),
                input: node.wires.iter().filter(|wire| wire.port == name).find_map(DraftWire::graph_input),
                secret: node.secret(name).map(str::to_owned),
            };
            let scope = node.scope.clone()?;
            scope.is_empty().then(|| Source { ty: known.ty.clone(), feed: Feed::Constant(known), scope: Some(scope) })
        })
    };
    spec.inputs.iter().filter_map(|port| Some((port.name.as_str(), of_port(&port.name)?))).collect()
}
