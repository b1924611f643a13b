//! What kinds have to be allowed, and the graph does not ask for.

use crate::plan::Draft;

/// Checks that the graph asks for what its kinds need.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let asked: Vec<_> = draft.request.doc.permissions.iter().map(|permission| permission.value.as_str()).collect();
    let mut problems = Vec::new();
    for node in &draft.nodes {
        let Some(spec) = &node.spec else { continue };
        for needed in spec.permissions.iter().filter(|needed| !asked.contains(&needed.as_str())) {
            let message = format!("`{}` needs the permission `{needed}`, which the graph does not ask for", spec.kind);
            let hint = format!("add `{needed}` to `permissions` at the top of the graph");
            problems
                .push(node.error("permission", message).at(node.kind.span.clone().or(node.span.clone())).hint(hint));
        }
    }
    draft.problems.extend(problems);
}
