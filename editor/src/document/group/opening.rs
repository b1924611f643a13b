//! A used graph whose nodes take the place of the node that uses it.

use std::collections::{HashMap, HashSet};

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, NodeDoc, Reference, Route, Wire};
use windlass_core::problem::Spanned;

use super::{Place, corner, minus, moved};
use crate::canvas::scene::references;
use crate::document::pieces::free_among;

/// Returns the change that puts the nodes of a used graph in place of the node that uses it, and their new ids.
///
/// # Errors
/// Says what cannot be said without the border.
pub fn ungroup(
    doc: &GraphDoc,
    id: &str,
    inner: &GraphDoc,
    (at, place): ([f64; 2], Place<'_>),
) -> Result<(Edit, Vec<String>), String> {
    let node = doc.nodes.get(id).ok_or_else(|| format!("there is no node `{id}`"))?;
    let opening = Opening { id, node, inner, names: names(doc, id, inner) };
    let corner = corner(inner.nodes.keys().map(|id| place(id)));
    let by = minus(at, corner);
    let mut edits = Vec::new();
    for (index, (own, node)) in inner.nodes.iter().enumerate() {
        let place = place(own);
        let at = doc.nodes.get_index_of(id).map(|at| at + index);
        let new = opening.names[own].clone();
        edits.push(Edit::AddNode { id: new.clone(), node: Box::new(opening.outside(node)?), at });
        edits.push(Edit::MoveNode { node: new, to: Some([place[0] + by[0], place[1] + by[1]]) });
    }
    edits.extend(opening.taken(doc)?);
    if !inner.layout.routes.is_empty() {
        let renamed =
            inner.layout.routes.iter().filter_map(|route| opening.route(route)).map(|route| moved(&route, by));
        edits.push(Edit::SetRoutes(doc.layout.routes.iter().cloned().chain(renamed).collect()));
    }
    edits.push(Edit::RemoveNode { id: id.to_owned() });
    Ok((Edit::Compound(edits), inner.nodes.keys().map(|id| opening.names[id].clone()).collect()))
}

fn names(doc: &GraphDoc, group: &str, inner: &GraphDoc) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut taken: HashSet<String> = doc.nodes.keys().filter(|id| *id != group).cloned().collect();
    // The group is still there while the nodes are put in.
    taken.insert(group.to_owned());
    for id in inner.nodes.keys() {
        let name = free_among(id, |name| taken.contains(name));
        taken.insert(name.clone());
        names.insert(id.clone(), name);
    }
    names
}

/// A group that is opened.
struct Opening<'a> {
    id: &'a str,
    node: &'a NodeDoc,
    inner: &'a GraphDoc,
    names: HashMap<String, String>,
}

/// What an input of a group is given.
enum Given {
    Wires(Vec<Reference>),
    Constant(serde_json::Value),
    Nothing,
}

impl Opening<'_> {
    fn given(&self, input: &str) -> Given {
        let constant = self.node.params.get(input).map(|given| &given.value);
        let default = || Some(&self.inner.inputs.get(input)?.default.as_ref()?.value);
        match self.node.inputs.get(input) {
            Some(wire) => Given::Wires(references(&wire.value).cloned().collect()),
            None => constant.or_else(default).cloned().map_or(Given::Nothing, Given::Constant),
        }
    }

    fn renamed(&self, reference: &Reference) -> Result<Option<Reference>, String> {
        match reference {
            Reference::Port { node, port } => {
                let node = self.names.get(node).cloned();
                Ok(node.map(|node| Reference::Port { node, port: port.clone() }))
            }
            Reference::Input(name) => match self.given(name) {
                Given::Wires(mut wires) if wires.len() == 1 => Ok(wires.pop()),
                Given::Wires(_) => Err(format!("several wires feed `{name}`, which hands on one")),
                Given::Constant(_) => Err(format!("`{name}` has a constant where only a wire can stand")),
                Given::Nothing => Ok(None),
            },
        }
    }

    /// Returns a node of the group as it stands outside.
    fn outside(&self, node: &NodeDoc) -> Result<NodeDoc, String> {
        let mut new = NodeDoc { inputs: Default::default(), span: None, ..node.clone() };
        new.policy = node.policy.within(&self.node.policy);
        for (port, wire) in &node.inputs {
            match &wire.value {
                Wire::One(Reference::Input(name)) => match self.given(name) {
                    Given::Constant(value) => drop(new.params.insert(port.clone(), Spanned::made(value))),
                    Given::Wires(mut wires) => {
                        let wire = match wires.len() {
                            1 => Wire::One(wires.remove(0)),
                            _ => Wire::Many(wires.into_iter().map(Spanned::made).collect()),
                        };
                        new.inputs.insert(port.clone(), Spanned::made(wire));
                    }
                    Given::Nothing => {}
                },
                Wire::One(reference) => {
                    let renamed = self.renamed(reference)?.map(|reference| Spanned::made(Wire::One(reference)));
                    new.inputs.extend(renamed.map(|wire| (port.clone(), wire)));
                }
                Wire::Many(all) => {
                    let all: Result<Vec<_>, _> = all.iter().map(|one| self.renamed(&one.value)).collect();
                    let all: Vec<_> = all?.into_iter().flatten().map(Spanned::made).collect();
                    new.inputs.insert(port.clone(), Spanned::made(Wire::Many(all)));
                }
            }
        }
        Ok(new)
    }

    /// Returns the changes that let what is outside take from the nodes themselves.
    fn taken(&self, doc: &GraphDoc) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        for (id, node) in doc.nodes.iter().filter(|(id, _)| *id != self.id) {
            for (port, wire) in node.inputs.iter().filter(|(_, wire)| self.feeds(&wire.value)) {
                let all: Result<Vec<_>, _> = references(&wire.value).map(|it| self.source(it)).collect();
                let mut all: Vec<_> = all?.into_iter().flatten().collect();
                let wire = match &wire.value {
                    Wire::One(_) => all.pop().map(Wire::One),
                    Wire::Many(_) => Some(Wire::Many(all.into_iter().map(Spanned::made).collect())),
                };
                edits.push(Edit::SetInput { node: id.clone(), name: port.clone(), wire, at: None });
            }
        }
        for (name, from) in doc.outputs.iter().filter(|(_, from)| self.is_own(&from.value)) {
            edits.push(Edit::SetOutput { name: name.clone(), from: self.source(&from.value)?, at: None });
        }
        Ok(edits)
    }

    fn is_own(&self, reference: &Reference) -> bool {
        matches!(reference, Reference::Port { node, .. } if node == self.id)
    }

    fn feeds(&self, wire: &Wire) -> bool {
        references(wire).any(|reference| self.is_own(reference))
    }

    /// Returns what stands for a reference without the group; `None` where the group gives nothing there.
    fn source(&self, reference: &Reference) -> Result<Option<Reference>, String> {
        match reference {
            Reference::Port { node, port } if node == self.id => match self.inner.outputs.get(port) {
                Some(output) => self.renamed(&output.value),
                None => Ok(None),
            },
            other => Ok(Some(other.clone())),
        }
    }

    fn route(&self, route: &Route) -> Option<Route> {
        let mut route = route.clone();
        for end in [&mut route.from, &mut route.to] {
            end.node = self.names.get(&end.node)?.clone();
        }
        Some(route)
    }
}
