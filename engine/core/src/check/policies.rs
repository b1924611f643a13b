//! Policies that say something about nothing.

use crate::doc::Cache;
use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;
use crate::spec::{Cost, Purity, Spec};

/// Warns of policies that have no effect.
pub(crate) fn check(draft: &mut Draft<'_>) {
    for at in 0..draft.nodes.len() {
        let node = &draft.nodes[at];
        let Some(spec) = node.spec.clone() else { continue };
        let warnings = idle(node, &spec);
        draft.problems.extend(warnings);
    }
}

fn idle(node: &DraftNode, spec: &Spec) -> Vec<Problem> {
    let policy = &node.policy;
    let collects = node.wires.iter().filter_map(|wire| wire.settled.as_ref()).any(|settled| settled.collect);
    let tries = policy.within(&node.around).retries.unwrap_or(0) > 0;
    let is_light = spec.cost == Cost::Light && spec.purity == Purity::Pure && !spec.is_ordered();
    let place = node.name_spans.get("policy").cloned().or(node.span.clone());
    let found = [
        (policy.window.is_some() && !spec.opens_scope(), "window", "does not make many of one"),
        (policy.incomplete.is_some() && !collects && !spec.fires_at_end(), "incomplete", "collects nothing"),
        ((policy.backoff.is_some() || policy.backoff_max.is_some()) && !tries, "backoff", "has no `retries`"),
        (policy.queue.is_some() && node.wires.is_empty(), "queue", "has no wires"),
        (
            policy.device.as_deref().is_some_and(|device| device != "auto") && !spec.needs.device,
            "device",
            "uses no device",
        ),
        (policy.cache.is_some() && spec.is_ordered(), "cache", "is fed again in each run"),
        (policy.cache == Some(Cache::Never) && is_light, "cache", "is light, and computed each time anyway"),
    ];
    let idle = found.into_iter().filter(|(idle, ..)| *idle);
    idle.map(|(_, name, why)| {
        Problem::warning("idle-policy", format!("`{name}` has no effect: `{}` {why}", node.name))
            .node(node.name.clone())
            .at(place.clone())
    })
    .collect()
}
