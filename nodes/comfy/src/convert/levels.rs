//! The graphs of a workflow, each where it is used: the first one, and a level for every node that stands for a subgraph.

use std::collections::HashMap;

use super::{Finding, Grade};
use crate::workflow::{Graph, Node, Subgraph, Workflow};

/// How many nodes a workflow may have with all its subgraphs opened.
const MOST_NODES: usize = 100_000;
/// How deep subgraphs may lie in each other.
const DEEPEST: usize = 64;

/// All levels; the first is what is seen first.
pub struct Levels<'a> {
    all: Vec<Level<'a>>,
}

/// A graph where it is used.
pub struct Level<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// What holds it; nothing holds the first.
    pub holder: Option<Holder<'a>>,
    prefix: String,
    inner: HashMap<&'a str, usize>,
    depth: usize,
}

/// What holds a level.
pub struct Holder<'a> {
    /// Its level.
    pub level: usize,
    /// The node.
    pub node: &'a Node,
    /// The subgraph that it stands for.
    pub subgraph: &'a Subgraph,
}

impl<'a> Levels<'a> {
    /// Opens all subgraphs.
    pub fn open(workflow: &'a Workflow, findings: &mut Vec<Finding>) -> Self {
        let first =
            Level { graph: &workflow.graph, holder: None, prefix: String::new(), inner: HashMap::new(), depth: 0 };
        let mut levels = Self { all: vec![first] };
        let (mut at, mut nodes) = (0, workflow.graph.nodes.len());
        while at < levels.all.len() {
            let graph = levels.all[at].graph;
            for (id, node) in &graph.nodes {
                let Some(subgraph) = workflow.subgraphs.get(&node.class) else { continue };
                nodes += subgraph.graph.nodes.len();
                match levels.refusal(at, nodes) {
                    Some(why) => findings.push(Finding {
                        grade: Grade::Refused,
                        node: levels.all[at].path(id),
                        class: subgraph.name.clone(),
                        why,
                    }),
                    None => levels.add(at, (id, node), subgraph),
                }
            }
            at += 1;
        }
        levels
    }

    fn refusal(&self, at: usize, nodes: usize) -> Option<String> {
        if nodes > MOST_NODES {
            return Some(format!("with its subgraphs opened the workflow has more than {MOST_NODES} nodes"));
        }
        let is_deep = self.all[at].depth >= DEEPEST;
        is_deep.then(|| format!("subgraphs lie more than {DEEPEST} deep in each other; does one hold itself?"))
    }

    fn add(&mut self, at: usize, (id, node): (&'a str, &'a Node), subgraph: &'a Subgraph) {
        let place = self.all.len();
        let outer = &mut self.all[at];
        outer.inner.insert(id, place);
        let (prefix, depth) = (format!("{}:", outer.path(id)), outer.depth + 1);
        let holder = Some(Holder { level: at, node, subgraph });
        self.all.push(Level { graph: &subgraph.graph, holder, prefix, inner: HashMap::new(), depth });
    }

    /// Returns how many levels there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns a level.
    pub fn get(&self, at: usize) -> &Level<'a> {
        &self.all[at]
    }
}

impl Level<'_> {
    /// Returns the id of a node as the API format has it.
    pub fn path(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// Returns the level of a node that stands for a subgraph.
    pub fn inner(&self, id: &str) -> Option<usize> {
        self.inner.get(id).copied()
    }
}
