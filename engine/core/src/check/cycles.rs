//! Cycles, and the order in which each node follows what feeds it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::plan::{Draft, Feed};
use crate::problem::Problem;

/// Reports cycles, takes their wires out, and puts the nodes in order: by the file where wires leave a choice.
pub(crate) fn break_up(draft: &mut Draft<'_>) {
    let rings = rings(draft);
    for ring in &rings {
        let problem = explain(draft, ring);
        draft.report(problem);
        cut(draft, ring);
    }
    let order = order(draft);
    reorder(draft, &order);
}

fn feeding<'a>(draft: &'a Draft<'_>, to: usize) -> impl Iterator<Item = usize> + 'a {
    draft.nodes[to].wires.iter().filter_map(|wire| match wire.feed {
        Feed::Port { node, .. } => Some(node),
        Feed::Constant(_) | Feed::Unknown => None,
    })
}

fn edges<'a>(draft: &'a Draft<'_>) -> impl Iterator<Item = (usize, usize)> + 'a {
    (0..draft.nodes.len()).flat_map(|to| feeding(draft, to).map(move |from| (from, to)))
}

fn rings(draft: &Draft<'_>) -> Vec<BTreeSet<usize>> {
    let mut graph = DiGraph::<(), ()>::with_capacity(draft.nodes.len(), draft.nodes.len());
    for _ in &draft.nodes {
        graph.add_node(());
    }
    let mut selves = BTreeSet::new();
    for (from, to) in edges(draft) {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        selves.extend((from == to).then_some(from));
    }
    // Tarjan's way calls itself for each node of a chain, and a long one would overflow the stack.
    let rings =
        kosaraju_scc(&graph).into_iter().map(|ring| ring.into_iter().map(NodeIndex::index).collect::<BTreeSet<_>>());
    rings.filter(|ring| ring.len() > 1 || ring.iter().any(|at| selves.contains(at))).collect()
}

/// Names one way round, node by node, with the place of each wire.
fn explain(draft: &Draft<'_>, ring: &BTreeSet<usize>) -> Problem {
    let way = way_round(draft, ring);
    let names: Vec<_> = way.iter().chain(way.first()).map(|at| format!("`{}`", draft.nodes[*at].name)).collect();
    let mut places = way.iter().enumerate().filter_map(|(step, from)| {
        let to = way[(step + 1) % way.len()];
        let wires = draft.nodes[to].wires.iter();
        let wire = wires.into_iter().find(|wire| matches!(wire.feed, Feed::Port { node, .. } if node == *from))?;
        Some((wire.span.clone()?, format!("`{}` feeds `{}`", draft.nodes[*from].name, draft.nodes[to].name)))
    });
    let mut problem = Problem::error("cycle", format!("the wires go round: {}", names.join(" → ")))
        .hint("a graph has no cycles; a loop is a node of its own, `flow.repeat`, with a body");
    problem.node = way.first().map(|at| draft.nodes[*at].name.clone());
    problem.span = places.next().map(|(span, _)| span).or_else(|| draft.nodes[*way.first()?].span.clone());
    problem.related = places.collect();
    problem
}

/// Returns a shortest way from the first node of a ring back to itself.
fn way_round(draft: &Draft<'_>, ring: &BTreeSet<usize>) -> Vec<usize> {
    let Some(&start) = ring.first() else { return Vec::new() };
    let mut next: HashMap<usize, Vec<usize>> = HashMap::new();
    for &to in ring {
        for from in feeding(draft, to).filter(|from| ring.contains(from)) {
            next.entry(from).or_default().push(to);
        }
    }
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for &to in next.get(&at).into_iter().flatten() {
            if to == start {
                return trace(&came_from, start, at);
            }
            if let std::collections::hash_map::Entry::Vacant(slot) = came_from.entry(to) {
                slot.insert(at);
                waiting.push_back(to);
            }
        }
    }
    vec![start]
}

fn trace(came_from: &HashMap<usize, usize>, start: usize, last: usize) -> Vec<usize> {
    let mut way = vec![last];
    let mut at = last;
    while at != start {
        let Some(&before) = came_from.get(&at) else { break };
        way.push(before);
        at = before;
    }
    way.reverse();
    way
}

fn cut(draft: &mut Draft<'_>, ring: &BTreeSet<usize>) {
    for to in ring {
        for wire in &mut draft.nodes[*to].wires {
            if matches!(wire.feed, Feed::Port { node, .. } if ring.contains(&node)) {
                wire.feed = Feed::Unknown;
            }
        }
    }
}

fn order(draft: &Draft<'_>) -> Vec<usize> {
    let mut waits_for = vec![0_usize; draft.nodes.len()];
    let mut next = vec![Vec::new(); draft.nodes.len()];
    for (from, to) in edges(draft) {
        waits_for[to] += 1;
        next[from].push(to);
    }
    let mut ready: BTreeSet<usize> = (0..waits_for.len()).filter(|at| waits_for[*at] == 0).collect();
    let mut order = Vec::with_capacity(waits_for.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for &to in &next[at] {
            waits_for[to] -= 1;
            if waits_for[to] == 0 {
                ready.insert(to);
            }
        }
    }
    order
}

fn reorder(draft: &mut Draft<'_>, order: &[usize]) {
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    let mut old: Vec<_> = std::mem::take(&mut draft.nodes).into_iter().map(Some).collect();
    draft.nodes = order.iter().filter_map(|at| old[*at].take()).collect();
    let wires = draft.nodes.iter_mut().flat_map(|node| &mut node.wires).map(|wire| &mut wire.feed);
    for feed in wires.chain(draft.outputs.iter_mut().map(|output| &mut output.feed)) {
        if let Feed::Port { node, .. } = feed {
            *node = place[*node];
        }
    }
}
