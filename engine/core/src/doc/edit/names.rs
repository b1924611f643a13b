//! Other names for nodes, inputs, outputs and parameters; references follow.

use indexmap::IndexMap;

use super::nodes::node_mut;
use super::{Edit, EditError, missing};
use crate::doc::{GraphDoc, Reference, Route, Wire, is_name};

pub(super) fn rename_node(doc: &mut GraphDoc, from: &str, to: &str) -> Result<Edit, EditError> {
    check_name("node", to)?;
    let mut before = mentions(doc, |reference| gives(reference, to));
    before.extend(routes_of(doc, to));
    rename_key(&mut doc.nodes, "node", from, to)?;
    if from != to && doc.layout.nodes.contains_key(from) {
        // The reader leaves out positions without a node; one that was made by a program goes.
        doc.layout.nodes.shift_remove(to);
    }
    if doc.layout.nodes.contains_key(from) {
        rename_key(&mut doc.layout.nodes, "node", from, to)?;
    }
    for reference in references(doc) {
        if let Reference::Port { node, .. } = reference
            && node == from
        {
            *node = to.to_owned();
        }
    }
    let ends = doc.layout.routes.iter_mut().flat_map(|route| [&mut route.from, &mut route.to]);
    ends.filter(|end| end.node == from).for_each(|end| to.clone_into(&mut end.node));
    Ok(and_then(Edit::RenameNode { from: to.to_owned(), to: from.to_owned() }, before))
}

pub(super) fn rename_input(doc: &mut GraphDoc, from: &str, to: &str) -> Result<Edit, EditError> {
    check_name("graph input", to)?;
    let before = mentions(doc, |reference| matches!(reference, Reference::Input(name) if name == to));
    rename_key(&mut doc.inputs, "graph input", from, to)?;
    for reference in references(doc) {
        if let Reference::Input(name) = reference
            && name == from
        {
            *name = to.to_owned();
        }
    }
    Ok(and_then(Edit::RenameGraphInput { from: to.to_owned(), to: from.to_owned() }, before))
}

pub(super) fn rename_output(doc: &mut GraphDoc, from: &str, to: &str) -> Result<Edit, EditError> {
    check_name("graph output", to)?;
    rename_key(&mut doc.outputs, "graph output", from, to)?;
    Ok(Edit::RenameOutput { from: to.to_owned(), to: from.to_owned() })
}

pub(super) fn rename_param(doc: &mut GraphDoc, node: &str, from: &str, to: &str) -> Result<Edit, EditError> {
    check_port_name("parameter", to)?;
    rename_key(&mut node_mut(doc, node)?.params, "parameter", from, to)?;
    Ok(Edit::RenameParam { node: node.to_owned(), from: to.to_owned(), to: from.to_owned() })
}

/// Refuses what cannot name a node, graph input or graph output.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), EditError> {
    if is_name(name) { Ok(()) } else { Err(EditError::BadName { what, name: name.to_owned() }) }
}

/// Refuses what cannot name a port or parameter; kinds decide about the rest.
pub(super) fn check_port_name(what: &'static str, name: &str) -> Result<(), EditError> {
    let is_good = !name.is_empty() && name.chars().count() <= crate::doc::MAX_PORT_NAME && name != "<<";
    if is_good { Ok(()) } else { Err(EditError::BadName { what, name: name.to_owned() }) }
}

/// Returns all references of a graph to its own nodes and inputs.
fn references(doc: &mut GraphDoc) -> impl Iterator<Item = &mut Reference> {
    let wires = doc.nodes.values_mut().flat_map(|node| node.inputs.values_mut());
    let of_wires = wires.flat_map(|wire| match &mut wire.value {
        Wire::One(reference) => std::slice::from_mut(reference).iter_mut().collect::<Vec<_>>(),
        Wire::Many(references) => references.iter_mut().map(|reference| &mut reference.value).collect(),
    });
    of_wires.chain(doc.outputs.values_mut().map(|output| &mut output.value))
}

/// Returns whether a reference is to an output of a node.
pub(super) fn gives(reference: &Reference, id: &str) -> bool {
    matches!(reference, Reference::Port { node, .. } if node == id)
}

/// Returns the edits that set wires and outputs as they are now, of those that have certain references: what has
/// to be put back when a name comes to stand for something else for a while.
pub(super) fn mentions(doc: &GraphDoc, of: impl Fn(&Reference) -> bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (id, node) in &doc.nodes {
        for (at, (name, wire)) in node.inputs.iter().enumerate() {
            let has = match &wire.value {
                Wire::One(reference) => of(reference),
                Wire::Many(references) => references.iter().any(|reference| of(&reference.value)),
            };
            let wire = has.then(|| wire.value.clone());
            let set = |wire| Edit::SetInput { node: id.clone(), name: name.clone(), wire: Some(wire), at: Some(at) };
            edits.extend(wire.map(set));
        }
    }
    for (at, (name, from)) in doc.outputs.iter().enumerate().filter(|(_, (_, from))| of(&from.value)) {
        edits.push(Edit::SetOutput { name: name.clone(), from: Some(from.value.clone()), at: Some(at) });
    }
    edits
}

/// Returns the edit that sets the ways of wires as they are now, where one of them is at a node.
pub(super) fn routes_of(doc: &GraphDoc, id: &str) -> Option<Edit> {
    let routes = &doc.layout.routes;
    routes.iter().any(|route| touches(route, id)).then(|| Edit::SetRoutes(routes.clone()))
}

/// Returns whether a wire begins or ends at a node.
pub(super) fn touches(route: &Route, id: &str) -> bool {
    route.from.node == id || route.to.node == id
}

/// Returns an edit with others after it.
pub(super) fn and_then(first: Edit, others: Vec<Edit>) -> Edit {
    if others.is_empty() { first } else { Edit::Compound([vec![first], others].concat()) }
}

/// Gives an entry another name; it keeps its place.
fn rename_key<T>(map: &mut IndexMap<String, T>, what: &'static str, from: &str, to: &str) -> Result<(), EditError> {
    if from != to && map.contains_key(to) {
        return Err(EditError::Taken { what, name: to.to_owned() });
    }
    let (at, _, value) = map.shift_remove_full(from).ok_or_else(|| missing(what, from))?;
    map.shift_insert(at, to.to_owned(), value);
    Ok(())
}
