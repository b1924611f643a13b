//! Edits of the graph itself: what it asks for, its inputs and outputs, its layout.

use super::names::{check_name, check_port_name};
use super::{Edit, EditError, missing, set_entry};
use crate::doc::{Frame, GraphDoc, InputDoc, Note, Reference, Route};
use crate::problem::Spanned;

pub(super) fn set_permissions(doc: &mut GraphDoc, permissions: &[String]) -> Result<Edit, EditError> {
    let new = permissions.iter().cloned().map(Spanned::made).collect();
    let old = std::mem::replace(&mut doc.permissions, new);
    Ok(Edit::SetPermissions(old.into_iter().map(|permission| permission.value).collect()))
}

pub(super) fn set_input(
    doc: &mut GraphDoc,
    name: &str,
    input: Option<&InputDoc>,
    at: Option<usize>,
) -> Result<Edit, EditError> {
    check_name("graph input", name)?;
    if input.is_none() && !doc.inputs.contains_key(name) {
        return Err(missing("graph input", name));
    }
    let (old, at) = set_entry(&mut doc.inputs, name, input.cloned(), at);
    Ok(Edit::SetGraphInput { name: name.to_owned(), input: old.map(Box::new), at })
}

pub(super) fn set_output(
    doc: &mut GraphDoc,
    name: &str,
    from: Option<&Reference>,
    at: Option<usize>,
) -> Result<Edit, EditError> {
    check_name("graph output", name)?;
    if from.is_none() && !doc.outputs.contains_key(name) {
        return Err(missing("graph output", name));
    }
    let (old, at) = set_entry(&mut doc.outputs, name, from.cloned().map(Spanned::made), at);
    Ok(Edit::SetOutput { name: name.to_owned(), from: old.map(|from| from.value), at })
}

pub(super) fn move_node(doc: &mut GraphDoc, node: &str, to: Option<[f64; 2]>) -> Result<Edit, EditError> {
    finite(to.as_slice().iter())?;
    if !doc.nodes.contains_key(node) && !doc.layout.nodes.contains_key(node) {
        return Err(missing("node", node));
    }
    let (old, _) = set_entry(&mut doc.layout.nodes, node, to, None);
    Ok(Edit::MoveNode { node: node.to_owned(), to: old })
}

pub(super) fn set_frames(doc: &mut GraphDoc, frames: &[Frame]) -> Result<Edit, EditError> {
    finite(frames.iter().flat_map(|frame| [&frame.at, &frame.size]))?;
    Ok(Edit::SetFrames(std::mem::replace(&mut doc.layout.frames, frames.to_vec())))
}

pub(super) fn set_notes(doc: &mut GraphDoc, notes: &[Note]) -> Result<Edit, EditError> {
    finite(notes.iter().map(|note| &note.at))?;
    Ok(Edit::SetNotes(std::mem::replace(&mut doc.layout.notes, notes.to_vec())))
}

pub(super) fn set_routes(doc: &mut GraphDoc, routes: &[Route]) -> Result<Edit, EditError> {
    finite(routes.iter().flat_map(|route| &route.through))?;
    for route in routes {
        for end in [&route.from, &route.to] {
            check_name("node", &end.node)?;
            check_port_name("port", &end.port)?;
        }
    }
    Ok(Edit::SetRoutes(std::mem::replace(&mut doc.layout.routes, routes.to_vec())))
}

fn finite<'a>(mut pairs: impl Iterator<Item = &'a [f64; 2]>) -> Result<(), EditError> {
    let all = pairs.all(|pair| pair.iter().all(|number| number.is_finite()));
    if all { Ok(()) } else { Err(EditError::NotFinite) }
}
