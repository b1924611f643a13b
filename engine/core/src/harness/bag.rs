//! Fills a node's bag as the engine would: defaults, constants, wires, each checked against its type.

use serde_json::Value as Json;

use crate::node::{Kind, NodeError, Statics};
use crate::problem::nearest;
use crate::spec::{ParamSpec, PortSpec, Spec};
use crate::types::Type;
use crate::value::{Bag, List, Value};

/// Returns the spec for the given parameters, and the static ones with defaults filled in.
pub(super) fn spec(kind: &dyn Kind, params: &[(String, Json)]) -> Result<(Spec, Statics), NodeError> {
    let plain = kind.spec(&Statics::new())?;
    let mut statics = Statics::new();
    for param in plain.params.iter().filter(|param| param.is_static) {
        if let Some(value) = given(params, &param.name).or(param.default.as_ref()) {
            check_param(param, &Value::from_constant(value))?;
            statics = statics.with(&param.name, value.clone());
        }
    }
    // A path template shapes ports too, whether or not it is marked static.
    for param in plain.params.iter().filter(|param| param.is_path_template) {
        if let Some(value) = given(params, &param.name).or(param.default.as_ref()) {
            statics = statics.with(&param.name, value.clone());
        }
    }
    Ok((kind.spec(&statics)?, statics))
}

/// Returns what the node reads: every parameter and every port that has a value.
pub(super) fn fill(spec: &Spec, params: &[(String, Json)], inputs: &[(String, Value)]) -> Result<Bag, NodeError> {
    known_names(spec, params, inputs)?;
    let mut bag = Bag::new();
    for param in &spec.params {
        bag.set(param.name.as_str(), param_value(param, params, inputs)?);
    }
    for port in &spec.inputs {
        if let Some(value) = port_value(port, params, inputs)? {
            bag.set(port.name.as_str(), value);
        }
    }
    Ok(bag)
}

fn given<'a, T>(values: &'a [(String, T)], name: &str) -> Option<&'a T> {
    values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn known_names(spec: &Spec, params: &[(String, Json)], inputs: &[(String, Value)]) -> Result<(), NodeError> {
    let known = |name: &str| spec.param(name).is_some() || spec.input(name).is_some();
    let names = params.iter().map(|(name, _)| name).chain(inputs.iter().map(|(name, _)| name));
    let Some(name) = names.into_iter().find(|name| !known(name)) else { return Ok(()) };
    let error = NodeError::new(format!("`{}` has no port or parameter `{name}`", spec.kind));
    let all = spec.params.iter().map(|param| param.name.as_str()).chain(spec.inputs.iter().map(|port| &*port.name));
    Err(match nearest(name, all) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    })
}

fn param_value(param: &ParamSpec, params: &[(String, Json)], inputs: &[(String, Value)]) -> Result<Value, NodeError> {
    let wired = given(inputs, &param.name).cloned();
    let constant = || given(params, &param.name).or(param.default.as_ref()).map(Value::from_constant);
    match wired.or_else(constant) {
        Some(value) => check_param(param, &value).map(|()| value),
        None if param.ty.is_optional() => Ok(Value::Absent),
        None => Err(NodeError::new(format!("parameter `{}` is required", param.name))),
    }
}

fn check_param(param: &ParamSpec, value: &Value) -> Result<(), NodeError> {
    check(&param.ty, value).map_err(|error| error.within(format!("parameter `{}`", param.name)))
}

fn port_value(
    port: &PortSpec,
    params: &[(String, Json)],
    inputs: &[(String, Value)],
) -> Result<Option<Value>, NodeError> {
    let constant = given(params, &port.name).map(Value::from_constant);
    if constant.is_some() && !port.constant {
        return Err(NodeError::new(format!("input `{}` takes a wire, not a constant", port.name)));
    }
    let wired: Vec<_> = inputs.iter().filter(|(name, _)| *name == port.name).map(|(_, value)| value).collect();
    for value in wired.iter().copied().chain(&constant) {
        check(&port.ty, value).map_err(|error| error.within(format!("input `{}`", port.name)))?;
    }
    match (wired.as_slice(), constant) {
        (many, None) if port.variadic => Ok(Some(Value::List(many.iter().copied().cloned().collect::<List>().into()))),
        ([], None) if port.optional => Ok(None),
        ([], None) => Err(NodeError::new(format!("input `{}` is not wired", port.name))),
        ([], Some(constant)) => Ok(Some(constant)),
        ([value], None) => Ok(Some((*value).clone())),
        _ => Err(NodeError::new(format!("input `{}` is set more than once", port.name))),
    }
}

pub(super) fn check(ty: &Type, value: &Value) -> Result<(), NodeError> {
    if ty.admits(value) {
        return Ok(());
    }
    Err(NodeError::new(format!("expected `{ty}`, found `{}`: {}", value.type_of(), value.summary())))
}
