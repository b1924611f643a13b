//! The way of one item through the graph: which items of other steps it came from, and which came of it, told by their keys.

use std::collections::{HashMap, HashSet};

use windlass_core::event::StepInfo;
use windlass_core::key::Key;

use super::{FateOf, Item, Session};
use crate::canvas::live::Standing;
use crate::tab::Tab;

/// Items of one step that are named at most.
const MOST: usize = 20;

/// An item that a person looks at: the name of its step, and its key.
pub type Opened = (String, String);

/// What a person looks at among the items of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Only items that left like this.
    pub only: Option<Left>,
    /// The item whose way is shown.
    pub opened: Option<Opened>,
    /// The item on that way whose value is shown.
    pub seen: Option<Opened>,
}

/// How items left a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// With a value.
    Emitted,
    /// Without one.
    Skipped,
    /// With an error.
    Failed,
}

impl Left {
    /// Returns how an item left.
    pub fn of(item: &Item) -> Self {
        match item.fate {
            FateOf::Emitted => Self::Emitted,
            FateOf::Skipped(_) => Self::Skipped,
            FateOf::Failed(..) => Self::Failed,
        }
    }
}

/// One node on the way of an item.
pub struct Station<'a> {
    /// The node, as the canvas names it.
    pub node: String,
    /// Its name among all nodes of the graph.
    pub name: String,
    /// The items there; empty where they are counted and not told one by one.
    pub items: Vec<&'a Item>,
}

/// Returns the nodes on the way of the item that is opened, in the order of the graph.
pub fn way(tab: &Tab) -> Vec<Station<'_>> {
    let Some(((name, key), run)) = tab.looked.opened.as_ref().zip(tab.run.as_ref()) else { return Vec::new() };
    let steps = &run.state().steps;
    let found = steps.iter().find(|step| step.info.name == *name).zip(key.parse::<Key>().ok());
    let Some((step, key)) = found else { return Vec::new() };
    let (above, below) = around(tab, &own_node(tab, name).unwrap_or_default());
    let mut stations: Vec<Station<'_>> = Vec::new();
    for (at, other) in steps.iter().enumerate() {
        let Some(node) = own_node(tab, &other.info.name) else { continue };
        let is_itself = other.info.name == *name;
        if !is_itself && !above.contains(&node) && !below.contains(&node) {
            continue;
        }
        let items = related(run, at, (&step.info, &key), is_itself);
        if items.is_empty() && !(above.contains(&node) && other.done() > 0) {
            continue;
        }
        match stations.iter_mut().find(|station| station.node == node) {
            Some(station) => station.items.extend(items),
            None => stations.push(Station { name: tab.step_name(&node), node, items }),
        }
    }
    stations
}

/// Returns how each node on the way is lit; `None` where no item is opened.
pub fn lit(tab: &Tab) -> Option<HashMap<String, Standing>> {
    tab.looked.opened.as_ref()?;
    let standing = |station: &Station<'_>| {
        let has = |left: Left| station.items.iter().any(|item| Left::of(item) == left);
        match () {
            () if has(Left::Failed) => Standing::Failed,
            () if has(Left::Emitted) => Standing::Done,
            () => Standing::Waiting,
        }
    };
    Some(way(tab).iter().map(|station| (station.node.clone(), standing(station))).collect())
}

/// Returns the newest items of a step that an item came from, or that came of it.
fn related<'a>(run: &'a Session, at: usize, (of, key): (&StepInfo, &Key), is_itself: bool) -> Vec<&'a Item> {
    let info = &run.state().steps[at].info;
    let common = info.scope.iter().zip(&of.scope).take_while(|(one, other)| one == other).count();
    let is_related = |item: &&Item| {
        let Ok(other) = item.key.parse::<Key>() else { return false };
        let depth = if is_itself { key.depth().max(other.depth()) } else { common };
        let places = |key: &Key| key.places().iter().take(depth).copied().collect::<Vec<_>>();
        let (own, other) = (places(key), places(&other));
        let shorter = own.len().min(other.len());
        if is_itself { own == other } else { own[..shorter] == other[..shorter] }
    };
    run.folded.items.of(at).filter(is_related).take(MOST).collect()
}

/// Returns the node of the canvas that a step belongs to.
fn own_node(tab: &Tab, step: &str) -> Option<String> {
    let own = step.strip_prefix(&tab.prefix())?.split('/').next()?;
    tab.scene.place(own).map(|_| own.to_owned())
}

/// Returns the nodes above a node, and those below it.
fn around(tab: &Tab, node: &str) -> (HashSet<String>, HashSet<String>) {
    let down = tab.scene.pairs();
    let up: Vec<_> = down.iter().map(|(from, to)| (*to, *from)).collect();
    (reached(tab, node, &up), reached(tab, node, &down))
}

/// Returns the nodes that are reached from a node, along pairs of neighbours.
fn reached(tab: &Tab, node: &str, pairs: &[(usize, usize)]) -> HashSet<String> {
    let mut seen = HashSet::new();
    let mut open: Vec<_> = tab.scene.place(node).into_iter().collect();
    while let Some(at) = open.pop() {
        let next = pairs.iter().filter(|(from, _)| *from == at).map(|(_, to)| *to);
        open.extend(next.filter(|to| seen.insert(*to)));
    }
    seen.into_iter().map(|at| tab.scene.nodes[at].id.clone()).collect()
}
