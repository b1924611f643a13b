//! What a graph asks to be allowed: each in a notation that is known, all that its kinds need, and all that the
//! graphs ask for which it uses.

use crate::doc::GraphDoc;
use crate::permission::{Permission, Permissions};
use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;

/// Reads what the graph asks for, and checks that its kinds need no more.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let mut problems = Vec::new();
    let asked = asked(draft.request.doc, &draft.folder, &mut problems);
    let mut nodes: Vec<_> = draft.nodes.iter().collect();
    nodes.sort_by_key(|node| node.name.matches('/').count());
    problems.extend(nodes.into_iter().flat_map(|node| not_asked(node, &asked)));
    draft.problems.extend(problems);
    draft.permissions = asked;
}

/// Returns what a graph asks for; a permission that is not known is reported and left out.
pub(crate) fn asked(doc: &GraphDoc, folder: &std::path::Path, problems: &mut Vec<Problem>) -> Permissions {
    let read = |asked: &crate::problem::Spanned<String>| match Permission::granted(&asked.value, folder) {
        Ok(permission) => Some(permission),
        Err(error) => {
            let problem = Problem::error("bad-permission", error.to_string()).at(asked.span.clone());
            problems.push(problem.hint(error.hint()));
            None
        }
    };
    doc.permissions.iter().filter_map(read).collect()
}

fn not_asked(node: &DraftNode, asked: &Permissions) -> Vec<Problem> {
    let Some(spec) = &node.spec else { return Vec::new() };
    let needed = spec.permissions.iter().filter(|needed| !asked.cover(needed));
    let problem = |needed: &Permission| {
        let message = format!("`{}` needs the permission `{needed}`, which the graph does not ask for", spec.kind);
        node.error("permission", message)
            .at(node.kind.span.clone().or(node.span.clone()))
            .hint(format!("add `{}` to `permissions` at the top of the graph", to_ask_for(needed)))
    };
    needed.map(problem).collect()
}

/// Returns how a graph asks for what a kind needs.
fn to_ask_for(needed: &Permission) -> String {
    match needed.to_string() {
        bare if bare == "net" => "net:HOST".into(),
        plain => plain,
    }
}

/// Checks that a graph asks for all that a graph asks for which it uses.
pub(crate) fn of_used(inner: &Permissions, outer: &Permissions) -> Option<(String, String)> {
    let missing: Vec<_> = outer.missing(inner).into_iter().map(|missing| format!("`{missing}`")).collect();
    let names = missing.join(" and ");
    (!missing.is_empty()).then(|| {
        let message = format!("the graph that it uses asks for {names}, which this graph does not ask for");
        (message, format!("add {names} to `permissions` at the top of the graph"))
    })
}
