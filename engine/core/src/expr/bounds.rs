//! What could fill the memory in a few steps: bounded here, or left out.

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value as Jinja, filters};

use crate::node::NodeError;

/// The most that filters make in one evaluation, in bytes.
const MAX_MADE_BYTES: usize = 64 << 20;
/// The longest text that `~` may come to in one expression, in bytes.
const MAX_JOINED_BYTES: u64 = 256 << 20;
/// The most multiplications of one expression: each may repeat a text.
const MAX_MULTIPLICATIONS: usize = 20;
/// The deepest indent of `tojson`, in spaces.
const MAX_INDENT: usize = 8;
/// How deep a value may be nested that an expression gives, as deep as JSON is read.
const MAX_DEPTH: usize = 127;
/// The largest value that an expression gives, in bytes, where each of its parts counts as [`PART_BYTES`].
const MAX_GIVEN_BYTES: usize = 64 << 20;
/// About what a part of a value takes without its texts.
const PART_BYTES: usize = 32;
/// Filters that multiply their input by a number.
const FILTERS: [&str; 5] = ["indent", "format", "batch", "slice", "pprint"];
/// Functions that keep a state, or show the whole environment.
const FUNCTIONS: [&str; 2] = ["namespace", "debug"];
/// The statements that a template may use: none that assigns, because a line of them doubles a text many times.
const STATEMENTS: [&str; 8] = ["if", "elif", "else", "endif", "for", "endfor", "raw", "endraw"];

/// Bounds or leaves out what an environment brings by itself.
pub(super) fn apply(environment: &mut Environment<'_>) {
    FILTERS.iter().for_each(|name| environment.remove_filter(name));
    FUNCTIONS.iter().for_each(|name| environment.remove_global(name));
    environment.add_filter("replace", replace);
    environment.add_filter("join", join);
    environment.add_filter("tojson", tojson);
}

/// What the filters of one evaluation have made, in bytes.
#[derive(Default)]
struct Made(usize);

/// Counts what a filter is about to make, and refuses it where that is too much.
fn made(state: &mut State<'_, '_>, filter: &str, bytes: usize) -> Result<(), Error> {
    let made = state.get_or_insert_extension_with(Made::default);
    made.0 = made.0.saturating_add(bytes);
    if made.0 <= MAX_MADE_BYTES {
        return Ok(());
    }
    Err(refused(format!("`{filter}` would make more than {MAX_MADE_BYTES} bytes")))
}

fn refused(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

fn replace(state: &mut State<'_, '_>, text: &str, from: &str, to: &str) -> Result<String, Error> {
    let found = text.matches(from).count();
    made(state, "replace", text.len().saturating_add(found.saturating_mul(to.len())))?;
    Ok(text.replace(from, to))
}

fn join(
    state: &mut State<'_, '_>,
    values: &Jinja,
    joiner: Option<&str>,
    attribute: Option<&str>,
    named: Kwargs,
) -> Result<String, Error> {
    let attribute = attribute.map(str::to_owned).or(named.get("attribute")?);
    named.assert_all_used()?;
    let (joiner, mut text) = (joiner.unwrap_or_default(), String::new());
    for (at, value) in values.try_iter()?.enumerate() {
        let value = attribute.iter().flat_map(|path| path.split('.')).try_fold(value, part)?;
        let value = value.to_string();
        made(state, "join", joiner.len() + value.len())?;
        text.push_str(if at == 0 { "" } else { joiner });
        text.push_str(&value);
    }
    Ok(text)
}

/// Returns what stands under a name, or at a place in a list.
fn part(value: Jinja, name: &str) -> Result<Jinja, Error> {
    name.parse::<usize>().map_or_else(|_| value.get_attr(name), |at| value.get_item(&Jinja::from(at)))
}

fn tojson(state: &mut State<'_, '_>, value: &Jinja, indent: Option<Jinja>, named: Kwargs) -> Result<Jinja, Error> {
    let indent = indent.or(named.get("indent")?);
    named.assert_all_used()?;
    let plain = filters::tojson(value, None, nothing_named())?;
    let spaces = indent.as_ref().and_then(Jinja::as_usize).unwrap_or(2);
    if spaces > MAX_INDENT {
        return Err(refused(format!("`tojson` indents by at most {MAX_INDENT}")));
    }
    let lines = if indent.is_some() { indents(plain.as_str().unwrap_or_default(), spaces) } else { 0 };
    made(state, "tojson", plain.as_str().map_or(0, str::len).saturating_add(lines))?;
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

/// How much longer the expressions of a text may make what they see.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Growth {
    /// The most times that one of them joins texts with `~`.
    joins: u64,
}

impl Growth {
    /// Looks through the expressions of a text.
    ///
    /// # Errors
    /// Refuses one that multiplies too often.
    pub(super) fn of<'a>(expressions: impl IntoIterator<Item = &'a str>) -> Result<Self, NodeError> {
        let mut growth = Self::default();
        for text in expressions {
            let count = |operator: char| unquoted(text).filter(|letter| *letter == operator).count();
            if count('*') > MAX_MULTIPLICATIONS {
                let text = super::language::shorten(text.trim());
                let said = format!("`{text}` multiplies more than {MAX_MULTIPLICATIONS} times");
                return Err(NodeError::new(said).hint("compute parts of it in nodes of their own"));
            }
            growth.joins = growth.joins.max(count('~') as u64);
        }
        Ok(growth)
    }

    /// Refuses values of which `~` could make a text that fills the memory.
    pub(super) fn check(self, seen_bytes: impl FnOnce() -> u64) -> Result<(), NodeError> {
        if self.joins == 0 || seen_bytes().saturating_mul(self.joins + 1) <= MAX_JOINED_BYTES {
            return Ok(());
        }
        let said =
            format!("`~` is used {} times, and could make more than {MAX_JOINED_BYTES} bytes of this", self.joins);
        Err(NodeError::new(said).hint("`text.join` puts long texts together").permanent())
    }
}

/// Returns the expressions and statements of a template, without their brackets.
pub(super) fn expressions(template: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let inner = &rest[at + 2..];
        let end = end_of_expression(inner);
        found.push(&inner[..end]);
        rest = &inner[end..];
    }
    found
}

/// A bracket inside of a text does not end an expression.
fn end_of_expression(text: &str) -> usize {
    let mut quotes = Quotes::default();
    let ends = |at: usize| text[at..].starts_with("}}") || text[at..].starts_with("%}");
    let mut places = text.char_indices().filter(|(_, letter)| !quotes.hold(*letter));
    places.find(|(at, _)| ends(*at)).map_or(text.len(), |(at, _)| at)
}

/// Returns what stands outside of texts in an expression.
fn unquoted(expression: &str) -> impl Iterator<Item = char> {
    let mut quotes = Quotes::default();
    expression.chars().filter(move |letter| !quotes.hold(*letter))
}

/// Tells texts in an expression from what stands around them, letter by letter.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    is_escaped: bool,
}

impl Quotes {
    fn hold(&mut self, letter: char) -> bool {
        match self.open {
            Some(_) if self.is_escaped => self.is_escaped = false,
            Some(_) if letter == '\\' => self.is_escaped = true,
            Some(open) if letter == open => self.open = None,
            Some(_) => {}
            None if matches!(letter, '"' | '\'') => self.open = Some(letter),
            None => return false,
        }
        true
    }
}

/// Refuses a value that is nested too deep or too large, before it is copied.
pub(super) fn check_given(value: &Jinja) -> Result<(), NodeError> {
    weigh(value, 0, 0).map(|_| ()).map_err(NodeError::permanent)
}

/// Returns about how many bytes a value takes, added to what was weighed before.
fn weigh(value: &Jinja, depth: usize, before: usize) -> Result<usize, NodeError> {
    if depth > MAX_DEPTH {
        return Err(NodeError::new(format!("it gives a value that is nested more than {MAX_DEPTH} deep")));
    }
    let mut sum = before + PART_BYTES + value.as_str().map_or(0, str::len);
    if sum > MAX_GIVEN_BYTES {
        return Err(NodeError::new(format!("it gives more than {MAX_GIVEN_BYTES} bytes")));
    }
    let parts = match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => value.try_iter().ok(),
        _ => None,
    };
    for part in parts.into_iter().flatten() {
        let field = if value.kind() == ValueKind::Map { value.get_item(&part).ok() } else { None };
        sum = weigh(&part, depth + 1, sum)?;
        sum = field.map_or(Ok(sum), |field| weigh(&field, depth + 1, sum))?;
    }
    Ok(sum)
}

/// Refuses statements that assign, include or define, and loops that call themselves: what those make is counted nowhere.
pub(super) fn check_statements(text: &str) -> Result<(), NodeError> {
    for rest in text.split("{%").skip(1) {
        let rest = rest.trim_start_matches(['-', '+']).trim_start();
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        if !STATEMENTS.contains(&word) {
            let word = super::language::shorten(word);
            let error = NodeError::new(format!("`{{% {word} %}}` is not allowed here"));
            return Err(error.hint("a template may use `if`, `for` and `raw`"));
        }
        let statement = rest[..end_of_expression(rest)].trim_end_matches('-').trim_end();
        if word == "for" && statement.ends_with(" recursive") {
            let error = NodeError::new("a loop that is `recursive` is not allowed here");
            return Err(error.hint("a template may use `if`, `for` and `raw`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Template};
    use crate::value::{Bag, Value};

    #[track_caller]
    fn cause(text: &str) -> String {
        let long = Value::text("a".repeat(8 << 20));
        let bag = [("long", long)].into_iter().collect();
        Expr::compile(text).and_then(|expr| expr.eval(&bag)).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn no_short_text_fills_the_memory() {
        let tenfold = "|replace('a', 'aaaaaaaaaa')".repeat(12);
        for text in [format!("'a'{tenfold}|length > 0"), "'x' * 99999999999".into(), "'a'|indent(999999999)".into()] {
            let holds = Expr::compile(&text).and_then(|expr| expr.holds(&Bag::new()));
            assert!(holds.is_err(), "{text}");
        }
        assert!(
            cause("range(99999)|map('string')|map('replace', '1', 'b' * 9999)|list|length").contains("`replace` would")
        );
        assert!(cause("range(99999)|join(long)|length").contains("`join` would make more than 67108864 bytes"));
        assert!(cause(&["long"; 40].join(" ~ ")).contains("`~` is used 39 times"));
        assert!(cause(&["2"; 30].join("*")).contains("multiplies more than 20 times"));
        assert!(cause("[1]|tojson(indent=999999999)").contains("indents by at most 8"));
        let deep = format!("{}range(9999)|list{}|tojson(indent=8)", "[".repeat(40), "]".repeat(40));
        assert!(Expr::compile(&deep).unwrap().eval(&Bag::new()).is_ok());
    }

    #[test]
    fn what_is_given_is_bounded_before_it_is_copied() {
        assert_eq!(cause("[0] * 90000000"), "`[0] * 90000000` cannot be computed: it gives more than 67108864 bytes");
        let mut total = Value::Int(0);
        let nest = Expr::compile("[total]").unwrap();
        let error = loop {
            match nest.eval(&[("total", total)].into_iter().collect()) {
                Ok(next) => total = next,
                Err(error) => break error,
            }
        };
        assert!(error.is_permanent() && error.to_string().ends_with("nested more than 127 deep"), "{error}");
    }

    #[test]
    fn filters_that_are_bounded_here_do_what_they_do_elsewhere() {
        let gives = |text: &str| Expr::compile(text).unwrap().eval(&Bag::new()).unwrap().to_json().unwrap();
        assert_eq!(gives("['a', 1, none, true]|join(', ')"), "a, 1, None, True");
        assert_eq!(gives("[{'a': {'b': [1, 2]}}, {'a': {'b': [3, 4]}}]|join('+', attribute='a.b.1')"), "2+4");
        assert_eq!(gives("'abc'|join('-')"), "a-b-c");
        assert_eq!(gives("[1, '<']|tojson"), r#"[1, "\u003c"]"#);
        assert_eq!(gives("[1]|tojson(true)"), "[\n  1\n]");
        assert_eq!(gives("{'a': 1}|tojson(indent=4)"), "{\n    \"a\": 1\n}");
    }

    #[test]
    fn a_template_assigns_and_includes_nothing() {
        for text in [
            "{% set a = 1 %}",
            "{%- set a = a ~ a %}",
            "{% include 'x' %}",
            "{% with a = 1 %}{% endwith %}",
            "{%",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{% for a in ['%}'] recursive -%}{% endfor %}",
        ] {
            assert!(Template::compile(text).is_err(), "{text}");
        }
        assert!(Template::compile("{% raw %}{{ x }}{% endraw %}{% if true -%} y {%- else %}n{% endif %}").is_ok());
        assert!(Expr::compile(&format!("'{}'", "*".repeat(99))).is_ok(), "what is quoted is no operator");
        assert!(Template::compile(&format!("{}{{{{ 2 * 3 }}}}", "* a\n".repeat(99))).is_ok(), "a list of points");
    }
}
