//! Ordered kinds: what is fed in key order must lie in a group.

use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;

/// Refuses ordered nodes that run once.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let found: Vec<_> = draft.nodes.iter().filter_map(|node| check_one(draft, node)).collect();
    draft.problems.extend(found);
}

fn check_one(draft: &Draft<'_>, node: &DraftNode) -> Option<Problem> {
    let spec = node.spec.as_ref().filter(|spec| spec.is_ordered())?;
    let (scope, is_kept) = (node.scope.as_ref()?, node.hands_on.is_none());
    let often = match draft.levels(scope) {
        0 if scope.is_empty() => "once",
        0 => "once in each round",
        _ => return None,
    };
    is_kept.then(|| {
        let (name, kind) = (&node.name, &spec.kind);
        let message = format!("`{name}` (`{kind}`) goes through the items of a group, but it runs {often}");
        node.error("nothing-in-order", message)
            .hint("feed it from behind a node that makes many of one, such as `files.glob` or `flow.each`")
    })
}
