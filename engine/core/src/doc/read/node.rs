//! A node: what it runs, its constants, its wires, its policy, its body.

use indexmap::IndexMap;

use super::Cx;
use crate::doc::reference::MAX_PORT_NAME;
use crate::doc::tree::{Kind, Tree};
use crate::doc::{Body, NodeDoc, Runs, Wire};
use crate::problem::{Problem, Span, Spanned};

/// What a node is called in findings.
pub(super) const WHAT: &str = "a node";
const KEYS: [&str; 7] = ["kind", "uses", "title", "params", "inputs", "policy", "body"];

/// Reads a node; `key` is its id.
pub(super) fn node(cx: &mut Cx, key: &Tree<'_>, tree: &Tree<'_>) -> NodeDoc {
    let fields = cx.fields(tree, WHAT, &KEYS);
    let mut names = IndexMap::new();
    NodeDoc {
        runs: runs(cx, key, fields.get("kind"), fields.get("uses")),
        title: fields.get("title").and_then(|tree| cx.text(tree, "`title`")),
        params: params(cx, fields.get("params"), &mut names),
        inputs: wires(cx, fields.get("inputs"), &mut names),
        policy: fields.get("policy").map(|tree| super::policy::policy(cx, tree)).unwrap_or_default(),
        body: fields.get("body").and_then(|tree| body(cx, tree)),
        span: cx.span(key),
        name_spans: names,
    }
}

fn runs(cx: &mut Cx, id: &Tree<'_>, kind: Option<&Tree<'_>>, uses: Option<&Tree<'_>>) -> Spanned<Runs> {
    let (tree, what) = match (kind, uses) {
        (Some(kind), Some(uses)) => {
            let problem = Problem::error("kind-and-uses", "a node has `kind` or `uses`, not both").at(cx.span(uses));
            let problem = problem.related(cx.span(kind), "its kind stands here");
            cx.report(problem.hint("remove one of the two"));
            (kind, "`kind`")
        }
        (Some(kind), None) => (kind, "`kind`"),
        (None, Some(uses)) => (uses, "`uses`"),
        (None, None) => {
            cx.missing_key(id, "this node", "kind", "write `kind: pack.name`, or `uses: ./other.yaml`");
            return Spanned { value: Runs::Kind(String::new()), span: cx.span(id) };
        }
    };
    let text = filled(cx, tree, what).unwrap_or_default();
    let value = if kind.is_some() { Runs::Kind(text) } else { Runs::Graph(text) };
    Spanned { value, span: cx.span(tree) }
}

/// Reads a text that is not empty.
fn filled(cx: &mut Cx, tree: &Tree<'_>, what: &str) -> Option<String> {
    let text = cx.text(tree, what)?;
    if text.trim().is_empty() {
        let problem = Problem::error("empty-text", format!("{what} must not be empty")).at(cx.span(tree));
        cx.report(problem.hint("write a name, or remove the key"));
    }
    Some(text)
}

fn params(
    cx: &mut Cx,
    tree: Option<&Tree<'_>>,
    names: &mut IndexMap<String, Span>,
) -> IndexMap<String, Spanned<serde_json::Value>> {
    let mut params = IndexMap::new();
    for (key, value) in cx.free(tree, "`params`") {
        if let (Some(name), Some(constant)) = (port(cx, key, names), cx.spanned_constant(value)) {
            params.insert(name, constant);
        }
    }
    params
}

fn wires(cx: &mut Cx, tree: Option<&Tree<'_>>, names: &mut IndexMap<String, Span>) -> IndexMap<String, Spanned<Wire>> {
    let mut wires = IndexMap::new();
    for (key, value) in cx.free(tree, "`inputs`") {
        if let (Some(name), Some(wire)) = (port(cx, key, names), wire(cx, value)) {
            wires.insert(name, wire);
        }
    }
    wires
}

/// Reads the name of a port or parameter and notes its place.
fn port(cx: &mut Cx, key: &Tree<'_>, names: &mut IndexMap<String, Span>) -> Option<String> {
    let name = key.text().unwrap_or_default();
    if name.is_empty() || name.chars().count() > MAX_PORT_NAME {
        let problem = Problem::error("bad-name", "this cannot be the name of a port or parameter").at(cx.span(key));
        cx.report(problem.hint("a name is not empty and not endless"));
        return None;
    }
    names.extend(cx.span(key).map(|span| (name.to_owned(), span)));
    Some(name.to_owned())
}

fn wire(cx: &mut Cx, tree: &Tree<'_>) -> Option<Spanned<Wire>> {
    let span = cx.span(tree);
    let value = match &tree.kind {
        Kind::List(members) => {
            Wire::Many(members.iter().filter_map(|member| cx.reference(member, "a member of this list")).collect())
        }
        _ => Wire::One(cx.reference(tree, "an input")?.value),
    };
    Some(Spanned { value, span })
}

fn body(cx: &mut Cx, tree: &Tree<'_>) -> Option<Spanned<Body>> {
    let span = cx.span(tree);
    let value = match &tree.kind {
        Kind::Map(_) => Body::Here(Box::new(super::graph::body(cx, tree))),
        Kind::Scalar(_) if tree.text().is_some() => Body::File(filled(cx, tree, "`body`")?),
        _ => {
            cx.wrong_kind(
                tree,
                "`body`",
                "the name of a file, or a mapping with `inputs`, `nodes`, `outputs` and `layout`",
            );
            return None;
        }
    };
    Some(Spanned { value, span })
}
