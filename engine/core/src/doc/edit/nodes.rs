//! Edits of nodes: adding and removing them, their constants, wires, policy and body.

use serde_json::Value as Json;

use super::names::{and_then, check_name, check_port_name, gives, mentions, routes_of, touches};
use super::{Edit, EditError, apply, missing, set_entry};
use crate::doc::{Body, GraphDoc, NodeDoc, Policy, Reference, Runs, Wire};
use crate::problem::Spanned;

pub(super) fn node_mut<'a>(doc: &'a mut GraphDoc, id: &str) -> Result<&'a mut NodeDoc, EditError> {
    doc.nodes.get_mut(id).ok_or_else(|| missing("node", id))
}

pub(super) fn add(doc: &mut GraphDoc, id: &str, node: &NodeDoc, at: Option<usize>) -> Result<Edit, EditError> {
    check_name("node", id)?;
    if doc.nodes.contains_key(id) {
        return Err(EditError::Taken { what: "node", name: id.to_owned() });
    }
    // Removing takes references away that were there before.
    let mut before = mentions(doc, |reference| gives(reference, id));
    before.extend(routes_of(doc, id));
    set_entry(&mut doc.nodes, id, Some(node.clone()), at);
    Ok(and_then(Edit::RemoveNode { id: id.to_owned() }, before))
}

pub(super) fn remove(doc: &mut GraphDoc, id: &str) -> Result<Edit, EditError> {
    if !doc.nodes.contains_key(id) {
        return Err(missing("node", id));
    }
    let loose = Edit::Compound(loosening(doc, id));
    let wires_back = apply(doc, &loose)?;
    let (node, at) = set_entry(&mut doc.nodes, id, None, None);
    let node = Box::new(node.ok_or_else(|| missing("node", id))?);
    Ok(Edit::Compound(vec![Edit::AddNode { id: id.to_owned(), node, at }, wires_back]))
}

/// Returns the edits that take away what refers to a node: wires of others and their
/// ways, graph outputs, its position.
fn loosening(doc: &GraphDoc, id: &str) -> Vec<Edit> {
    let gives = |reference: &Reference| gives(reference, id);
    let mut edits = Vec::new();
    for (node, name, wire) in wires(doc).filter(|(node, ..)| *node != id) {
        let rest = match wire {
            Wire::One(reference) if gives(reference) => None,
            Wire::Many(references) if references.iter().any(|reference| gives(&reference.value)) => {
                let rest: Vec<_> = references.iter().filter(|reference| !gives(&reference.value)).cloned().collect();
                (!rest.is_empty()).then_some(Wire::Many(rest))
            }
            _ => continue,
        };
        edits.push(Edit::SetInput { node: node.clone(), name: name.clone(), wire: rest, at: None });
    }
    let outputs = doc.outputs.iter().filter(|(_, from)| gives(&from.value));
    edits.extend(outputs.map(|(name, _)| Edit::SetOutput { name: name.clone(), from: None, at: None }));
    let routes = &doc.layout.routes;
    if routes.iter().any(|route| touches(route, id)) {
        edits.push(Edit::SetRoutes(routes.iter().filter(|route| !touches(route, id)).cloned().collect()));
    }
    if doc.layout.nodes.contains_key(id) {
        edits.push(Edit::MoveNode { node: id.to_owned(), to: None });
    }
    edits
}

fn wires(doc: &GraphDoc) -> impl Iterator<Item = (&String, &String, &Wire)> {
    let of_node = |(id, node)| {
        let node: &NodeDoc = node;
        node.inputs.iter().map(move |(name, wire)| (id, name, &wire.value))
    };
    doc.nodes.iter().flat_map(of_node)
}

pub(super) fn set_runs(doc: &mut GraphDoc, node: &str, runs: &Runs) -> Result<Edit, EditError> {
    let old = std::mem::replace(&mut node_mut(doc, node)?.runs, Spanned::made(runs.clone()));
    Ok(Edit::SetRuns { node: node.to_owned(), runs: old.value })
}

pub(super) fn set_title(doc: &mut GraphDoc, node: &str, title: &Option<String>) -> Result<Edit, EditError> {
    let old = std::mem::replace(&mut node_mut(doc, node)?.title, title.clone());
    Ok(Edit::SetTitle { node: node.to_owned(), title: old })
}

pub(super) fn set_param(
    doc: &mut GraphDoc,
    id: &str,
    name: &str,
    value: Option<&Json>,
    at: Option<usize>,
) -> Result<Edit, EditError> {
    check_port_name("parameter", name)?;
    let node = node_mut(doc, id)?;
    if value.is_none() && !node.params.contains_key(name) {
        return Err(missing("parameter", name));
    }
    let (old, at) = set_entry(&mut node.params, name, value.cloned().map(Spanned::made), at);
    Ok(Edit::SetParam { node: id.to_owned(), name: name.to_owned(), value: old.map(|old| old.value), at })
}

pub(super) fn set_input(
    doc: &mut GraphDoc,
    id: &str,
    name: &str,
    wire: Option<&Wire>,
    at: Option<usize>,
) -> Result<Edit, EditError> {
    check_port_name("port", name)?;
    let node = node_mut(doc, id)?;
    if wire.is_none() && !node.inputs.contains_key(name) {
        return Err(missing("wire into", name));
    }
    let (old, at) = set_entry(&mut node.inputs, name, wire.cloned().map(Spanned::made), at);
    Ok(Edit::SetInput { node: id.to_owned(), name: name.to_owned(), wire: old.map(|old| old.value), at })
}

pub(super) fn set_policy(doc: &mut GraphDoc, node: &str, policy: &Policy) -> Result<Edit, EditError> {
    let old = std::mem::replace(&mut node_mut(doc, node)?.policy, policy.clone());
    Ok(Edit::SetPolicy { node: node.to_owned(), policy: Box::new(old) })
}

pub(super) fn set_body(doc: &mut GraphDoc, node: &str, body: Option<&Body>) -> Result<Edit, EditError> {
    let old = std::mem::replace(&mut node_mut(doc, node)?.body, body.cloned().map(Spanned::made));
    Ok(Edit::SetBody { node: node.to_owned(), body: old.map(|old| old.value) })
}

pub(super) fn in_body(doc: &mut GraphDoc, node: &str, edit: &Edit) -> Result<Edit, EditError> {
    match &mut node_mut(doc, node)?.body {
        Some(Spanned { value: Body::Here(body), .. }) => {
            let inverse = Box::new(apply(body, edit)?);
            Ok(Edit::InBody { node: node.to_owned(), edit: inverse })
        }
        _ => Err(EditError::NoBody(node.to_owned())),
    }
}
