//! Parts of a graph as text on the clipboard: valid graph YAML, between windows and from anywhere.

use std::collections::{BTreeSet, HashMap};

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, NodeDoc, Reference, Wire, is_name, read, write_new};
use windlass_core::problem::Spanned;

/// Which wires from outside a pasted node keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Those that the graph can still feed.
    Keep,
    /// None.
    Drop,
}

/// What is pasted, and what it is called then.
pub struct Pasted {
    /// The change.
    pub edit: Edit,
    /// The new nodes.
    pub ids: Vec<String>,
}

/// Returns nodes of a graph as the text of a graph of their own, with their positions.
pub fn copy(doc: &GraphDoc, ids: &BTreeSet<String>, place: impl Fn(&str) -> Option<[f64; 2]>) -> String {
    let mut part = GraphDoc::default();
    for (id, node) in doc.nodes.iter().filter(|(id, _)| ids.contains(*id)) {
        part.nodes.insert(id.clone(), node.clone());
        if let Some(at) = place(id) {
            part.layout.nodes.insert(id.clone(), at);
        }
    }
    write_new(&part)
}

/// Returns the change that puts the nodes of a text into a graph, the left top one of them at a place; `None` where the
/// text is no graph with nodes.
pub fn paste(doc: &GraphDoc, text: &str, at: [f64; 2], incoming: Incoming) -> Option<Pasted> {
    let part = read("clipboard", text.as_bytes(), None).doc.filter(|part| !part.nodes.is_empty())?;
    let names = new_names(doc, part.nodes.keys());
    let corner = corner(&part);
    let mut edits = Vec::new();
    for (place, (id, node)) in part.nodes.iter().enumerate() {
        let new = &names[id];
        let node = Box::new(rewired(node, &names, doc, incoming));
        edits.push(Edit::AddNode { id: new.clone(), node, at: None });
        let was = part.layout.nodes.get(id).copied().unwrap_or([corner[0] + 220.0 * place as f64, corner[1]]);
        let to = [at[0] + was[0] - corner[0], at[1] + was[1] - corner[1]];
        edits.push(Edit::MoveNode { node: new.clone(), to: Some(to) });
    }
    let ids = part.nodes.keys().map(|id| names[id].clone()).collect();
    Some(Pasted { edit: Edit::Compound(edits), ids })
}

/// Returns a name like the wished one that no node has.
pub fn free_name(doc: &GraphDoc, wished: &str) -> String {
    free_among(wished, |name| doc.nodes.contains_key(name))
}

pub(super) fn free_among(wished: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let stem = if is_name(wished) { wished } else { "node" };
    let base = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = if base.is_empty() { stem } else { base };
    let numbered = (2..u64::MAX).map(|number| {
        let number = number.to_string();
        let room = windlass_core::doc::MAX_NAME - number.len();
        format!("{}{number}", base.get(..room).unwrap_or(base))
    });
    std::iter::once(stem.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

fn new_names<'a>(doc: &GraphDoc, ids: impl Iterator<Item = &'a String>) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut given = BTreeSet::new();
    for id in ids {
        let name = free_among(id, |name| doc.nodes.contains_key(name) || given.contains(name));
        given.insert(name.clone());
        names.insert(id.clone(), name);
    }
    names
}

fn corner(part: &GraphDoc) -> [f64; 2] {
    let places = part.layout.nodes.values();
    let least = places.copied().reduce(|one, other| [one[0].min(other[0]), one[1].min(other[1])]);
    least.unwrap_or_default()
}

fn rewired(node: &NodeDoc, names: &HashMap<String, String>, doc: &GraphDoc, incoming: Incoming) -> NodeDoc {
    let mut node = node.clone();
    node.inputs.retain(|_, wire| {
        let kept = match &wire.value {
            Wire::One(reference) => renamed(reference, names, doc, incoming).map(Wire::One),
            Wire::Many(all) => {
                let kept = all.iter().filter_map(|one| renamed(&one.value, names, doc, incoming));
                let kept: Vec<_> = kept.map(Spanned::made).collect();
                (!kept.is_empty()).then_some(Wire::Many(kept))
            }
        };
        kept.map(|kept| wire.value = kept).is_some()
    });
    node
}

fn renamed(
    reference: &Reference,
    names: &HashMap<String, String>,
    doc: &GraphDoc,
    incoming: Incoming,
) -> Option<Reference> {
    match reference {
        Reference::Port { node, port } if names.contains_key(node) => {
            Some(Reference::Port { node: names[node].clone(), port: port.clone() })
        }
        _ if incoming == Incoming::Drop => None,
        Reference::Port { node, .. } => doc.nodes.contains_key(node).then(|| reference.clone()),
        Reference::Input(name) => doc.inputs.contains_key(name).then(|| reference.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::doc::edit::apply;

    const GRAPH: &str = "windlass: 1\nnodes:\n  a: { kind: k.a }\n  b: { kind: k.b, inputs: { x: a.out } }\n";

    fn graph() -> GraphDoc {
        read("g", GRAPH.as_bytes(), None).doc.unwrap()
    }

    #[test]
    fn what_is_pasted_has_names_of_its_own_and_its_own_wires() {
        let mut doc = graph();
        let all = doc.nodes.keys().cloned().collect();
        let text = copy(&doc, &all, |_| None);
        let pasted = paste(&doc, &text, [10.0, 20.0], Incoming::Drop).unwrap();
        apply(&mut doc, &pasted.edit).unwrap();
        assert_eq!(pasted.ids, ["a2", "b2"]);
        let wire = &doc.nodes["b2"].inputs["x"].value;
        assert_eq!(*wire, Wire::One("a2.out".parse().unwrap()));
        assert_eq!(doc.layout.nodes["a2"], [10.0, 20.0]);
    }

    #[test]
    fn wires_from_outside_are_kept_where_that_is_wished() {
        let doc = graph();
        let text = copy(&doc, &["b".to_owned()].into(), |_| None);
        for (incoming, wires) in [(Incoming::Keep, 1), (Incoming::Drop, 0)] {
            let mut doc = graph();
            let pasted = paste(&doc, &text, [0.0, 0.0], incoming).unwrap();
            apply(&mut doc, &pasted.edit).unwrap();
            assert_eq!(doc.nodes["b2"].inputs.len(), wires);
        }
    }

    #[test]
    fn other_texts_are_not_pasted() {
        assert!(paste(&graph(), "milk, eggs", [0.0, 0.0], Incoming::Keep).is_none());
    }
}
