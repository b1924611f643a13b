//! A graph input: its type, narrowed by `min` and `max`, and a default that fits it.

use serde_json::{Number, Value as Json};

use super::Cx;
use crate::doc::InputDoc;
use crate::doc::tree::{Scalar, Tree};
use crate::problem::{Problem, Spanned};
use crate::types::Type;
use crate::value::Value;

const KEYS: [&str; 5] = ["type", "default", "min", "max", "doc"];

/// Reads a graph input; `key` is its name.
pub(super) fn input(cx: &mut Cx, key: &Tree<'_>, tree: &Tree<'_>) -> InputDoc {
    let fields = cx.fields(tree, "a graph input", &KEYS);
    let mut bound = |name: &str| fields.get(name).and_then(|tree| bound(cx, tree, name).map(|it| (tree, it)));
    let (min, max) = (bound("min"), bound("max"));
    let ty = match fields.get("type") {
        Some(tree) => read_type(cx, tree),
        None => {
            cx.missing_key(key, "this graph input", "type", "write `type: text`, or another type");
            Spanned::made(Type::Any)
        }
    };
    let ty = Spanned { value: narrowed(cx, ty.value, min, max), span: ty.span };
    let default = fields.any("default").and_then(|tree| cx.spanned_constant(tree));
    check_default(cx, &ty, default.as_ref());
    let doc = fields.get("doc").and_then(|tree| cx.text(tree, "`doc`"));
    InputDoc { ty, default, doc, span: cx.span(key) }
}

fn bound(cx: &mut Cx, tree: &Tree<'_>, name: &str) -> Option<Number> {
    cx.number(tree, &format!("`{name}`"))?;
    match tree.scalar() {
        Some(Scalar::Number(number)) => Some(number),
        _ => None,
    }
}

fn read_type(cx: &mut Cx, tree: &Tree<'_>) -> Spanned<Type> {
    let span = cx.span(tree);
    let Some(text) = cx.text(tree, "`type`") else { return Spanned::made(Type::Any) };
    match text.parse() {
        Ok(value) => Spanned { value, span },
        Err(error) => {
            let hint = "types are any, bool, int, float, text, json, path, file, image, audio, video, tensor, table, \
                        list<T>, T?, A|B and records by name";
            cx.report(Problem::error("bad-type", error.to_string()).at(span).hint(hint));
            Spanned::made(Type::Any)
        }
    }
}

type Bound<'t, 'a> = Option<(&'t Tree<'a>, Number)>;

/// Returns the type within the bounds; says so where it has none, or where nothing lies within them.
fn narrowed(cx: &mut Cx, ty: Type, min: Bound<'_, '_>, max: Bound<'_, '_>) -> Type {
    let Some((place, _)) = min.as_ref().or(max.as_ref()) else { return ty };
    let place = cx.span(place);
    let bounded = match (&ty, &min, &max) {
        (Type::Any, ..) => return ty,
        (Type::Int(low, high), min, max) => {
            Type::Int(low_int(min, *low), max.as_ref().and_then(|(_, it)| floor(it)).or(*high))
        }
        (ty, min, max) => {
            let float = |bound: &Bound<'_, '_>| bound.as_ref().and_then(|(_, number)| number.as_f64());
            ty.clone().within(float(min), float(max))
        }
    };
    let problem = if !ty.members().iter().any(is_number) {
        let message = format!("`min` and `max` narrow numbers, and this input is of type `{ty}`");
        Problem::error("bad-range", message).hint("leave them out")
    } else if bounded.members().iter().any(is_empty) {
        Problem::error("bad-range", format!("no number lies within `{bounded}`")).hint("`min` is at most `max`")
    } else {
        return bounded;
    };
    cx.report(problem.at(place));
    ty
}

fn low_int(min: &Bound<'_, '_>, low: Option<i64>) -> Option<i64> {
    min.as_ref().and_then(|(_, number)| number.as_i64().or(number.as_f64().map(|it| it.ceil() as i64))).or(low)
}

fn floor(number: &Number) -> Option<i64> {
    number.as_i64().or(number.as_f64().map(|it| it.floor() as i64))
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int(..) | Type::Float(..))
}

fn is_empty(ty: &Type) -> bool {
    match ty {
        Type::Int(Some(low), Some(high)) => low > high,
        Type::Float(Some(low), Some(high)) => low > high,
        _ => false,
    }
}

fn check_default(cx: &mut Cx, ty: &Spanned<Type>, default: Option<&Spanned<Json>>) {
    let Some(default) = default else { return };
    if is_env(&default.value) || ty.value.admits(&Value::from_constant(&default.value)) {
        return;
    }
    let problem = Problem::error("bad-default", format!("the default does not fit the type `{}`", ty.value));
    let problem = problem.at(default.span.clone()).related(ty.span.clone(), "the type stands here");
    cx.report(problem.hint("change the default, or the type"));
}

/// Returns whether a constant is `{ env: NAME }`, which names where to find a value.
fn is_env(constant: &Json) -> bool {
    constant.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key("env"))
}
