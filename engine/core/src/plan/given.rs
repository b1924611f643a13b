//! What the caller gives: values of graph inputs, and constants in place of those of the graph.

use std::collections::BTreeMap;
use std::path::Path;

use super::constant::{self, Base};
use super::draft::{DraftNode, DraftParam, LoopRole};
use super::{Constant, Draft, Feed, Given, Mode, Request, Written, secret};
use crate::doc::InputDoc;
use crate::problem::{Problem, nearest};
use crate::secret::Secrets;
use crate::types::Type;
use crate::value::Value;

/// Returns the value of each graph input.
pub(super) fn inputs(
    request: &Request<'_>,
    folder: &Path,
    secrets: &Secrets,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Feed> {
    problems.extend(unknown(request));
    let feed = |(name, input): (&String, &InputDoc)| {
        let feed = match input_value(request, folder, secrets, name, input) {
            Ok(constant) => Feed::Constant(constant),
            Err(problem) => {
                problems.extend(problem.map(|problem| *problem));
                Feed::Unknown
            }
        };
        (name.clone(), feed)
    };
    request.doc.inputs.iter().map(feed).collect()
}

fn unknown<'a>(request: &'a Request<'_>) -> impl Iterator<Item = Problem> + 'a {
    let known = &request.doc.inputs;
    request.inputs.keys().filter(|name| !known.contains_key(*name)).map(|name| {
        let near = nearest(name, known.keys().map(String::as_str));
        Problem::error("unknown-graph-input", format!("the graph has no input `{name}`"))
            .hint(near.map_or_else(|| has(known.keys()), |near| format!("did you mean `{near}`?")))
    })
}

fn has<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "it has no inputs at all".into() } else { format!("it has {}", names.join(", ")) }
}

/// Returns how a value of a type is typed, where that is not plain.
fn how_to_type(ty: &Type) -> Option<&'static str> {
    match ty.members().first()? {
        Type::Bool => Some("write `true` or `false`"),
        Type::List(_) => Some("a list is written as JSON: `[1, 2]`, `[\"a\", \"b\"]`"),
        Type::Image | Type::Tensor | Type::Table => Some("only a node can give this type"),
        _ => None,
    }
}

fn input_value(
    request: &Request<'_>,
    folder: &Path,
    secrets: &Secrets,
    name: &str,
    input: &InputDoc,
) -> Result<Constant, Option<Box<Problem>>> {
    let ty = &input.ty.value;
    let caller = Base::Folder(&request.caller_folder);
    let refused = |cause: String| {
        let problem = Problem::error("bad-input", format!("input `{name}`: {cause}")).at(input.span.clone());
        Some(Box::new(problem.maybe_hint(how_to_type(ty).map(str::to_owned))))
    };
    let plain = |value: Value| Constant { value: Some(value), ty: ty.clone(), input: Some(name.into()), secret: None };
    match request.inputs.get(name) {
        Some(Given::Text(text)) => constant::from_text(text, ty, caller).map(plain).map_err(refused),
        Some(Given::Value(value)) => {
            let mismatch = || refused(format!("expected `{ty}`, found `{}`", value.type_of()));
            constant::coerce(value.clone(), ty, caller).map(plain).ok_or_else(mismatch)
        }
        None => match default_value(input, name, folder, secrets, request)? {
            Some(known) => Ok(Constant { input: Some(name.into()), ..known }),
            None if request.mode == Mode::Check || request.varying.contains(name) => {
                Ok(Constant { value: None, ty: ty.clone(), input: Some(name.into()), secret: None })
            }
            None => Err(Some(Box::new(missing(name, input, request)))),
        },
    }
}

/// Returns what stands for an input that nobody sets; `None` where somebody must. The error is `None` where the
/// reader has said already that the default does not fit.
pub(super) fn default_value(
    input: &InputDoc,
    name: &str,
    folder: &Path,
    secrets: &Secrets,
    request: &Request<'_>,
) -> Result<Option<Constant>, Option<Box<Problem>>> {
    let ty = &input.ty.value;
    let constant = |value| Constant { value, ty: ty.clone(), input: None, secret: None };
    let Some(default) = &input.default else { return Ok(ty.is_optional().then_some(constant(Some(Value::Absent)))) };
    let place = default.span.clone().or(input.span.clone());
    let refused = |code, message: String| Some(Box::new(Problem::error(code, message).at(place.clone())));
    if let Some(variable) = secret::name(&default.value) {
        let found = secret::resolve(variable, ty, Base::Folder(folder), secrets, request);
        let value = found.map_err(|problem| {
            let other = format!("or give the value of `{name}` with `--in {name}=…`");
            Some(Box::new(problem.also_hint(&other).at(place.clone())))
        })?;
        return Ok(Some(Constant { secret: Some(variable.to_owned()), ..constant(value) }));
    }
    match constant::from_json(&default.value, ty, Base::Folder(folder)) {
        Ok(value) => Ok(Some(constant(Some(value)))),
        Err(_) if default.span.is_some() && !ty.admits(&Value::from_constant(&default.value)) => Err(None),
        Err(cause) => Err(refused("bad-default", format!("the default of `{name}` does not fit: {cause}"))),
    }
}

fn missing(name: &str, input: &InputDoc, request: &Request<'_>) -> Problem {
    let near = nearest(name, request.varying.iter().map(String::as_str));
    Problem::error("missing-graph-input", format!("input `{name}` has no value"))
        .at(input.span.clone())
        .hint(format!("give one with `--in {name}=…`, or a `default` in the graph"))
        .maybe_hint(near.map(|near| format!("the rows give `{near}`; write `{name}` there")))
}

/// Puts the caller's constants in place of those of the graph.
pub(super) fn set_params(draft: &mut Draft<'_>) {
    for (target, text) in &draft.request.sets {
        if let Err(problem) = set_param(draft, target, text) {
            draft.report(*problem);
        }
    }
}

fn set_param(draft: &mut Draft<'_>, target: &str, text: &str) -> Result<(), Box<Problem>> {
    let Some((name, param)) = target.rsplit_once('.') else {
        let problem = Problem::error("bad-set", format!("`{target}` is not `node.param`"));
        return Err(Box::new(problem));
    };
    let has_params = |node: &&mut DraftNode| match &node.in_loop {
        Some((parts, role)) => parts.result == name && *role == LoopRole::Round,
        None => node.name == name,
    };
    let Some(node) = draft.nodes.iter_mut().find(has_params) else {
        let near = nearest(name, draft.nodes.iter().map(|node| node.name.as_str())).map(str::to_owned);
        let problem = Problem::error("bad-set", format!("`{target}` cannot be set: the graph has no node `{name}`"));
        return Err(Box::new(problem.maybe_hint(near.map(|near| format!("did you mean `{near}`?")))));
    };
    if node.wires.iter().any(|wire| wire.port == param) {
        let problem = node.error("bad-set", format!("`{target}` cannot be set: a wire feeds it"));
        return Err(Box::new(
            problem.at(node.place_of(param)).hint("set what feeds the wire, a graph input with `--in`"),
        ));
    }
    node.params.insert(param.to_owned(), DraftParam { written: Written::Text(text.to_owned()), span: None });
    Ok(())
}
