//! Constants of parameters and ports as values of their types, defaults filled in.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::plan::{
    Base, Constant, Draft, DraftNode, DraftWire, Feed, LoopRole, Mode, Request, Written, constant, secret,
};
use crate::problem::Problem;
use crate::secret::Secrets;
use crate::spec::{ParamSpec, Spec};
use crate::types::{Fit, Type};
use crate::value::{Bag, List, Value};

/// Reads the constants of every node whose kind is known.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    let request = draft.request;
    for at in 0..draft.nodes.len() {
        let node = &mut draft.nodes[at];
        let Some(spec) = node.spec.clone() else { continue };
        let mut problems = Vec::new();
        let mut constants = Vec::new();
        for slot in slots(&spec) {
            constants.extend(
                of_slot(node, &slot, request, &draft.secrets, &mut problems).map(|value| (Arc::from(slot.name), value)),
            );
        }
        node.constants = constants;
        if problems.is_empty() {
            problems.extend(unreadable(node, &spec, request));
        }
        draft.problems.extend(problems);
    }
}

/// Lets the kind read its parameters, where all of them are constants.
fn unreadable(node: &DraftNode, spec: &Spec, request: &Request<'_>) -> Option<Problem> {
    // A loop's parameters are those of the end of its rounds.
    let is_other_part = node.in_loop.as_ref().is_some_and(|(_, role)| *role != LoopRole::Round);
    let kind = request.registry.kind(&spec.kind).filter(|_| !is_other_part)?;
    let params =
        spec.params.iter().map(|param| Some((param.name.as_str(), known_constant(node, param, request.mode)?)));
    let params = params.collect::<Option<Bag>>()?;
    let error = kind.check_params(params).err()?;
    let named = spec.params.iter().find(|param| error.to_string().contains(&format!("parameter `{}`", param.name)));
    let place = named.and_then(|param| {
        let given = node.params.get(&param.name).and_then(|given| given.span.clone());
        given.or(node.place_of(&param.name))
    });
    let problem = node.error("wrong-constant", error.to_string()).at(place.or(node.span.clone()));
    Some(problem.maybe_hint(error.hint_text().map(str::to_owned)))
}

/// Returns the constant of a parameter; `None` where a wire feeds it, or a graph input whose value is not known yet.
fn known_constant(node: &DraftNode, param: &ParamSpec, mode: Mode) -> Option<Value> {
    let unknown = |wire: &DraftWire| matches!(wire.feed, Feed::Constant(Constant { value: None, .. }));
    let is_secret = mode == Mode::Check && node.secret(&param.name).is_some();
    if is_secret || node.wires.iter().any(|wire| wire.port == param.name && unknown(wire)) {
        return None;
    }
    let constant = node.constants.iter().find(|(known, _)| **known == *param.name).map(|(_, value)| value.clone());
    constant.or_else(|| (!node.has(&param.name) && param.ty.is_optional()).then_some(Value::Absent))
}

/// A port or a parameter.
struct Slot<'a> {
    name: &'a str,
    ty: &'a Type,
    default: Option<&'a serde_json::Value>,
    template: bool,
    variadic: bool,
    constant: bool,
}

fn slots(spec: &Spec) -> impl Iterator<Item = Slot<'_>> {
    let ports = spec.inputs.iter().map(|port| Slot {
        name: &port.name,
        ty: &port.ty,
        default: None,
        template: false,
        variadic: port.variadic,
        constant: port.constant,
    });
    let params = spec.params.iter().map(|param| Slot {
        name: &param.name,
        ty: &param.ty,
        default: param.default.as_ref(),
        template: param.is_path_template,
        variadic: false,
        constant: true,
    });
    ports.chain(params)
}

fn of_slot(
    node: &DraftNode,
    slot: &Slot<'_>,
    request: &Request<'_>,
    secrets: &Secrets,
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    let wires: Vec<_> = node.wires.iter().filter(|wire| wire.port == slot.name).collect();
    if !wires.is_empty() {
        return of_wires(node, slot, &wires, problems);
    }
    let Some(given) = node.params.get(slot.name).filter(|_| slot.constant) else {
        return slot.default.and_then(|default| constant::from_json(default, slot.ty, base(node, slot)).ok());
    };
    let read = match &given.written {
        Written::Json(json) if secret::name(json).is_some() => {
            return of_secret(node, slot, secret::name(json).unwrap_or_default(), (secrets, request), problems);
        }
        Written::Json(json) => constant::from_json(json, slot.ty, base(node, slot)),
        Written::Text(text) if slot.template => constant::from_text(text, slot.ty, Base::Template),
        Written::Text(text) => constant::from_text(text, slot.ty, Base::Folder(&request.caller_folder)),
    };
    let wrong = |cause: String| {
        let place = given.span.clone().or(node.place_of(slot.name));
        let problem = node.error("wrong-constant", format!("`{}`: {cause}", slot.name)).at(place);
        problem.maybe_hint(as_list(slot, &given.written, base(node, slot)))
    };
    read.map_err(|cause| problems.push(wrong(cause))).ok()
}

/// Says how a list is written, where one member stands in its place.
fn as_list(slot: &Slot<'_>, written: &Written, base: Base<'_>) -> Option<String> {
    let Written::Json(one) = written else { return None };
    if one.is_null() {
        return None;
    }
    let list = Json::Array(vec![one.clone()]);
    constant::from_json(&list, slot.ty, base).ok()?;
    let is_word = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_part)
    };
    // A word that YAML takes for something else than a text would not have come as one without quotes; it keeps them.
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let bare = one.as_str().filter(|text| is_word(text) && !reserved.contains(&text.to_ascii_lowercase().as_str()));
    let said = bare.map_or_else(|| list.to_string(), |text| format!("[{text}]"));
    (said.len() <= 80).then(|| format!("write a list: `{}: {said}`", slot.name))
}

fn base<'a>(node: &'a DraftNode, slot: &Slot<'_>) -> Base<'a> {
    if slot.template { Base::Template } else { Base::Folder(&node.folder) }
}

/// Returns the constant that graph inputs make; the wires of nodes make none.
fn of_wires(node: &DraftNode, slot: &Slot<'_>, wires: &[&DraftWire], problems: &mut Vec<Problem>) -> Option<Value> {
    let known = |wire: &DraftWire| match &wire.feed {
        Feed::Constant(known) => Some(known.clone()),
        Feed::Port { .. } | Feed::Unknown => None,
    };
    let constants: Vec<_> = wires.iter().filter_map(|wire| Some((*wire, known(wire)?))).collect();
    if constants.is_empty() || wires.iter().any(|wire| matches!(wire.feed, Feed::Unknown)) {
        return None;
    }
    let mut values = Vec::new();
    for (wire, known) in constants {
        values.extend(of_input(node, slot, wire, &known, problems));
    }
    if slot.variadic { Some(Value::List(Arc::new(values.into_iter().collect::<List>()))) } else { values.pop() }
}

fn of_input(
    node: &DraftNode,
    slot: &Slot<'_>,
    wire: &DraftWire,
    known: &Constant,
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    let value = match &known.value {
        Some(value) => constant::coerce(value.clone(), slot.ty, base(node, slot)),
        None if known.ty.fits(slot.ty) == Fit::Never => None,
        None => Some(constant::placeholder(&known.ty)),
    };
    if value.is_none() {
        let found = known.value.as_ref().map_or(known.ty.clone(), Value::type_of);
        let message = format!("`{}` takes `{}`, but the graph input is `{found}`", slot.name, slot.ty);
        problems.push(node.error("wire-type", message).at(wire.span.clone()));
    }
    value
}

/// Looks a secret up; before a run something of its type stands for it.
fn of_secret(
    node: &DraftNode,
    slot: &Slot<'_>,
    name: &str,
    (secrets, request): (&Secrets, &Request<'_>),
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    match secret::resolve(name, slot.ty, base(node, slot), secrets, request) {
        Ok(found) => Some(found.unwrap_or_else(|| constant::placeholder(slot.ty))),
        Err(problem) => {
            problems.push(problem.node(node.name.clone()).at(node.place_of(slot.name)));
            None
        }
    }
}
