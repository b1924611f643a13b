//! Kinds as JSON, for programs and for other editors.

use serde_json::{Value as Json, json};
use windlass_core::spec::{ParamSpec, PortSpec, Spec};

use super::text::{cost, purity};

/// Returns a list of objects, one for each kind.
pub fn list(specs: &[Spec]) -> Json {
    specs.iter().map(kind).collect()
}

fn kind(spec: &Spec) -> Json {
    json!({
        "kind": spec.kind,
        "version": spec.version,
        "title": spec.title,
        "doc": spec.doc,
        "category": spec.category,
        "search": spec.search,
        "purity": purity(spec),
        "cost": cost(spec),
        "split": spec.opens_scope(),
        "ordered": spec.is_ordered(),
        "seeded": spec.seeded,
        "permissions": spec.permissions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "inputs": spec.inputs.iter().map(input).collect::<Json>(),
        "params": spec.params.iter().map(param).collect::<Json>(),
        "outputs": spec.outputs.iter().map(output).collect::<Json>(),
        "examples": spec.examples,
    })
}

fn input(port: &PortSpec) -> Json {
    json!({
        "name": port.name,
        "type": port.ty.to_string(),
        "doc": port.doc,
        "optional": port.optional,
        "constant": port.constant,
        "collect": port.collect,
        "variadic": port.variadic,
    })
}

fn output(port: &PortSpec) -> Json {
    json!({ "name": port.name, "type": port.ty.to_string(), "doc": port.doc, "many": port.many, "at_end": port.at_end })
}

fn param(param: &ParamSpec) -> Json {
    json!({
        "name": param.name,
        "type": param.ty.to_string(),
        "doc": param.doc,
        "default": param.default,
        "required": param.default.is_none(),
        "static": param.is_static,
        "path_template": param.is_path_template,
        "unit": param.unit,
    })
}
