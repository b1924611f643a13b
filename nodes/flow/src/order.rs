//! What the kinds have in common that bring the items of a group into an order: keys, and how they compare.

use std::cmp::Ordering;

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::value::List;

use crate::shared::json_text;

/// A number as a float, and as a whole number, by which those are told apart that make the same float.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(f64, i64);

/// What an item is ordered by. Different kinds of values stand in the order of these lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// False before true.
    Bool(bool),
    /// By size.
    Number(Number),
    /// Letter by letter.
    Text(Box<str>),
    /// As people do, and where that is the same, letter by letter.
    Natural(Natural),
    /// By the first members that differ.
    List(Vec<Key>),
    /// All else, by its JSON.
    Json(Box<str>),
    /// What has no value.
    Missing,
}

/// A text in natural order. Its parts are found anew in each comparison, because kept they would take many times its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Natural(Box<str>);

/// A part of a text in natural order: `file10` has a text and a number.
enum Part<'a> {
    /// Digits without leading zeros: a longer number is larger.
    Digits(&'a str),
    /// Other letters.
    Letters(&'a str),
}

/// How texts compare.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Texts {
    /// Letter by letter, as Unicode numbers them: `B` before `a`, `file10` before `file2`.
    Plain,
    /// As people do: upper and lower case are the same, numbers inside compare by size.
    Natural,
}

/// The items of a group that have a key, by their places in the list, and those that have none because of an error.
pub(crate) struct Ranked {
    pub places: Vec<usize>,
    pub failed: Vec<(usize, NodeError)>,
}

/// Brings the items of a list into an order. The sort is stable; items whose key is missing come last in either direction.
pub(crate) fn rank(by: &Expr, list: &List, texts: Texts, is_descending: bool, ctx: &Ctx) -> Result<Ranked, NodeError> {
    let (mut keyed, mut failed) = (Vec::with_capacity(list.len()), Vec::new());
    for at in 0..list.len() {
        ctx.check_cancelled()?;
        match key_of(by, list, at).and_then(|value| Key::of(value, texts)) {
            Ok(key) => keyed.push((key, at)),
            Err(error) => failed.push((at, error.within(format!("`{}` has no key", list.name(at))))),
        }
    }
    keyed.sort_by(|(one, _), (other, _)| one.compare(other, is_descending));
    Ok(Ranked { places: keyed.into_iter().map(|(_, at)| at).collect(), failed })
}

/// Returns what an expression over `value` and `name` gives for a member. A member is read where the expression sees it.
pub(crate) fn key_of(by: &Expr, list: &List, at: usize) -> Result<Value, NodeError> {
    let is_seen = by.names().iter().any(|name| name == "value");
    let value = if is_seen { list.members()[at].read()? } else { Value::Absent };
    by.eval(&[("value", value), ("name", Value::text(list.name(at)))].into_iter().collect())
}

impl Key {
    fn of(value: Value, texts: Texts) -> Result<Self, NodeError> {
        Ok(match value.resolved()? {
            Value::Absent => Self::Missing,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Int(int) => Self::Number(Number(int as f64, int)),
            Value::Float(float) => Self::Number(Number::of(float)),
            Value::Text(text) if texts == Texts::Natural => Self::Natural(Natural((*text).into())),
            Value::Text(text) => Self::Text((*text).into()),
            Value::List(list) => {
                let members = list.members().iter().map(|member| Self::of(member.read()?, texts));
                Self::List(members.collect::<Result<_, _>>()?)
            }
            other => Self::Json(json_text(&other)?),
        })
    }

    fn compare(&self, other: &Self, is_descending: bool) -> Ordering {
        match (self, other) {
            (Self::Missing, _) | (_, Self::Missing) => self.cmp(other),
            _ if is_descending => other.cmp(self),
            _ => self.cmp(other),
        }
    }
}

impl Number {
    /// Returns a float: zero has one sign, and what is no number is the largest.
    pub(crate) fn of(float: f64) -> Self {
        if float.is_nan() { Self(f64::INFINITY, i64::MAX) } else { Self(float + 0.0, float as i64) }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl Natural {
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let is_number = rest.chars().next()?.is_ascii_digit();
            let end = rest.find(|letter: char| letter.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            rest = after;
            Some(if is_number { Part::Digits(part.trim_start_matches('0')) } else { Part::Letters(part) })
        })
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(other.parts()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Digits(one), Self::Digits(other)) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
            (Self::Letters(one), Self::Letters(other)) => {
                one.chars().flat_map(char::to_lowercase).cmp(other.chars().flat_map(char::to_lowercase))
            }
            (Self::Digits(_), Self::Letters(_)) => Ordering::Less,
            (Self::Letters(_), Self::Digits(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Part<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut values: Vec<Value>, texts: Texts, is_descending: bool) -> Vec<String> {
        values.sort_by(|one, other| {
            let key = |value: &Value| Key::of(value.clone(), texts).unwrap();
            key(one).compare(&key(other), is_descending)
        });
        values.iter().map(Value::summary).collect()
    }

    #[test]
    fn values_of_all_kinds_have_one_order() {
        let list = |members: &[i64]| Value::List(Arc::new(members.iter().copied().map(Value::Int).collect()));
        let values = vec![
            Value::Absent,
            list(&[1, 3]),
            Value::text("a"),
            Value::Float(f64::NAN),
            Value::Float(1.5),
            list(&[1, 2]),
            Value::Int(2),
            Value::Bool(true),
            Value::Int(-1),
            Value::Bool(false),
        ];
        let up = sorted(values.clone(), Texts::Plain, false);
        let last = Value::Absent.summary();
        assert_eq!(up[..7], ["false", "true", "-1", "1.5", "2", "NaN", "\"a\""]);
        assert_eq!(
            (up[7].clone(), up[8].clone(), up[9].clone()),
            (list(&[1, 2]).summary(), list(&[1, 3]).summary(), last.clone())
        );
        let down = sorted(values, Texts::Plain, true);
        assert_eq!((down[9].clone(), down[8].as_str()), (last, "false"), "what is missing stays last");
    }

    #[test]
    fn large_whole_numbers_are_told_apart() {
        let (one, other) = (i64::MAX - 1, i64::MAX);
        assert_eq!(
            sorted(vec![Value::Int(other), Value::Int(one)], Texts::Plain, false),
            [one.to_string(), other.to_string()]
        );
    }

    #[test]
    fn texts_compare_letter_by_letter_or_as_people_do() {
        let texts = || ["file10", "file2", "File1", "file002", "x", "10a", "9a"].map(Value::text).to_vec();
        assert_eq!(
            sorted(texts(), Texts::Natural, false),
            ["\"9a\"", "\"10a\"", "\"File1\"", "\"file002\"", "\"file2\"", "\"file10\"", "\"x\""]
        );
        assert_eq!(
            sorted(["A", "a", "b"].map(Value::text).to_vec(), Texts::Natural, true),
            ["\"b\"", "\"a\"", "\"A\""]
        );
        assert_eq!(sorted(texts(), Texts::Plain, false)[..3], ["\"10a\"", "\"9a\"", "\"File1\""]);
    }
}
