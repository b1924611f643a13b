//! A graph, and a body written in place: the top of the document.

use indexmap::IndexMap;

use super::{Cx, Fields};
use crate::doc::tree::Tree;
use crate::doc::{FORMAT_VERSION, GraphDoc, Reference};
use crate::problem::Spanned;

/// The keys of a graph.
const KEYS: [&str; 9] =
    ["windlass", "name", "description", "seed", "permissions", "inputs", "outputs", "nodes", "layout"];
/// The keys of a body written in place.
const BODY_KEYS: [&str; 4] = ["inputs", "nodes", "outputs", "layout"];

/// Reads a graph of the present format.
pub(super) fn graph(cx: &mut Cx, tree: &Tree<'_>) -> GraphDoc {
    let fields = cx.fields(tree, "a graph", &KEYS);
    let text = |cx: &mut Cx, key: &str| fields.get(key).and_then(|tree| cx.text(tree, &format!("`{key}`")));
    GraphDoc {
        version: FORMAT_VERSION,
        name: text(cx, "name"),
        description: text(cx, "description"),
        seed: fields.get("seed").and_then(|tree| cx.count(tree, "`seed`", 0)).unwrap_or_default(),
        permissions: permissions(cx, &fields),
        ..parts(cx, &fields)
    }
}

/// Reads a body written in place.
pub(super) fn body(cx: &mut Cx, tree: &Tree<'_>) -> GraphDoc {
    let fields = cx.fields(tree, "a body", &BODY_KEYS);
    parts(cx, &fields)
}

/// Reads what a graph and a body share.
fn parts(cx: &mut Cx, fields: &Fields<'_, '_>) -> GraphDoc {
    let mut doc = GraphDoc::default();
    for (key, value) in cx.free(fields.get("inputs"), "`inputs`") {
        if let Some(name) = cx.name(key, "the name of a graph input") {
            doc.inputs.insert(name, super::input::input(cx, key, value));
        }
    }
    for (key, value) in cx.free(fields.get("nodes"), "`nodes`") {
        if let Some(id) = cx.name(key, "a node id") {
            doc.nodes.insert(id, super::node::node(cx, key, value));
        }
    }
    doc.outputs = outputs(cx, fields);
    doc.layout = fields.get("layout").map(|tree| super::layout::layout(cx, tree)).unwrap_or_default();
    doc.layout.nodes.retain(|id, _| doc.nodes.contains_key(id));
    doc
}

fn outputs(cx: &mut Cx, fields: &Fields<'_, '_>) -> IndexMap<String, Spanned<Reference>> {
    let entries = cx.free(fields.get("outputs"), "`outputs`");
    let output = |(key, value): &(Tree<'_>, Tree<'_>)| {
        let name = cx.name(key, "the name of a graph output");
        let reference = cx.reference(value, "a graph output");
        name.zip(reference)
    };
    entries.iter().filter_map(output).collect()
}

fn permissions(cx: &mut Cx, fields: &Fields<'_, '_>) -> Vec<Spanned<String>> {
    let members = cx.list(fields.get("permissions"), "`permissions`");
    let permission = |tree: &Tree<'_>| {
        let value = cx.text(tree, "a permission")?;
        Some(Spanned { value, span: cx.span(tree) })
    };
    members.iter().filter_map(permission).collect()
}
