//! The ports of the nodes that a loop is made of, and whether a body gives its outputs once for each round.

use std::sync::Arc;

use crate::node::{AGAIN, ErasedNode, FAILURE, LoopHead, LoopResult, ROUND, SPENT};
use crate::plan::{Draft, DraftLoop, DraftNode, LoopRole};
use crate::problem::Problem;
use crate::spec::{Cost, PortSpec, Purity, Shape, Spec, Tolerance};
use crate::types::Type;

/// Returns the promise and the code of a part that is the same for all kinds; the end of a round is the kind's own.
pub(super) fn own_part(node: &DraftNode, kind: &Spec) -> Option<(Spec, Arc<dyn ErasedNode>)> {
    let (parts, role) = node.in_loop.as_ref()?;
    match role {
        LoopRole::Head => Some((head(kind.clone(), parts), Arc::new(LoopHead))),
        LoopRole::Round => None,
        LoopRole::Result => {
            let spec = result(kind.clone(), parts);
            let ports = spec.outputs.iter().map(|port| port.name.clone()).collect();
            Some((spec, Arc::new(LoopResult { ports })))
        }
    }
}

/// Returns what a kind promises for static parameters; at the end of a round with the outputs of the body.
pub(super) fn shaped(mut spec: Spec, node: &DraftNode) -> Spec {
    if let Some((parts, LoopRole::Round)) = &node.in_loop {
        round(&mut spec, parts);
    }
    spec
}

fn head(spec: Spec, parts: &DraftLoop) -> Spec {
    let input = |(name, ty): &(String, Type)| PortSpec {
        optional: ty.is_optional(),
        constant: true,
        collect: matches!(ty, Type::List(_)),
        ..PortSpec::new(name, ty.clone(), "An input of the body.")
    };
    let output = |(name, ty): &(String, Type)| PortSpec {
        many: true,
        ..PortSpec::new(name, ty.clone(), "What a round begins with.")
    };
    let number = PortSpec { many: true, ..PortSpec::new(ROUND, Type::int(), "The round, counted from 0.") };
    Spec {
        inputs: parts.inputs.iter().map(input).collect(),
        outputs: parts.inputs.iter().map(output).chain([number]).collect(),
        shape: Shape::Split { replayable: false },
        tolerates: Tolerance::Nothing,
        params: Vec::new(),
        ..part(spec)
    }
}

fn round(spec: &mut Spec, parts: &DraftLoop) {
    for name in &parts.outputs {
        let ty = parts.carried(name).cloned().unwrap_or_else(|| Type::var(name));
        spec.inputs.retain(|port| port.name != *name);
        spec.inputs.push(PortSpec::new(name, ty.clone(), "An output of the body."));
        spec.outputs.push(PortSpec::new(name, ty, "What the last round gave."));
    }
    let number = PortSpec::new(ROUND, Type::int(), "The round, counted from 0.");
    spec.inputs.push(PortSpec { optional: true, ..number });
    spec.outputs.push(PortSpec::new(AGAIN, Type::Bool, "Whether another round follows."));
    spec.outputs.push(PortSpec::new(SPENT, Type::text(), "Why the item fails after its last round."));
    spec.shape = Shape::Map;
}

fn result(spec: Spec, parts: &DraftLoop) -> Spec {
    let own = spec.outputs.iter().map(|port| (port.name.clone(), port.doc.clone()));
    let given = parts.outputs.iter().map(|name| (name.clone(), "What the last round gave.".to_owned()));
    let all: Vec<_> = given.chain(own).collect();
    let input = |name: &str| PortSpec {
        collect: true,
        ..PortSpec::new(name, Type::list(Type::var(name)), "What the rounds gave.")
    };
    Spec {
        inputs: all.iter().map(|(name, _)| input(name)).chain([input(SPENT)]).collect(),
        outputs: all.iter().map(|(name, doc)| PortSpec::new(name, Type::var(name), doc)).collect(),
        shape: Shape::Map,
        tolerates: Tolerance::Nothing,
        params: Vec::new(),
        // What waited on disk is read outside of the step's actor.
        cost: Cost::Cpu,
        ..part(spec)
    }
}

fn part(spec: Spec) -> Spec {
    Spec {
        purity: Purity::Pure,
        cost: Cost::Light,
        needs: Default::default(),
        permissions: Vec::new(),
        seeded: false,
        slots: None,
        samples: Vec::new(),
        examples: Vec::new(),
        ..spec
    }
}

/// Returns what a kind promises at the end of a round of a body with these outputs; other kinds as they are.
pub(crate) fn with_body<'a>(mut spec: Spec, outputs: impl Iterator<Item = &'a str>) -> Spec {
    if spec.rounds().is_some() {
        let outputs = outputs.filter(|name| *name != FAILURE).map(str::to_owned).collect();
        let name = String::new;
        round(&mut spec, &DraftLoop { head: name(), result: name(), state: Vec::new(), inputs: Vec::new(), outputs });
        spec.inputs.push(PortSpec { optional: true, ..PortSpec::new(FAILURE, Type::Failure, "What failed.") });
    }
    spec
}

/// Checks that each round of a body gives each output once.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let problems: Vec<_> = draft.nodes.iter().filter_map(|node| deeper_output(draft, node)).collect();
    draft.problems.extend(problems);
}

fn deeper_output(draft: &Draft<'_>, node: &DraftNode) -> Option<Problem> {
    let (parts, LoopRole::Round) = node.in_loop.as_ref()? else { return None };
    let scope = node.scope.as_ref()?;
    let rounds = scope.iter().position(|at| draft.nodes[*at].name == parts.head)?;
    let inner = &draft.nodes[*scope.get(rounds + 1)?];
    let deepest = |wire: &&crate::plan::DraftWire| {
        wire.settled.as_ref().and_then(|settled| settled.scope_inside()).is_some_and(|inside| inside == scope)
    };
    let wire = node.wires.iter().find(deepest)?;
    let message =
        format!("output `{}` of the body has many values in one round: one for each of `{}`", wire.port, inner.name);
    let hint = "collect them in the body, so that a round gives one value";
    Some(Problem::error("loop-output", message).node(parts.result.clone()).at(wire.span.clone()).hint(hint))
}
