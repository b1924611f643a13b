//! Path templates: one inside a scope must differ from item to item.

use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;
use crate::template::PathTemplate;
use crate::value::Value;

/// Checks the path templates of every node whose scope is known.
pub(crate) fn check(draft: &mut Draft<'_>) {
    for at in 0..draft.nodes.len() {
        let node = &draft.nodes[at];
        let Some(spec) = node.spec.clone() else { continue };
        let templates = spec.params.iter().filter(|param| param.is_path_template);
        let found: Vec<_> = templates.filter_map(|param| check_one(node, &param.name)).collect();
        draft.problems.extend(found);
    }
}

fn check_one(node: &DraftNode, param: &str) -> Option<Problem> {
    let constant = node.constants.iter().find(|(name, _)| &**name == param).map(|(_, value)| value)?;
    let Value::Text(text) = constant else { return None };
    let template = PathTemplate::parse(text).ok()?;
    let scope = node.scope.as_ref()?;
    let place = node.params.get(param).and_then(|given| given.span.clone()).or(node.place_of(param));
    if scope.is_empty() {
        let empty = template.needs_item()?;
        let message = format!("`{}` runs once, so `{{{empty}}}` has nothing to stand for", node.name);
        return Some(node.error("template-empty", message).at(place));
    }
    if template.varies() || template.placeholders().iter().any(|name| is_fed_per_item(node, name)) {
        return None;
    }
    let message = format!("`{}` writes every item to one path: `{text}`", node.name);
    let hint = "let it vary with `{stem}`, `{name}`, `{index}` or `{key}`";
    Some(node.error("same-path", message).at(place).hint(hint))
}

/// Tells a placeholder whose values may differ from item to item.
fn is_fed_per_item(node: &DraftNode, port: &str) -> bool {
    if !node.has(port) {
        return true; // Something that is missing is reported as such.
    }
    let mut wires = node.wires.iter().filter(|wire| wire.port == port).filter_map(|wire| wire.settled.as_ref());
    wires.any(|settled| settled.scope_inside().is_none_or(|scope| !scope.is_empty()))
}
