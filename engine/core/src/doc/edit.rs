//! Edits of a document as data, each with its inverse: what the window does, and what undo takes back.

mod graph;
mod names;
mod nodes;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::{Body, Frame, GraphDoc, InputDoc, NodeDoc, Note, Policy, Reference, Route, Runs, Wire};

/// A change of a document. Where a value is an `Option`, `None` removes it. Where there is an `at`, it is the place
/// of a new name among the others, the last one where it is `None`; a name that exists stays where it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Adds a node.
    AddNode {
        /// Its id.
        id: String,
        /// The node.
        node: Box<NodeDoc>,
        /// Its place among the nodes.
        at: Option<usize>,
    },
    /// Removes a node with its position, the wires that it feeds and the graph outputs that it gives.
    RemoveNode {
        /// Its id.
        id: String,
    },
    /// Gives a node another id; references follow.
    RenameNode {
        /// The present id.
        from: String,
        /// The new id.
        to: String,
    },
    /// Sets what a node runs.
    SetRuns {
        /// The node.
        node: String,
        /// What it runs.
        runs: Runs,
    },
    /// Sets the title of a node.
    SetTitle {
        /// The node.
        node: String,
        /// The title.
        title: Option<String>,
    },
    /// Sets a constant of a node.
    SetParam {
        /// The node.
        node: String,
        /// The parameter, or the port that may be constant.
        name: String,
        /// The constant.
        value: Option<Json>,
        /// Its place among the constants.
        at: Option<usize>,
    },
    /// Gives a constant of a node another name.
    RenameParam {
        /// The node.
        node: String,
        /// The present name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Connects or disconnects an input of a node; see [`Edit::connect`] for lists.
    SetInput {
        /// The node.
        node: String,
        /// The port or parameter.
        name: String,
        /// What feeds it.
        wire: Option<Wire>,
        /// Its place among the wires.
        at: Option<usize>,
    },
    /// Sets how a node is run.
    SetPolicy {
        /// The node.
        node: String,
        /// The policy.
        policy: Box<Policy>,
    },
    /// Sets the body of a loop or container.
    SetBody {
        /// The node.
        node: String,
        /// The body.
        body: Option<Body>,
    },
    /// Changes a body that is written in place.
    InBody {
        /// The node.
        node: String,
        /// The change.
        edit: Box<Edit>,
    },
    /// Sets the name of the graph.
    SetName(Option<String>),
    /// Sets what the graph is for.
    SetDescription(Option<String>),
    /// Sets the root of all randomness.
    SetSeed(u64),
    /// Sets what the graph asks to be allowed.
    SetPermissions(Vec<String>),
    /// Sets a graph input.
    SetGraphInput {
        /// Its name.
        name: String,
        /// The input.
        input: Option<Box<InputDoc>>,
        /// Its place among the inputs.
        at: Option<usize>,
    },
    /// Gives a graph input another name; references follow.
    RenameGraphInput {
        /// The present name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Sets a graph output.
    SetOutput {
        /// Its name.
        name: String,
        /// What it gives.
        from: Option<Reference>,
        /// Its place among the outputs.
        at: Option<usize>,
    },
    /// Gives a graph output another name.
    RenameOutput {
        /// The present name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Sets the position of a node on the canvas, in points.
    MoveNode {
        /// The node.
        node: String,
        /// Its left top corner.
        to: Option<[f64; 2]>,
    },
    /// Sets the frames behind nodes.
    SetFrames(Vec<Frame>),
    /// Sets the free notes.
    SetNotes(Vec<Note>),
    /// Sets the ways of wires.
    SetRoutes(Vec<Route>),
    /// Several changes in order; all or none are made.
    Compound(Vec<Edit>),
}

/// Why an edit cannot be made; the document is as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// What is to be changed does not exist.
    #[error("there is no {what} `{name}`")]
    Missing {
        /// What was looked for: `node`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A name is to be given a second time.
    #[error("there is already a {what} `{name}`")]
    Taken {
        /// What has the name: `node`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name breaks the rules of the format.
    #[error("`{name}` cannot be the name of a {what}")]
    BadName {
        /// What was to get the name: `node`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The body of the node stands in another file, or there is none.
    #[error("the node `{0}` has no body that is written in place")]
    NoBody(String),
    /// A position is no finite number.
    #[error("a position on the canvas must be finite")]
    NotFinite,
}

impl Edit {
    /// Returns this edit as one of a body, which is found by the nodes that it lies in, outermost first.
    #[must_use]
    pub fn within(self, nodes: &[String]) -> Self {
        nodes.iter().rev().fold(self, |edit, node| Self::InBody { node: node.clone(), edit: Box::new(edit) })
    }

    /// Returns where it changes something: the nodes whose bodies it lies in, outermost first.
    pub fn place(&self) -> Vec<String> {
        match self {
            Self::InBody { node, edit } => [vec![node.clone()], edit.place()].concat(),
            Self::Compound(edits) => edits.iter().map(Self::place).reduce(shared).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Returns the edit that adds one more reference to an input: alone where nothing feeds it, else to its list.
    pub fn connect(doc: &GraphDoc, node: &str, name: &str, from: Reference) -> Self {
        use crate::problem::Spanned;
        let present = doc.nodes.get(node).and_then(|node| node.inputs.get(name)).map(|wire| wire.value.clone());
        let wire = match present {
            None => Wire::One(from),
            Some(Wire::One(first)) => Wire::Many(vec![Spanned::made(first), Spanned::made(from)]),
            Some(Wire::Many(mut wires)) => {
                wires.push(Spanned::made(from));
                Wire::Many(wires)
            }
        };
        Self::SetInput { node: node.to_owned(), name: name.to_owned(), wire: Some(wire), at: None }
    }
}

/// Makes an edit and returns its inverse.
///
/// # Errors
/// Refuses what does not fit the document, which is then as before.
pub fn apply(doc: &mut GraphDoc, edit: &Edit) -> Result<Edit, EditError> {
    match edit {
        Edit::AddNode { id, node, at } => nodes::add(doc, id, node, *at),
        Edit::RemoveNode { id } => nodes::remove(doc, id),
        Edit::RenameNode { from, to } => names::rename_node(doc, from, to),
        Edit::SetRuns { node, runs } => nodes::set_runs(doc, node, runs),
        Edit::SetTitle { node, title } => nodes::set_title(doc, node, title),
        Edit::SetParam { node, name, value, at } => nodes::set_param(doc, node, name, value.as_ref(), *at),
        Edit::RenameParam { node, from, to } => names::rename_param(doc, node, from, to),
        Edit::SetInput { node, name, wire, at } => nodes::set_input(doc, node, name, wire.as_ref(), *at),
        Edit::SetPolicy { node, policy } => nodes::set_policy(doc, node, policy),
        Edit::SetBody { node, body } => nodes::set_body(doc, node, body.as_ref()),
        Edit::InBody { node, edit } => nodes::in_body(doc, node, edit),
        Edit::SetName(name) => Ok(Edit::SetName(std::mem::replace(&mut doc.name, name.clone()))),
        Edit::SetDescription(text) => Ok(Edit::SetDescription(std::mem::replace(&mut doc.description, text.clone()))),
        Edit::SetSeed(seed) => Ok(Edit::SetSeed(std::mem::replace(&mut doc.seed, *seed))),
        Edit::SetPermissions(permissions) => graph::set_permissions(doc, permissions),
        Edit::SetGraphInput { name, input, at } => graph::set_input(doc, name, input.as_deref(), *at),
        Edit::RenameGraphInput { from, to } => names::rename_input(doc, from, to),
        Edit::SetOutput { name, from, at } => graph::set_output(doc, name, from.as_ref(), *at),
        Edit::RenameOutput { from, to } => names::rename_output(doc, from, to),
        Edit::MoveNode { node, to } => graph::move_node(doc, node, *to),
        Edit::SetFrames(frames) => graph::set_frames(doc, frames),
        Edit::SetNotes(notes) => graph::set_notes(doc, notes),
        Edit::SetRoutes(routes) => graph::set_routes(doc, routes),
        Edit::Compound(edits) => compound(doc, edits),
    }
}

fn compound(doc: &mut GraphDoc, edits: &[Edit]) -> Result<Edit, EditError> {
    let mut inverses = Vec::with_capacity(edits.len());
    for edit in edits {
        match apply(doc, edit) {
            Ok(inverse) => inverses.push(inverse),
            Err(error) => {
                inverses.iter().rev().try_for_each(|inverse| apply(doc, inverse).map(drop))?;
                return Err(error);
            }
        }
    }
    inverses.reverse();
    Ok(Edit::Compound(inverses))
}

/// Sets or removes an entry. Returns what was there, and its place.
fn set_entry<T>(
    map: &mut IndexMap<String, T>,
    name: &str,
    value: Option<T>,
    at: Option<usize>,
) -> (Option<T>, Option<usize>) {
    let Some(value) = value else {
        return map.shift_remove_full(name).map_or((None, None), |(at, _, old)| (Some(old), Some(at)));
    };
    if let Some(present) = map.get_mut(name) {
        return (Some(std::mem::replace(present, value)), None);
    }
    map.shift_insert(at.unwrap_or(usize::MAX).min(map.len()), name.to_owned(), value);
    (None, None)
}

/// Returns what two places have in common.
fn shared(mut one: Vec<String>, other: Vec<String>) -> Vec<String> {
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    one.truncate(same);
    one
}

fn missing(what: &'static str, name: &str) -> EditError {
    EditError::Missing { what, name: name.to_owned() }
}
