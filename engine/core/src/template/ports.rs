//! The ports that a path template adds to its node.

use super::PathTemplate;
use crate::node::{NodeError, Statics};
use crate::spec::{PortSpec, Spec};
use crate::types::{Fit, Type};

/// Adds a port for each placeholder of a path template that is not built in and has no port or parameter yet.
pub(crate) fn add_ports(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
    let mut ports: Vec<PortSpec> = Vec::new();
    for at in 0..spec.params.len() {
        let param = &mut spec.params[at];
        if !param.is_path_template {
            continue;
        }
        param.is_static = true;
        let name = param.name.clone();
        let given = statics.get(&name).or(param.default.as_ref()).and_then(|value| value.as_str());
        let Some(text) = given.map(str::to_owned) else { continue };
        let template = PathTemplate::parse(&text)
            .map_err(|error| NodeError::new(error.to_string()).within(format!("parameter `{name}`")))?;
        for placeholder in template.placeholders() {
            if !has(spec, &name, placeholder)? && ports.iter().all(|port| port.name != placeholder) {
                ports.push(port(placeholder, &name));
            }
        }
    }
    spec.inputs.extend(ports);
    Ok(())
}

fn scalar() -> Type {
    Type::union([Type::Bool, Type::int(), Type::float(), Type::text(), Type::Path])
}

fn port(placeholder: &str, param: &str) -> PortSpec {
    let doc = format!("What stands for `{{{placeholder}}}` in `{param}`.");
    PortSpec { constant: true, ..PortSpec::new(placeholder, scalar(), doc) }
}

/// Returns whether the node has something of that name already.
fn has(spec: &Spec, template: &str, placeholder: &str) -> Result<bool, NodeError> {
    let port = spec.input(placeholder).map(|port| &port.ty);
    let Some(ty) = port.or_else(|| spec.param(placeholder).map(|param| &param.ty)) else { return Ok(false) };
    if ty.fits(&scalar()) == Fit::Never || placeholder == template {
        let message =
            format!("parameter `{template}`: `{{{placeholder}}}` is a `{ty}`, which cannot be part of a path");
        return Err(NodeError::new(message));
    }
    Ok(true)
}
