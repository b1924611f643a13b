//! Positions, frames, notes and the ways of wires: for the canvas alone. What this version does not know is kept as it is.

use super::Cx;
use crate::doc::tree::Tree;
use crate::doc::{End, Frame, Layout, Note, Route};
use crate::problem::Problem;

/// The keys of a layout that this version knows.
const KEYS: [&str; 4] = ["nodes", "frames", "notes", "routes"];

/// Reads a layout.
pub(super) fn layout(cx: &mut Cx, tree: &Tree<'_>) -> Layout {
    let mut layout = Layout::default();
    for (key, value) in cx.free(Some(tree), "`layout`") {
        let name = key.text().unwrap_or_default();
        let value = Some(value).filter(|value| !value.is_null() || !KEYS.contains(&name));
        match (name, value) {
            (_, None) => {}
            ("nodes", value) => positions(cx, value, &mut layout),
            ("frames", value) => layout.frames = list_of(cx, value, "`frames`", frame),
            ("notes", value) => layout.notes = list_of(cx, value, "`notes`", note),
            ("routes", value) => layout.routes = list_of(cx, value, "`routes`", route),
            (_, Some(value)) => layout.other.extend(cx.constant(value).map(|json| (name.to_owned(), json))),
        }
    }
    layout
}

fn positions(cx: &mut Cx, tree: Option<&Tree<'_>>, layout: &mut Layout) {
    for (key, value) in cx.free(tree, "`layout.nodes`") {
        let at = cx.pair(value, "the position of a node");
        layout.nodes.extend(key.text().map(str::to_owned).zip(at));
    }
}

fn list_of<T>(cx: &mut Cx, tree: Option<&Tree<'_>>, what: &str, read: fn(&mut Cx, &Tree<'_>) -> Option<T>) -> Vec<T> {
    cx.list(tree, what).iter().filter_map(|tree| read(cx, tree)).collect()
}

fn frame(cx: &mut Cx, tree: &Tree<'_>) -> Option<Frame> {
    let fields = cx.fields(tree, "a frame", &["title", "at", "size"]);
    let title = fields.get("title").map_or(Some(String::new()), |tree| cx.text(tree, "`title`"));
    let at = needed_pair(cx, tree, fields.get("at"), "this frame", "at");
    let size = needed_pair(cx, tree, fields.get("size"), "this frame", "size");
    Some(Frame { title: title?, at: at?, size: size? })
}

fn note(cx: &mut Cx, tree: &Tree<'_>) -> Option<Note> {
    let fields = cx.fields(tree, "a note", &["at", "text"]);
    let text = fields.get("text").map_or(Some(String::new()), |tree| cx.text(tree, "`text`"));
    let at = needed_pair(cx, tree, fields.get("at"), "this note", "at");
    Some(Note { at: at?, text: text? })
}

fn route(cx: &mut Cx, tree: &Tree<'_>) -> Option<Route> {
    let fields = cx.fields(tree, "a route", &["from", "to", "through"]);
    let from = end(cx, tree, fields.get("from"), "from");
    let to = end(cx, tree, fields.get("to"), "to");
    let through = cx.list(fields.get("through"), "`through`");
    let through = through.iter().filter_map(|point| cx.pair(point, "a point of a wire")).collect();
    Some(Route { from: from?, to: to?, through })
}

fn end(cx: &mut Cx, owner: &Tree<'_>, tree: Option<&Tree<'_>>, key: &str) -> Option<End> {
    let Some(tree) = tree else {
        cx.missing_key(owner, "this route", key, &format!("write `{key}: node.port`"));
        return None;
    };
    let text = cx.text(tree, &format!("`{key}`"))?;
    let read = text.parse::<End>();
    if let Err(error) = &read {
        let problem = Problem::error("bad-reference", error.to_string()).at(cx.span(tree));
        cx.report(problem.hint("write `node.port`"));
    }
    read.ok()
}

fn needed_pair(cx: &mut Cx, owner: &Tree<'_>, tree: Option<&Tree<'_>>, what: &str, key: &str) -> Option<[f64; 2]> {
    if tree.is_none() {
        cx.missing_key(owner, what, key, &format!("write `{key}: [0, 0]`, in points"));
    }
    cx.pair(tree?, &format!("`{key}`"))
}
