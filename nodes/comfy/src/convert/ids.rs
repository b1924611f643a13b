//! Ids that mean one node each: nodes of subgraphs get fresh ones where an earlier graph has the same.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::workflow::{Graph, Workflow};

/// Returns the workflow with an own id for each node.
pub fn unique(workflow: &Workflow) -> Workflow {
    let mut workflow = workflow.clone();
    let mut taken: HashSet<String> = workflow.graph.nodes.keys().cloned().collect();
    let mut last = workflow.last_node;
    for subgraph in workflow.subgraphs.values_mut() {
        let renamed = fresh(&subgraph.graph, &mut taken, &mut last);
        if !renamed.is_empty() {
            rename(&mut subgraph.graph, &renamed);
        }
    }
    workflow
}

fn fresh(graph: &Graph, taken: &mut HashSet<String>, last: &mut u64) -> HashMap<String, String> {
    let mut renamed = HashMap::new();
    for id in graph.nodes.keys() {
        if !taken.insert(id.clone()) {
            let free = loop {
                *last = last.wrapping_add(1);
                if taken.insert(last.to_string()) {
                    break last.to_string();
                }
            };
            renamed.insert(id.clone(), free);
        }
    }
    renamed
}

fn rename(graph: &mut Graph, renamed: &HashMap<String, String>) {
    let new = |id: &str| renamed.get(id).map_or_else(|| id.to_owned(), Clone::clone);
    graph.nodes =
        std::mem::take(&mut graph.nodes).into_iter().map(|(id, node)| (new(&id), node)).collect::<IndexMap<_, _>>();
    for link in graph.links.values_mut() {
        (link.from, link.to) = (new(&link.from), new(&link.to));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_node_is_lost_where_fresh_ids_meet_known_ones() {
        let node = |id: u64| json!({ "id": id, "type": "A", "inputs": [], "outputs": [] });
        let subgraph = |id: &str| json!({ "id": id, "name": id, "nodes": [node(1), node(2), node(3)], "links": [], "inputs": [], "outputs": [] });
        let all = json!({ "version": 0.4, "last_node_id": 1, "nodes": [node(1)], "links": [],
            "definitions": { "subgraphs": [subgraph("a"), subgraph("b")] } });
        let made = unique(&Workflow::of(&all).unwrap());
        let ids: Vec<_> = made.subgraphs.values().flat_map(|subgraph| subgraph.graph.nodes.keys()).collect();
        assert_eq!(ids.len(), 6);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 6, "{ids:?}");
    }
}
