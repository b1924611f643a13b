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
            *last += 1;
            taken.insert(last.to_string());
            renamed.insert(id.clone(), last.to_string());
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
