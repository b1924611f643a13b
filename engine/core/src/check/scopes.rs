//! How often a node fires: the splits that all of its inputs lie inside of, on one line of nesting.

use crate::plan::draft::{DraftWire, Settled};
use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;

/// How many splits a node may lie inside of.
const MAX_DEPTH: usize = 32;

/// Returns the scope of a node, that of its deepest input; `None` where a problem hides it.
pub(super) fn of_node(
    draft: &Draft<'_>,
    node: &DraftNode,
    settled: &[Option<Settled>],
    problems: &mut Vec<Problem>,
) -> Option<Vec<usize>> {
    let wires = || node.wires.iter().zip(settled).filter_map(|(wire, settled)| Some((wire, settled.as_ref()?)));
    let known = || wires().filter_map(|(wire, settled)| Some((wire, settled.scope_inside()?)));
    let deepest = known().max_by_key(|(_, scope)| scope.len());
    let Some((deepest_wire, scope)) = deepest else {
        return wires().next().is_none().then(Vec::new).filter(|_| !has_unknown(node, settled));
    };
    if let Some((wire, other)) = known().find(|(_, other)| !scope.starts_with(other)) {
        problems.push(side_by_side(draft, node, (deepest_wire, scope), (wire, other)));
        return None;
    }
    if has_unknown(node, settled) || wires().any(|(_, settled)| settled.source.scope.is_none()) {
        return None;
    }
    if scope.len() >= MAX_DEPTH {
        problems.push(node.error("too-large", format!("`{}` lies inside of {MAX_DEPTH} splits", node.name)));
        return None;
    }
    Some(scope.to_vec())
}

/// Tells a wire that met no known port, so that nothing is known about its part.
fn has_unknown(node: &DraftNode, settled: &[Option<Settled>]) -> bool {
    let constant = |wire: &DraftWire| matches!(wire.feed, crate::plan::Feed::Constant(_));
    node.wires.iter().zip(settled).any(|(wire, settled)| settled.is_none() && !constant(wire))
}

fn side_by_side(
    draft: &Draft<'_>,
    node: &DraftNode,
    (one, one_scope): (&DraftWire, &[usize]),
    (other, other_scope): (&DraftWire, &[usize]),
) -> Problem {
    let differs = one_scope.iter().zip(other_scope).position(|(one, other)| one != other).unwrap_or(0);
    let split = |scope: &[usize]| scope.get(differs).map_or("", |at| draft.nodes[*at].name.as_str()).to_owned();
    let (one_split, other_split) = (split(one_scope), split(other_scope));
    let message = format!(
        "`{}` gets items of `{one_split}` on `{}` and items of `{other_split}` on `{}`, which lie side by side",
        node.name, one.port, other.port
    );
    node.error("side-by-side", message)
        .at(other.span.clone().or(node.span.clone()))
        .related(one.span.clone(), format!("items of `{one_split}`"))
        .hint(
            "`flow.zip` pairs them in order, `flow.join` by key, `flow.cross` each with all; or collect one side first",
        )
}
