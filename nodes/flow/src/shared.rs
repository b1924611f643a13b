//! Conditions over an item: what they see, and the ports that they ask for.

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::types::Type;

/// The most expressions that one node may have.
pub(crate) const MAX_CASES: usize = 64;

/// The longest text by which a value is told from others as it is, in bytes; no JSON begins with the mark of a hash.
const MAX_KEPT_BYTES: usize = 80;

/// Below this, every whole number is a float of its own: 2^53.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns the expression of a static parameter.
pub(crate) fn expression(statics: &Statics, param: &str) -> Result<Expr, NodeError> {
    compile(statics.text(param)?, param)
}

/// Returns the expression of a static parameter that makes a key: it sees one item alone, so that it adds no ports.
pub(crate) fn key_expression(statics: &Statics, param: &str) -> Result<Expr, NodeError> {
    let expr = expression(statics, param)?;
    match expr.names().iter().find(|name| !matches!(name.as_str(), "value" | "name")) {
        None => Ok(expr),
        Some(other) => {
            Err(NodeError::new(format!("parameter `{param}` uses `{other}`, and a key sees one item alone"))
                .hint("it sees `value` and `name`"))
        }
    }
}

/// Compiles an expression; `param` names where it stands.
pub(crate) fn compile(text: &str, param: &str) -> Result<Expr, NodeError> {
    Expr::compile(text).map_err(|error| error.within(format!("parameter `{param}`")))
}

/// Adds the port `value`, and one for every name that the expressions use beside `value` and `name`.
pub(crate) fn add_inputs<'a>(spec: &mut Spec, exprs: impl IntoIterator<Item = &'a Expr>) -> Result<(), NodeError> {
    add_inputs_beside(spec, exprs, &[])
}

/// As [`add_inputs`], for expressions that see more than that: `own` names become no ports.
pub(crate) fn add_inputs_beside<'a>(
    spec: &mut Spec,
    exprs: impl IntoIterator<Item = &'a Expr>,
    own: &[&str],
) -> Result<(), NodeError> {
    add_inputs_called(spec, exprs.into_iter().flat_map(Expr::names), own)
}

/// As [`add_inputs_beside`], for names that do not stand in expressions alone.
pub(crate) fn add_inputs_called<'a>(
    spec: &mut Spec,
    names: impl IntoIterator<Item = &'a String>,
    own: &[&str],
) -> Result<(), NodeError> {
    let names: Vec<_> = names.into_iter().collect();
    let unread = !names.iter().any(|name| *name == "value");
    spec.inputs.push(PortSpec { unread, ..PortSpec::new("value", Type::var("T"), "The item, of any type.") });
    let is_own = |name: &str| matches!(name, "value" | "name") || own.contains(&name);
    for name in names.into_iter().filter(|name| !is_own(name)) {
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

/// Returns a value as text that is the same for equal values, so that values can be told apart.
pub(crate) fn json_text(value: &Value) -> Result<Box<str>, NodeError> {
    let whole = match value {
        // 2 and 2.0 are the same number.
        Value::Float(float) if float.fract() == 0.0 && float.abs() < MAX_EXACT => Some(Value::Int(*float as i64)),
        _ => None,
    };
    let json = whole.as_ref().unwrap_or(value).to_json();
    let mut json = json.ok_or_else(|| NodeError::new(format!("{} cannot be compared", value.summary())))?;
    json.sort_all_objects();
    Ok(json.to_string().into_boxed_str())
}

/// Returns as [`json_text`] what tells a value from others and is short, so that many can be kept: a long text by its hash.
pub(crate) fn told_apart(value: &Value) -> Result<Box<str>, NodeError> {
    let text = json_text(value)?;
    Ok(if text.len() <= MAX_KEPT_BYTES { text } else { format!("#{}", blake3::hash(text.as_bytes())).into() })
}

/// Takes the item out of the inputs.
pub(crate) fn item(inputs: &mut Bag) -> Result<Value, NodeError> {
    inputs.take("value").ok_or_else(|| NodeError::new("input `value` is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart_by_short_texts() {
        let of = |value: Value| told_apart(&value).unwrap();
        let long = |last: &str| of(Value::text("x".repeat(1 << 20) + last));
        assert_eq!((of(Value::Float(2.0)), long("a")), (of(Value::Int(2)), long("a")));
        assert_ne!(long("a"), long("b"));
        assert!(long("a").len() <= MAX_KEPT_BYTES);
    }
}
