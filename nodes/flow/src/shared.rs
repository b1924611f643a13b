//! Conditions over an item: what they see, and the ports that they ask for.

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::types::Type;

/// The most expressions that one node may have.
pub(crate) const MAX_CASES: usize = 64;

/// Returns the expression of a static parameter.
pub(crate) fn expression(statics: &Statics, param: &str) -> Result<Expr, NodeError> {
    compile(statics.text(param)?, param)
}

/// Compiles an expression; `param` names where it stands.
pub(crate) fn compile(text: &str, param: &str) -> Result<Expr, NodeError> {
    Expr::compile(text).map_err(|error| error.within(format!("parameter `{param}`")))
}

/// Adds the port `value`, and one for every name that the expressions use beside `value` and `name`.
pub(crate) fn add_inputs<'a>(spec: &mut Spec, exprs: impl IntoIterator<Item = &'a Expr>) -> Result<(), NodeError> {
    spec.inputs.push(PortSpec::new("value", Type::var("T"), "The item, of any type."));
    for name in exprs.into_iter().flat_map(Expr::names).filter(|name| !matches!(name.as_str(), "value" | "name")) {
        if spec.param(name).is_some() {
            let error = NodeError::new(format!("an expression cannot use `{name}`, which is a parameter of this node"));
            return Err(error.hint("it sees `value`, `name`, and what is wired to ports of other names"));
        }
        if spec.input(name).is_none() {
            spec.inputs.push(PortSpec { constant: true, ..PortSpec::new(name, Type::Any, "Used by the expression.") });
        }
    }
    Ok(())
}

/// Adds an output port of the type of `value`.
pub(crate) fn add_output(spec: &mut Spec, name: &str, doc: &str) {
    spec.outputs.push(PortSpec::new(name, Type::var("T"), doc));
}

/// Returns the inputs with the item's own name among them, where no port has that name.
pub(crate) fn scene(mut inputs: Bag, ctx: &Ctx) -> Bag {
    if inputs.get("name").is_none() {
        inputs.set("name", Value::text(ctx.item_name()));
    }
    inputs
}

/// Takes the item out of the inputs.
pub(crate) fn item(inputs: &mut Bag) -> Result<Value, NodeError> {
    inputs.take("value").ok_or_else(|| NodeError::new("input `value` is missing"))
}
