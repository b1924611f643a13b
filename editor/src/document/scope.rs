//! Bodies that are written in place, found by the nodes that they lie in.

use windlass_core::doc::{Body, GraphDoc, NodeDoc};

/// Returns the body in which the last of some nodes has its own, each in the body of the one before; `None` where one of
/// them is not there.
pub fn inside<'a>(doc: &'a GraphDoc, scope: &[String]) -> Option<&'a GraphDoc> {
    scope.iter().try_fold(doc, |doc, id| body(doc.nodes.get(id)?))
}

/// Returns how many of some nodes can be entered, one after the other.
pub fn depth(doc: &GraphDoc, scope: &[String]) -> usize {
    (0..=scope.len()).rev().find(|depth| inside(doc, &scope[..*depth]).is_some()).unwrap_or(0)
}

/// Returns the body of a node, where it is written in place.
pub fn body(node: &NodeDoc) -> Option<&GraphDoc> {
    match &node.body.as_ref()?.value {
        Body::Here(body) => Some(body),
        Body::File(_) => None,
    }
}

/// Takes the name of a step or of a problem's node apart: the nodes it lies in, and its own id in the innermost body
/// that the window can show.
pub fn find(doc: &GraphDoc, name: &str) -> (Vec<String>, String) {
    // The parts of a loop are called `loop (start)` and `loop (round)`.
    let plain = |part: &str| part.split(" (").next().unwrap_or_default().to_owned();
    let mut path: Vec<_> = name.split('/').map(plain).collect();
    let depth = depth(doc, &path[..path.len() - 1]);
    let id = path.remove(depth);
    path.truncate(depth);
    (path, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::doc::read;

    const GRAPH: &str =
        "windlass: 1\nnodes:\n  a: { kind: k.a }\n  l:\n    kind: k.l\n    body: { nodes: { b: { kind: k.b } } }\n";

    #[test]
    fn a_step_is_found_in_the_innermost_body_that_can_be_shown() {
        let doc = read("g", GRAPH.as_bytes(), None).doc.unwrap();
        let found = |name: &str| {
            let (scope, id) = find(&doc, name);
            (scope.join("/"), id)
        };
        assert_eq!(found("a"), (String::new(), "a".into()));
        assert_eq!(found("a/inner"), (String::new(), "a".into()));
        assert_eq!(found("l/b"), ("l".into(), "b".into()));
        assert_eq!(found("l (start)"), (String::new(), "l".into()));
        assert_eq!(depth(&doc, &["l".into(), "gone".into()]), 1);
    }
}
