//! Whether the names under `params` and `inputs` are those of the kind, and nothing that it needs is missing.

use std::collections::HashSet;

use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;
use crate::spec::{ParamSpec, Spec};

/// Checks the names of ports and parameters of every node whose kind is known.
pub(crate) fn check(draft: &mut Draft<'_>) {
    for at in 0..draft.nodes.len() {
        let node = &draft.nodes[at];
        let Some(spec) = node.spec.clone() else { continue };
        let mut problems = unknown_params(node, &spec);
        problems.extend(unknown_inputs(node, &spec));
        problems.extend(given_twice(node));
        problems.extend(missing(node, &spec));
        problems.extend(lists(node, &spec));
        draft.problems.extend(problems);
    }
}

fn names(spec: &Spec) -> impl Iterator<Item = &str> {
    let ports = spec.inputs.iter().map(|port| port.name.as_str());
    ports.chain(spec.params.iter().map(|param| param.name.as_str()))
}

fn near(spec: &Spec, name: &str) -> Option<String> {
    crate::problem::nearest(name, names(spec)).map(|near| format!("did you mean `{near}`?"))
}

fn list_of(spec: &Spec, names: &[&str]) -> String {
    match names {
        [] => format!("`{}` has none", spec.kind),
        names => format!("`{}` has `{}`", spec.kind, names.join("`, `")),
    }
}

fn unknown_params(node: &DraftNode, spec: &Spec) -> Vec<Problem> {
    let known: Vec<_> = spec.params.iter().map(|param| param.name.as_str()).collect();
    let unknown = node.params.keys().filter_map(|name| {
        if spec.param(name).is_some() {
            return None;
        }
        let problem = match spec.input(name) {
            Some(port) if port.constant => return None,
            Some(_) => node
                .error("not-constant", format!("port `{name}` of `{}` takes a wire, not a constant", spec.kind))
                .hint("write it under `inputs`, as `node.port`"),
            None => node
                .error("unknown-param", format!("`{}` has no parameter `{name}`", spec.kind))
                .hint(list_of(spec, &known))
                .maybe_hint(near(spec, name)),
        };
        Some(problem.at(node.place_of(name)))
    });
    unknown.collect()
}

fn unknown_inputs(node: &DraftNode, spec: &Spec) -> Vec<Problem> {
    let known: Vec<_> = names(spec).collect();
    let mut seen = HashSet::new();
    let unknown = node.wires.iter().filter(|wire| !known.contains(&wire.port.as_str()) && seen.insert(&wire.port));
    let problem = |wire: &crate::plan::DraftWire| {
        node.error("unknown-input", format!("`{}` has no input or parameter `{}`", spec.kind, wire.port))
            .at(node.name_spans.get(&wire.port).cloned().or(wire.span.clone()).or(node.span.clone()))
            .hint(list_of(spec, &known))
            .maybe_hint(near(spec, &wire.port))
    };
    unknown.map(problem).collect()
}

fn given_twice(node: &DraftNode) -> Vec<Problem> {
    let wired: HashSet<&str> = node.wires.iter().map(|wire| wire.port.as_str()).collect();
    let twice = node.params.keys().filter(|name| wired.contains(name.as_str()));
    let problem = |name: &String| {
        node.error("wired-and-constant", format!("`{name}` has a wire and a constant"))
            .at(node.place_of(name))
            .hint("keep one of them")
    };
    twice.map(problem).collect()
}

fn missing(node: &DraftNode, spec: &Spec) -> Vec<Problem> {
    let ports = spec.inputs.iter().filter(|port| !port.optional && !node.has(&port.name));
    let ports = ports.map(|port| {
        let how = if port.constant { "neither wired nor set" } else { "not wired" };
        node.error("missing-input", format!("input `{}` of `{}` is {how}", port.name, spec.kind)).hint(format!(
            "it takes `{}`: {}",
            port.ty,
            sentence(&port.doc)
        ))
    });
    ports.chain(spec.params.iter().filter_map(|param| missing_param(node, spec, param))).collect()
}

/// Says that a parameter has no value which needs one.
pub(super) fn missing_param(node: &DraftNode, spec: &Spec, param: &ParamSpec) -> Option<Problem> {
    let is_missing = param.default.is_none() && !param.ty.is_optional() && !node.has(&param.name);
    is_missing.then(|| {
        node.error("missing-param", format!("parameter `{}` of `{}` has no value", param.name, spec.kind))
            .hint(format!("it takes `{}`: {}", param.ty, sentence(&param.doc)))
    })
}

/// Returns the first sentence of a doc comment as a fragment.
fn sentence(doc: &str) -> String {
    let first = doc.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut letters = first.chars();
    letters.next().map_or_else(String::new, |letter| letter.to_lowercase().chain(letters).collect())
}

fn lists(node: &DraftNode, spec: &Spec) -> Vec<Problem> {
    let single = |port: &str| spec.input(port).is_some_and(|port| !port.variadic) || spec.param(port).is_some();
    let mut seen = HashSet::new();
    let listed = node.wires.iter().filter(|wire| wire.listed && single(&wire.port) && seen.insert(&wire.port));
    let problem = |wire: &crate::plan::DraftWire| {
        node.error("not-variadic", format!("`{}` of `{}` takes one reference, not a list", wire.port, spec.kind))
            .at(node.place_of(&wire.port))
    };
    listed.map(problem).collect()
}
