//! Joins that would have to wait for a whole group before they can go on: they need phases, which do not run yet.

use crate::plan::draft::Settled;
use crate::plan::{Draft, DraftNode, Feed};
use crate::problem::Problem;

/// How much of a node's scope holds a group that was collected upstream.
#[derive(Clone, Copy)]
struct Collected {
    /// The collected scope has the first `within` splits of the node's scope, and at least one more.
    within: usize,
    /// The node that collected.
    by: usize,
}

/// Refuses every join that repeats, to deeper items, a value behind a collect of a scope inside its own.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let mut behind: Vec<Option<Collected>> = Vec::with_capacity(draft.nodes.len());
    for at in 0..draft.nodes.len() {
        let node = &draft.nodes[at];
        let problem = node.wires.iter().find_map(|wire| {
            let settled = wire.settled.as_ref()?;
            let collected = of_wire(settled, at, &behind)?;
            let inside = settled.scope_inside()?.len();
            (inside < node.scope.as_ref()?.len() && collected.within >= inside)
                .then(|| refused(draft, node, &wire.port, collected.by).at(wire.span.clone()))
        });
        let wires = node.wires.iter().filter_map(|wire| of_wire(wire.settled.as_ref()?, at, &behind));
        let deepest = wires.max_by_key(|collected| collected.within);
        behind.push(deepest);
        draft.problems.extend(problem);
    }
}

/// Returns the deepest group that was collected on the way to the inside of a port.
fn of_wire(settled: &Settled, at: usize, behind: &[Option<Collected>]) -> Option<Collected> {
    let inside = settled.scope_inside()?.len();
    if settled.collect {
        return Some(Collected { within: inside, by: at });
    }
    let Feed::Port { node, .. } = settled.source.feed else { return None };
    let before = behind.get(node).copied().flatten()?;
    Some(Collected { within: before.within.min(inside), by: before.by })
}

fn refused(draft: &Draft<'_>, node: &DraftNode, port: &str, by: usize) -> Problem {
    let collect = &draft.nodes[by].name;
    let message = format!(
        "`{}` repeats to each item on `{port}` a value that `{collect}` makes of a whole group: \
         items would wait for the group, which does not run yet",
        node.name
    );
    node.error("not-yet", message)
        .related(draft.nodes[by].span.clone(), "the group is collected here")
        .hint("run it as two graphs, the second with the collected value as an input")
}
