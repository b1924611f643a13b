//! Prompts that bring a server down. It takes them like any other, so that they are looked for before they are posted.

use std::collections::HashMap;

use crate::api::{ApiWorkflow, wire};

/// The longest chain of nodes that a server can follow; measured: 975 on 0.27.0, 978 on 0.3.64.
const LONGEST_CHAIN: usize = 900;

/// Returns what would bring a server down, or is refused by it with words that name no node.
pub fn dangers(workflow: &ApiWorkflow) -> Vec<String> {
    let mut found = loose(workflow);
    if found.is_empty() {
        found.extend(chain(workflow));
    }
    if workflow.nodes.is_empty() {
        found.push("it has no nodes".into());
    }
    found
}

/// Returns the wires that come from nowhere: they end the thread that runs prompts, and nothing says so.
fn loose(workflow: &ApiWorkflow) -> Vec<String> {
    let inputs = workflow.nodes.iter().flat_map(|(id, node)| node.inputs.iter().map(move |input| (id, node, input)));
    let loose = inputs.filter_map(|(id, node, (input, value))| {
        let (from, _) = wire(value).filter(|(from, _)| !workflow.nodes.contains_key(*from))?;
        Some(format!("`{input}` of node {id} (`{}`) is wired to node {from}, which is not there", node.class))
    });
    loose.collect()
}

/// Returns what is wrong with the longest chain: it goes round, or is longer than a server can follow.
fn chain(workflow: &ApiWorkflow) -> Option<String> {
    let sources = |id: &str| workflow.nodes[id].inputs.values().filter_map(wire).map(|(from, _)| from);
    let mut waits: HashMap<&str, usize> = workflow.nodes.keys().map(|id| (id.as_str(), sources(id).count())).collect();
    let mut feeds: HashMap<&str, Vec<&str>> = HashMap::new();
    for id in workflow.nodes.keys() {
        sources(id).for_each(|from| feeds.entry(from).or_default().push(id));
    }
    let mut ready: Vec<(&str, usize)> =
        waits.iter().filter(|(_, count)| **count == 0).map(|(id, _)| (*id, 1)).collect();
    let (mut depths, mut longest): (HashMap<&str, usize>, usize) = (HashMap::new(), 0);
    while let Some((id, depth)) = ready.pop() {
        longest = longest.max(depth);
        for next in feeds.get(id).into_iter().flatten() {
            let deepest = depths.entry(next).or_default();
            *deepest = (*deepest).max(depth + 1);
            let deepest = *deepest;
            let Some(left) = waits.get_mut(next) else { continue };
            *left -= 1;
            if *left == 0 {
                ready.push((next, deepest));
            }
        }
    }
    let mut circle: Vec<&str> = waits.into_iter().filter(|(_, left)| *left > 0).map(|(id, _)| id).collect();
    circle.sort_unstable();
    match circle.first() {
        Some(id) => Some(format!("the wires go round in a circle, which node {id} is in or behind")),
        None => (longest > LONGEST_CHAIN)
            .then(|| format!("its longest chain has {longest} nodes, and a server can follow {LONGEST_CHAIN}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    fn workflow(wires: &[(usize, usize)]) -> ApiWorkflow {
        let mut nodes = Map::new();
        for (to, from) in wires {
            nodes.entry(to.to_string()).or_insert_with(|| json!({ "class_type": "Add", "inputs": {} }));
            nodes[&to.to_string()]["inputs"][format!("in{from}")] = json!([from.to_string(), 0]);
            nodes.entry(from.to_string()).or_insert_with(|| json!({ "class_type": "Add", "inputs": {} }));
        }
        ApiWorkflow::of(&Value::Object(nodes)).unwrap()
    }

    #[test]
    fn what_brings_a_server_down_is_found() {
        let chain = |length: usize| (1..length).map(|at| (at, at - 1)).collect::<Vec<_>>();
        assert_eq!(dangers(&workflow(&chain(LONGEST_CHAIN))), [""; 0]);
        assert_eq!(
            dangers(&workflow(&chain(1_000))),
            ["its longest chain has 1000 nodes, and a server can follow 900"]
        );
        let circle = dangers(&workflow(&[(1, 0), (2, 1), (1, 2)]));
        assert_eq!(circle, ["the wires go round in a circle, which node 1 is in or behind"]);
        let loose = json!({ "3": { "class_type": "Save", "inputs": { "images": ["9", 0] } } });
        let loose = dangers(&ApiWorkflow::of(&loose).unwrap());
        assert_eq!(loose, ["`images` of node 3 (`Save`) is wired to node 9, which is not there"]);
        assert_eq!(dangers(&ApiWorkflow::default()), ["it has no nodes"]);
    }
}
