//! Operators that could fill the memory: done here, and counted.

use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Expression, State, UndefinedBehavior, Value as Jinja, context};

use super::budget::{look, make, refused, text_of};

/// Stands before a comparison, and counts what it will look at: no more than its right side.
pub(super) const LOOK: &str = "look";
pub(super) const ADD: &str = "+";
pub(super) const MULTIPLY: &str = "*";
pub(super) const CONCATENATE: &str = "~";
pub(super) const ITEM: &str = "[]";
pub(super) const SLICE: &str = "[:]";

/// Adds the operators to an environment, as filters whose names nobody can write.
pub(super) fn apply(environment: &mut Environment<'_>) {
    environment.add_filter(LOOK, |state: &mut State<'_, '_>, value: Jinja| {
        look(state, "comparison", std::slice::from_ref(&value)).map(|_| value)
    });
    environment.add_filter(ADD, add);
    environment.add_filter(MULTIPLY, multiply);
    environment.add_filter(CONCATENATE, concatenate);
    environment.add_filter(ITEM, item);
    environment.add_filter(SLICE, slice);
}

/// The operators as the language has them, of which the counted ones make use.
static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

type Operator = LazyLock<Result<Expression<'static, 'static>, Error>>;

static PLAIN_ADD: Operator = LazyLock::new(|| PLAIN.compile_expression("a + b"));
static PLAIN_MULTIPLY: Operator = LazyLock::new(|| PLAIN.compile_expression("a * b"));
static PLAIN_SLICE: Operator = LazyLock::new(|| PLAIN.compile_expression("a[b:c:d]"));

fn plain(operator: &Operator, operands: Jinja) -> Result<Jinja, Error> {
    let operator = operator.as_ref().map_err(|error| refused(error.to_string()))?;
    // Where it failed is told by the expression that was asked.
    operator.eval(operands).map_err(|error| match error.detail() {
        Some(detail) => Error::new(error.kind(), detail.to_owned()),
        None => error.kind().into(),
    })
}

fn is_number(value: &Jinja) -> bool {
    value.kind() == ValueKind::Number
}

fn add(state: &mut State<'_, '_>, a: Jinja, b: Jinja) -> Result<Jinja, Error> {
    if !is_number(&a) || !is_number(&b) {
        let looked = look(state, ADD, &[a.clone(), b.clone()])?;
        make(state, ADD, looked)?;
    }
    plain(&PLAIN_ADD, context! { a, b })
}

fn multiply(state: &mut State<'_, '_>, a: Jinja, b: Jinja) -> Result<Jinja, Error> {
    for (text, times) in [(&a, &b), (&b, &a)] {
        if let (Some(text), Some(times)) = (text.as_str(), times.as_usize()) {
            make(state, MULTIPLY, text.len().saturating_mul(times))?;
        }
        if matches!(text.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return Err(refused("`*` multiplies numbers, and repeats texts, but no lists".into()));
        }
    }
    plain(&PLAIN_MULTIPLY, context! { a, b })
}

fn concatenate(state: &mut State<'_, '_>, a: &Jinja, b: &Jinja) -> Result<String, Error> {
    if a.is_undefined() || b.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let mut text = text_of(state, CONCATENATE, a)?;
    text.push_str(&text_of(state, CONCATENATE, b)?);
    Ok(text)
}

/// What stands at a place is found by counting where there is no table of places.
fn item(state: &mut State<'_, '_>, a: &Jinja, b: &Jinja) -> Result<Jinja, Error> {
    match a.kind() {
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        ValueKind::String | ValueKind::Iterable => drop(look(state, ITEM, std::slice::from_ref(a))?),
        _ => {}
    }
    a.get_item(b)
}

fn slice(state: &mut State<'_, '_>, a: Jinja, b: Jinja, c: Jinja, d: Jinja) -> Result<Jinja, Error> {
    let looked = look(state, SLICE, std::slice::from_ref(&a))?;
    make(state, SLICE, looked)?;
    plain(&PLAIN_SLICE, context! { a, b, c, d })
}
