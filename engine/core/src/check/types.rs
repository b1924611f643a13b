//! Types of graph inputs that no pack brings.

use crate::plan::Draft;
use crate::problem::{Problem, nearest};
use crate::types::Type;

/// Checks that a pack brings each type that the graph names.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let known = draft.request.registry.types();
    let mut problems = Vec::new();
    for input in draft.request.doc.inputs.values() {
        for name in names(&input.ty.value).into_iter().filter(|name| !known.contains_key(*name)) {
            let near = nearest(name, known.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let problem = Problem::error("unknown-type", format!("no pack brings a type `{name}`"));
            problems.push(problem.at(input.ty.span.clone().or(input.span.clone())).maybe_hint(near));
        }
    }
    draft.problems.extend(problems);
}

/// Returns the types of packs that a type is made of.
fn names(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Named(name) => vec![name],
        Type::List(of) => names(of),
        Type::Union(members) => members.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}
