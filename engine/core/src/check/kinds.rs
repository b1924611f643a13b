//! Which kind each node is of, what that kind promises for its static parameters, and whether it opens.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::loops;
use super::names::missing_param;
use crate::node::{NodeError, Statics};
use crate::plan::{Base, Draft, DraftNode, Feed, Request, Written, constant};
use crate::problem::Problem;
use crate::spec::{ParamSpec, Spec};
use crate::types::Type;
use crate::value::Value;

/// Finds the kind of each node and opens it; a node that stays without a spec is not looked at further.
pub(crate) fn resolve(draft: &mut Draft<'_>) {
    let request = draft.request;
    for at in 0..draft.nodes.len() {
        let node = &mut draft.nodes[at];
        let mut problems = Vec::new();
        problems.extend(body(node));
        resolve_one(node, request, &mut problems);
        draft.problems.extend(problems);
    }
}

fn body(node: &DraftNode) -> Option<Problem> {
    let place = node.has_body.clone().filter(|_| node.in_loop.is_none())?;
    let problem = node.error("body", format!("`{}` takes no body", node.kind.value)).at(place.or(node.span.clone()));
    Some(problem.hint("bodies belong to loops and containers: `flow.repeat`, `flow.retry_until`, `flow.try`"))
}

fn resolve_one(node: &mut DraftNode, request: &Request<'_>, problems: &mut Vec<Problem>) {
    let name = node.kind.value.clone();
    let Some(kind) = request.registry.kind(&name) else {
        // The reader has said that a node without a kind lacks one.
        problems.extend((!name.is_empty()).then(|| unknown(node, request)));
        return;
    };
    let Ok(plain) = kind.spec(&Statics::new()) else { return };
    if let Some((spec, code)) = loops::own_part(node, &plain) {
        (node.spec, node.node) = (Some(Arc::new(spec)), Some(code));
        return;
    }
    let found = statics(node, &plain, request, problems);
    match kind.spec(&found.values) {
        Ok(spec) => node.spec = Some(Arc::new(loops::shaped(spec, node))),
        Err(error) => {
            // A node without a spec is not looked at further, so that what keeps it from having one is said here.
            let statics = plain.params.iter().filter(|param| param.is_static);
            problems.extend(statics.filter_map(|param| missing_param(node, &plain, param)));
            return problems.extend(found.refused(node, &plain, &error));
        }
    }
    match kind.open(&found.values) {
        Ok(opened) => node.node = Some(opened),
        Err(error) => problems.extend(found.refused(node, &plain, &error)),
    }
    node.statics = found.values;
}

fn unknown(node: &DraftNode, request: &Request<'_>) -> Problem {
    let name = &node.kind.value;
    let place = node.kind.span.clone().or(node.span.clone());
    if let Some((source, error)) = request.registry.unavailable(name) {
        let message = format!("`{name}` may be one of the kinds of `{source}`, which cannot be asked: {error}");
        return node.error("kinds-unavailable", message).at(place).maybe_hint(error.hint_text().map(str::to_owned));
    }
    let near = request.registry.nearest(name).map(|near| format!("did you mean `{near}`?"));
    node.error("unknown-kind", format!("there is no kind `{name}`"))
        .at(place)
        .hint("`windlass nodes` lists the kinds")
        .maybe_hint(near)
}

/// The static parameters of a node, and whether they are what a run will see.
struct Found {
    values: Statics,
    /// A value is missing or wrong, which is reported elsewhere or is known at the run only.
    doubtful: bool,
}

impl Found {
    fn refused(&self, node: &DraftNode, spec: &Spec, error: &NodeError) -> Option<Problem> {
        if self.doubtful {
            return None;
        }
        let statics = || spec.params.iter().filter(|param| param.is_static);
        let named = statics().find(|param| error.to_string().contains(&format!("`{}`", param.name)));
        let given = || statics().find(|param| node.has(&param.name));
        let param = named.or_else(given).or_else(|| statics().next());
        let param_span = |param: &ParamSpec| node.params.get(&param.name).and_then(|given| given.span.clone());
        let place = param.map_or_else(|| node.span.clone(), |param| param_span(param).or(node.place_of(&param.name)));
        let problem = node.error("bad-static", error.to_string()).at(place);
        Some(problem.maybe_hint(error.hint_text().map(str::to_owned)))
    }
}

fn statics(node: &DraftNode, spec: &Spec, request: &Request<'_>, problems: &mut Vec<Problem>) -> Found {
    let mut found = Found { values: Statics::new(), doubtful: false };
    for param in spec.params.iter().filter(|param| param.is_static) {
        let value = static_value(node, param, request, problems);
        found.doubtful |= value.is_none();
        let json = value.as_ref().and_then(Value::to_json).or_else(|| param.default.clone());
        let json = json.or_else(|| constant::placeholder(&param.ty).to_json());
        found.values = found.values.with(&param.name, json.unwrap_or(Json::Null));
        if let Some(Value::Path(path)) = value {
            found.load(node, param, request, &path, problems);
        }
    }
    found
}

impl Found {
    /// Hands over the content of the file that a static parameter names.
    fn load(
        &mut self,
        node: &DraftNode,
        param: &ParamSpec,
        request: &Request<'_>,
        path: &Path,
        problems: &mut Vec<Problem>,
    ) {
        if param.is_path_template {
            return;
        }
        match request.loader.load(path) {
            Ok(content) => self.values = std::mem::take(&mut self.values).with_file(&param.name, content.into()),
            Err(cause) => {
                self.doubtful = true;
                let message =
                    format!("the file that `{}` names cannot be read: {cause}: `{}`", param.name, path.display());
                problems.push(node.error("unreadable-file", message).at(node.place_of(&param.name)));
            }
        }
    }
}

/// Returns the value of a static parameter; `None` where it is wrong or not known.
fn static_value(
    node: &DraftNode,
    param: &ParamSpec,
    request: &Request<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    let base = if param.is_path_template { Base::Template } else { Base::Folder(&node.folder) };
    if let Some(variable) = node.secret(&param.name) {
        problems.push(secret(node, param, variable));
        return None;
    }
    if let Some(wire) = node.wires.iter().find(|wire| wire.port == param.name) {
        return match &wire.feed {
            Feed::Constant(known) => constant::coerce(known.value.clone()?, &param.ty, base),
            Feed::Unknown => None,
            Feed::Port { .. } => {
                problems.push(wired(node, param).at(wire.span.clone()));
                None
            }
        };
    }
    match node.params.get(&param.name).map(|given| &given.written) {
        Some(Written::Json(json)) => constant::from_json(json, &param.ty, base).ok(),
        Some(Written::Text(text)) => {
            let base = if param.is_path_template { Base::Template } else { Base::Folder(&request.caller_folder) };
            constant::from_text(text, &param.ty, base).ok()
        }
        None => default_of(param, base),
    }
}

fn default_of(param: &ParamSpec, base: Base<'_>) -> Option<Value> {
    match &param.default {
        Some(default) => constant::from_json(default, &param.ty, base).ok(),
        None => param.ty.members().contains(&Type::Absent).then_some(Value::Absent),
    }
}

fn wired(node: &DraftNode, param: &ParamSpec) -> Problem {
    let message = format!("`{}` shapes the node, so it is set once for the run and no wire can feed it", param.name);
    node.error("static-wired", message).hint("write a constant under `params`, or a graph input")
}

fn secret(node: &DraftNode, param: &ParamSpec, variable: &str) -> Problem {
    let message = format!("`{}` shapes the node, which everybody sees, so that no secret may stand there", param.name);
    let place = node.place_of(&param.name);
    node.error("secret-static", message).at(place).hint(format!("write it without `{variable}`, or give it a port"))
}
