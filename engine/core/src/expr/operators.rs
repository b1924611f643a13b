//! Operators that could fill the memory: done here, and counted.

use std::collections::BTreeMap;

use minijinja::machinery::{self, CodeGenerator, Instructions};
use minijinja::value::{Rest, ValueKind, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value as Jinja, context};

use super::budget::{look, make, refused, text_of};

/// Stands before a comparison of two values, and counts what that will look at: no more than the right one holds.
pub(super) const LOOK: &str = "look";
pub(super) const IN: &str = "in";
pub(super) const METHOD: &str = "call";
pub(super) const RECORD: &str = "{}";
pub(super) const ADD: &str = "+";
pub(super) const MULTIPLY: &str = "*";
pub(super) const CONCATENATE: &str = "~";
pub(super) const ITEM: &str = "[]";
pub(super) const SLICE: &str = "[:]";

/// Adds the operators to an environment, as filters whose names are none behind a `|`.
pub(super) fn apply(environment: &mut Environment<'_>) {
    environment.add_filter(LOOK, |state: &mut State<'_, '_>, value: Jinja| {
        look(state, "comparison", std::slice::from_ref(&value)).map(|_| value)
    });
    let plain = Plain::new("a + b");
    environment.add_filter(ADD, move |state: &mut State<'_, '_>, a: Jinja, b: Jinja| {
        count_sum(state, &a, &b)?;
        settled(plain.compute(state, context! { a, b })?)
    });
    let plain = Plain::new("a * b");
    environment.add_filter(MULTIPLY, move |state: &mut State<'_, '_>, a: Jinja, b: Jinja| {
        count_product(state, &a, &b)?;
        plain.compute(state, context! { a, b })
    });
    let plain = Plain::new("a in b");
    environment.add_filter(IN, move |state: &mut State<'_, '_>, a: Jinja, b: Jinja| {
        look(state, IN, &[a.clone(), b.clone()])?;
        plain.compute(state, context! { a, b })
    });
    let plain = Plain::new("a[b:c:d]");
    environment.add_filter(SLICE, move |state: &mut State<'_, '_>, a: Jinja, b: Jinja, c: Jinja, d: Jinja| {
        let looked = look(state, SLICE, std::slice::from_ref(&a))?;
        make(state, SLICE, looked)?;
        settled(plain.compute(state, context! { a, b, c, d })?)
    });
    let plain = Plain::new("a ~ b");
    environment.add_filter(CONCATENATE, move |state: &mut State<'_, '_>, a: Jinja, b: Jinja| {
        if a.is_undefined() || b.is_undefined() {
            look(state, CONCATENATE, &[a.clone(), b.clone()])?;
            return plain.compute(state, context! { a, b });
        }
        let mut text = text_of(state, CONCATENATE, &a)?;
        text.push_str(&text_of(state, CONCATENATE, &b)?);
        Ok(Jinja::from(text))
    });
    environment.add_filter(ITEM, item);
    environment.add_filter(METHOD, method);
    environment.add_filter(RECORD, record);
}

/// Makes a list of what would be computed anew each time that it is looked at, and cost more than it weighs.
pub(super) fn settled(value: Jinja) -> Result<Jinja, Error> {
    if value.kind() == ValueKind::Iterable { Ok(value.try_iter()?.collect()) } else { Ok(value) }
}

/// An operator as the language has it, of which a counted one makes use.
struct Plain(Result<Instructions<'static>, Error>);

impl Plain {
    fn new(text: &'static str) -> Self {
        Self(machinery::parse_expr(text).map(|expression| {
            let mut generator = CodeGenerator::new("operator", text);
            generator.compile_expr(&expression);
            generator.finish().0
        }))
    }

    fn compute(&self, state: &State<'_, '_>, operands: Jinja) -> Result<Jinja, Error> {
        let instructions = self.0.as_ref().map_err(|error| refused(error.to_string()))?;
        let (mut written, blocks) = (String::new(), BTreeMap::new());
        let mut output = machinery::make_string_output(&mut written);
        let computed = machinery::eval(state.env(), instructions, operands, &blocks, &mut output, AutoEscape::None);
        // Where it failed is told by the expression that was asked.
        computed.map(|(value, _)| value.unwrap_or_default()).map_err(|error| match error.detail() {
            Some(detail) => Error::new(error.kind(), detail.to_owned()),
            None => error.kind().into(),
        })
    }
}

fn is_number(value: &Jinja) -> bool {
    value.kind() == ValueKind::Number
}

fn count_sum(state: &mut State<'_, '_>, a: &Jinja, b: &Jinja) -> Result<(), Error> {
    if is_number(a) && is_number(b) {
        return Ok(());
    }
    let looked = look(state, ADD, &[a.clone(), b.clone()])?;
    make(state, ADD, looked)
}

fn count_product(state: &mut State<'_, '_>, a: &Jinja, b: &Jinja) -> Result<(), Error> {
    for (text, times) in [(a, b), (b, a)] {
        if let (Some(text), Some(times)) = (text.as_str(), times.as_usize()) {
            make(state, MULTIPLY, text.len().saturating_mul(times))?;
        }
        if matches!(text.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return Err(refused("`*` multiplies numbers, and repeats texts, but no lists".into()));
        }
    }
    Ok(())
}

/// What stands at a place is found by counting where there is no table of places.
pub(super) fn item(state: &mut State<'_, '_>, a: &Jinja, b: &Jinja) -> Result<Jinja, Error> {
    match a.kind() {
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        ValueKind::String | ValueKind::Iterable => drop(look(state, ITEM, std::slice::from_ref(a))?),
        _ => drop(look(state, ITEM, std::slice::from_ref(b))?),
    }
    a.get_item(b)
}

/// Makes a record of names and values in turns. Each name is compared with some of the others.
fn record(state: &mut State<'_, '_>, values: Rest<Jinja>) -> Result<Jinja, Error> {
    let comparisons = 1 + values.len().ilog2().max(1) as usize;
    let names: Vec<_> = values.iter().step_by(2).cloned().collect();
    (0..comparisons).try_for_each(|_| look(state, RECORD, &names).map(|_| ()))?;
    Ok(Jinja::from_pairs(names.into_iter().zip(values.iter().skip(1).step_by(2).cloned())))
}

/// Calls a method, whose name stands behind its values: loops have `cycle` and `changed`, nothing else has any.
fn method(state: &mut State<'_, '_>, values: Rest<ValueOrKwargs>) -> Result<Jinja, Error> {
    let mut values = values.into_values();
    let name = values.pop().unwrap_or_default();
    let Some((object, values)) = values.split_first() else { return Err(ErrorKind::MissingArgument.into()) };
    let name = name.as_str().unwrap_or_default();
    let may_be_loop = matches!(object.kind(), ValueKind::Map | ValueKind::Plain);
    if may_be_loop && name == "cycle" && values.is_empty() {
        return Err(Error::new(ErrorKind::MissingArgument, "`cycle` takes the values to choose from"));
    }
    look(state, name, values)?;
    object.call_method(state, name, values)
}
