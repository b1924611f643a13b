//! Filters of the language that are done here, because what they make is not bounded by what they are given.

use std::borrow::Cow;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, State, Value as Jinja, filters};

use super::budget::{check_given, lengthen, look_again, make, refused, text_of};

/// The deepest indent of `tojson`, in spaces.
const MAX_INDENT: usize = 8;
/// How many letters are compared in the time in which one is looked at elsewhere.
const LETTERS_AT_ONCE: usize = 16;

/// Replaces one text by another wherever it stands.
pub(super) fn replace(state: &mut State<'_, '_>, value: &Jinja, from: &Jinja, to: &Jinja) -> Result<String, Error> {
    let text = as_text(state, "replace", value)?;
    let (from, to) = (as_text(state, "replace", from)?, as_text(state, "replace", to)?);
    let added = text.matches(&*from).count().saturating_mul(to.len());
    lengthen(state, "replace", text.len().saturating_add(added))?;
    make(state, "replace", added)?;
    Ok(text.replace(&*from, &to))
}

/// Returns a text as it is, and all else as it is written.
fn as_text<'a>(state: &mut State<'_, '_>, name: &str, value: &'a Jinja) -> Result<Cow<'a, str>, Error> {
    match value.as_str() {
        Some(text) => Ok(text.into()),
        None if value.is_undefined() => Err(ErrorKind::UndefinedError.into()),
        None => text_of(state, name, value).map(Cow::from),
    }
}

/// Puts values together as one text.
pub(super) fn join(
    state: &mut State<'_, '_>,
    values: &Jinja,
    joiner: Option<Jinja>,
    attribute: Option<&str>,
    named: Kwargs,
) -> Result<String, Error> {
    let joiner = joiner.or(named.get("d")?);
    let attribute = attribute.or(named.get("attribute")?);
    named.assert_all_used()?;
    let joiner = joiner.map_or(Ok(String::new()), |joiner| text_of(state, "join", &joiner))?;
    let mut text = String::new();
    for (at, value) in values.try_iter()?.enumerate() {
        look_again(state, "join", attribute.map_or(0, str::len))?;
        let value = attribute.into_iter().flat_map(|path| path.split('.')).try_fold(value, part)?;
        let value = text_of(state, "join", &value)?;
        lengthen(state, "join", joiner.len() + value.len())?;
        make(state, "join", joiner.len())?;
        text.push_str(if at == 0 { "" } else { &joiner });
        text.push_str(&value);
    }
    Ok(text)
}

/// Returns what stands under a name, or at a place in a list.
fn part(value: Jinja, name: &str) -> Result<Jinja, Error> {
    name.parse::<usize>().map_or_else(|_| value.get_attr(name), |at| value.get_item(&Jinja::from(at)))
}

/// Adds numbers: of texts and lists each sum would be longer than the one before.
pub(super) fn sum(
    state: &mut State<'_, '_>,
    values: Jinja,
    attribute: Option<&str>,
    start: Option<Jinja>,
    named: Kwargs,
) -> Result<Jinja, Error> {
    let start = start.or(named.get("start")?).unwrap_or_else(|| Jinja::from(0));
    if start.kind() != ValueKind::Number {
        return Err(refused("`sum` adds numbers; `join` puts texts together".into()));
    }
    let attribute = attribute.or(named.get("attribute")?);
    named.assert_all_used()?;
    let paths = attribute.map_or(0, str::len).saturating_mul(values.len().unwrap_or_default());
    look_again(state, "sum", paths)?;
    filters::sum(state, values, attribute, Some(start), nothing_named())
}

/// Takes letters away from both ends, or space. Each letter there is sought among them.
pub(super) fn trim(state: &mut State<'_, '_>, value: &Jinja, letters: Option<Jinja>) -> Result<String, Error> {
    let text = as_text(state, "trim", value)?;
    let Some(letters) = letters else { return Ok(text.trim().to_owned()) };
    let letters = as_text(state, "trim", &letters)?;
    look_again(state, "trim", text.len().saturating_mul(letters.len() / LETTERS_AT_ONCE))?;
    Ok(text.trim_matches(|letter| letters.contains(letter)).to_owned())
}

/// Returns whether a number is a whole multiple of another.
pub(super) fn is_divisible(value: &Jinja, by: &Jinja) -> bool {
    match (value.as_i64(), by.as_i64()) {
        (Some(value), Some(by)) => value.checked_rem(by) == Some(0) || by == -1,
        _ => match (f64::try_from(value.clone()), f64::try_from(by.clone())) {
            (Ok(value), Ok(by)) => value % by == 0.0,
            _ => false,
        },
    }
}

/// Writes a value as JSON.
pub(super) fn tojson(
    state: &mut State<'_, '_>,
    value: &Jinja,
    indent: Option<Jinja>,
    named: Kwargs,
) -> Result<Jinja, Error> {
    let indent = indent.or(named.get("indent")?);
    named.assert_all_used()?;
    check_given(value).map_err(|error| refused(error.to_string()))?;
    let plain = filters::tojson(value, None, nothing_named())?;
    let spaces = indent.as_ref().and_then(Jinja::as_usize).unwrap_or(2);
    if spaces > MAX_INDENT {
        return Err(refused(format!("`tojson` indents by at most {MAX_INDENT}")));
    }
    let lines = if indent.is_some() { indents(plain.as_str().unwrap_or_default(), spaces) } else { 0 };
    let bytes = plain.as_str().map_or(0, str::len).saturating_add(lines);
    lengthen(state, "tojson", bytes)?;
    make(state, "tojson", bytes)?;
    if indent.is_none() { Ok(plain) } else { filters::tojson(value, indent, nothing_named()) }
}

fn nothing_named() -> Kwargs {
    std::iter::empty::<(&str, Jinja)>().collect()
}

/// Returns about how many spaces stand before the lines of a document that is spread over them, from its text in one line.
fn indents(plain: &str, spaces: usize) -> usize {
    let (mut depth, mut sum, mut is_quoted, mut is_escaped) = (0_usize, 0_usize, false, false);
    for letter in plain.bytes() {
        match letter {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => {}
            _ => continue,
        }
        sum = sum.saturating_add(depth.saturating_mul(spaces));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::Expr;
    use crate::value::Bag;

    #[test]
    fn filters_that_are_bounded_here_do_what_they_do_elsewhere() {
        let gives = |text: &str| Expr::compile(text).unwrap().eval(&Bag::new()).unwrap().to_json().unwrap();
        assert_eq!(gives("['a', 1, none, true]|join(', ')"), "a, 1, None, True");
        assert_eq!(gives("[{'a': {'b': [1, 2]}}, {'a': {'b': [3, 4]}}]|join('+', attribute='a.b.1')"), "2+4");
        assert_eq!(gives("'abc'|join('-') ~ [3, 1]|join(0) ~ [3, 1]|join(d=', ')"), "a-b-c3013, 1");
        assert_eq!(gives("'a1b'|replace(1, 2) ~ 5|replace('5', 6) ~ '  x '|trim ~ 'xyx'|trim('x')"), "a2b6xy");
        let divisible = "[6 is divisibleby 3, 7 is divisibleby 3, 1 is divisibleby 0, 4.5 is divisibleby 1.5, 'x' is divisibleby 1]";
        assert_eq!(gives(divisible), crate::json!([true, false, false, true, false]));
        assert_eq!(gives("[1, '<']|tojson"), r#"[1, "\u003c"]"#);
        assert_eq!(gives("[1]|tojson(true)"), "[\n  1\n]");
        assert_eq!(gives("{'a': 1}|tojson(indent=4)"), "{\n    \"a\": 1\n}");
        assert_eq!(gives("[{'a': 1}, {'a': 2.5}]|sum(attribute='a', start=1)"), 4.5);
    }

    #[test]
    fn no_filter_indents_without_an_end() {
        let cause = |text: &str| Expr::compile(text).and_then(|expr| expr.eval(&Bag::new())).unwrap_err().to_string();
        assert!(cause("[1]|tojson(indent=999999999)").contains("indents by at most 8"));
        assert!(cause("'a'|indent(999999999)").contains("there is no filter `indent`"));
        let deep = format!("{}range(9999)|list{}|tojson(indent=8)", "[".repeat(40), "]".repeat(40));
        assert!(Expr::compile(&deep).unwrap().eval(&Bag::new()).is_ok());
    }
}
