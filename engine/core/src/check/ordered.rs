//! Ordered kinds: what is fed in key order must lie in a group.

use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;

/// Refuses ordered nodes that run once.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let found: Vec<_> = draft.nodes.iter().filter_map(check_one).collect();
    draft.problems.extend(found);
}

fn check_one(node: &DraftNode) -> Option<Problem> {
    let spec = node.spec.as_ref().filter(|spec| spec.is_ordered())?;
    let is_once = node.scope.as_ref()?.is_empty() && node.hands_on.is_none();
    is_once.then(|| {
        let message = format!("`{}` (`{}`) goes through the items of a group, but it runs once", node.name, spec.kind);
        node.error("nothing-in-order", message)
            .hint("feed it from behind a node that makes many of one, such as `files.glob` or `flow.each`")
    })
}
