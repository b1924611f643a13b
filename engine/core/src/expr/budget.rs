//! How much one evaluation may look at and make: every operation asks here before it begins.

use std::fmt::{self, Write};

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, State, Value as Jinja};

use crate::node::NodeError;

/// The most that the operations of one evaluation look at, in bytes: a bound on its time.
const MAX_LOOKED_BYTES: usize = 1 << 30;
/// The most that they make, in bytes: a bound on its memory.
const MAX_MADE_BYTES: usize = 256 << 20;
/// The most that filters make of texts that they lengthen, in bytes.
const MAX_LENGTHENED_BYTES: usize = 64 << 20;
/// The longest text that a template may give, in bytes.
const MAX_WRITTEN_BYTES: usize = 64 << 20;
/// The largest value that an expression gives, in bytes.
const MAX_GIVEN_BYTES: usize = 64 << 20;
/// How deep a value may be nested that an expression gives, as deep as JSON is read.
const MAX_DEPTH: usize = 127;
/// About what a part of a value takes without its texts.
pub(super) const PART_BYTES: usize = 32;

/// What to do where something goes beyond that.
pub(super) const HINT: &str = "take what is needed out of long values first: `json.get`, `table.filter`, `text.join`";

/// What one evaluation has spent, in bytes.
#[derive(Default)]
struct Spent {
    looked: usize,
    made: usize,
    lengthened: usize,
    written: usize,
}

fn spent<'a>(state: &'a mut State<'_, '_>) -> &'a mut Spent {
    state.get_or_insert_extension_with(Spent::default)
}

/// Counts values that an operation is about to look at, and returns how much that is, in bytes.
///
/// # Errors
/// Refuses it where that is too much; it stops counting there.
pub(super) fn look(state: &mut State<'_, '_>, operation: &str, values: &[Jinja]) -> Result<usize, Error> {
    let before = spent(state).looked;
    let weighed = values.iter().try_fold(before, |sum, value| weigh(value, 0, sum, MAX_LOOKED_BYTES));
    let bytes = match weighed {
        Ok(sum) => sum - before,
        Err(Heavy::Large) => usize::MAX,
        Err(Heavy::Deep) => return Err(beyond(format!("`{operation}` would look more than {MAX_DEPTH} deep"))),
    };
    look_again(state, operation, bytes).map(|()| bytes)
}

/// Counts bytes that an operation is about to look at once more.
///
/// # Errors
/// Refuses it where that is too much.
pub(super) fn look_again(state: &mut State<'_, '_>, operation: &str, bytes: usize) -> Result<(), Error> {
    let looked = &mut spent(state).looked;
    *looked = looked.saturating_add(bytes);
    if *looked <= MAX_LOOKED_BYTES {
        return Ok(());
    }
    Err(beyond(format!("`{operation}` would look at more than {MAX_LOOKED_BYTES} bytes")))
}

/// Counts what an operation is about to make.
///
/// # Errors
/// Refuses it where that is too much.
pub(super) fn make(state: &mut State<'_, '_>, operation: &str, bytes: usize) -> Result<(), Error> {
    let made = &mut spent(state).made;
    *made = made.saturating_add(bytes);
    if *made <= MAX_MADE_BYTES {
        return Ok(());
    }
    Err(beyond(format!("`{operation}` would make more than {MAX_MADE_BYTES} bytes")))
}

/// Counts a text that a filter is about to make, which may be longer than what it is given.
///
/// # Errors
/// Refuses it where that is too much.
pub(super) fn lengthen(state: &mut State<'_, '_>, operation: &str, bytes: usize) -> Result<(), Error> {
    let lengthened = &mut spent(state).lengthened;
    *lengthened = lengthened.saturating_add(bytes);
    if *lengthened <= MAX_LENGTHENED_BYTES {
        return Ok(());
    }
    Err(beyond(format!("`{operation}` would make more than {MAX_LENGTHENED_BYTES} bytes")))
}

/// Counts what a template is about to write.
///
/// # Errors
/// Refuses it where the text becomes too long.
pub(super) fn write(state: &mut State<'_, '_>, bytes: usize) -> Result<(), Error> {
    let written = &mut spent(state).written;
    *written = written.saturating_add(bytes);
    if *written <= MAX_WRITTEN_BYTES {
        return Ok(());
    }
    Err(beyond(format!("the text is longer than {MAX_WRITTEN_BYTES} bytes")))
}

/// Says that an operation went beyond what one evaluation may do.
#[derive(Debug)]
struct Beyond;

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("beyond what one evaluation may do")
    }
}

impl std::error::Error for Beyond {}

fn beyond(why: String) -> Error {
    refused(why).with_source(Beyond)
}

/// Returns whether an operation went beyond what one evaluation may do.
pub(super) fn is_beyond(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<Beyond>())
}

/// Returns the error of an operation that is not done.
pub(super) fn refused(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

/// Returns how a value is written, counted as made.
///
/// # Errors
/// Stops where that becomes too much.
pub(super) fn text_of(state: &mut State<'_, '_>, operation: &str, value: &Jinja) -> Result<String, Error> {
    let room = MAX_MADE_BYTES.saturating_sub(spent(state).made);
    let mut text = Bounded { text: String::new(), room };
    let made = if write!(text, "{value}").is_ok() { text.text.len() } else { usize::MAX };
    make(state, operation, made)?;
    Ok(text.text)
}

/// A text that does not grow beyond its room.
struct Bounded {
    text: String,
    room: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() > self.room {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

/// Refuses a value that is nested too deep or too large, before it is copied.
pub(super) fn check_given(value: &Jinja) -> Result<(), NodeError> {
    weigh(value, 0, 0, MAX_GIVEN_BYTES).map_err(|heavy| {
        let said = match heavy {
            Heavy::Deep => format!("it gives a value that is nested more than {MAX_DEPTH} deep"),
            Heavy::Large => format!("it gives more than {MAX_GIVEN_BYTES} bytes"),
        };
        NodeError::new(said).hint(HINT).permanent()
    })?;
    match is_finite(value) {
        true => Ok(()),
        false => {
            let error = NodeError::new("a number in what it gives is infinite, or none");
            Err(error.hint("look first at what it divides by or multiplies: `a / b if b else 0`").permanent())
        }
    }
}

/// Returns whether all numbers in a value are finite. The value must have been weighed.
fn is_finite(value: &Jinja) -> bool {
    let is_own = value.kind() != ValueKind::Number || f64::try_from(value.clone()).map_or(true, f64::is_finite);
    let field =
        |part: &Jinja| value.kind() != ValueKind::Map || value.get_item(part).is_ok_and(|field| is_finite(&field));
    is_own && parts(value).all(|part| is_finite(&part) && field(&part))
}

/// Why a value is not weighed to its end.
enum Heavy {
    Deep,
    Large,
}

/// Returns about how many bytes a value takes once it is written out, added to what was weighed before.
fn weigh(value: &Jinja, depth: usize, before: usize, most: usize) -> Result<usize, Heavy> {
    if depth > MAX_DEPTH {
        return Err(Heavy::Deep);
    }
    let own = PART_BYTES + value.as_str().map_or(0, str::len);
    let mut sum = before.saturating_add(own);
    if sum > most {
        return Err(Heavy::Large);
    }
    for part in parts(value) {
        let field = if value.kind() == ValueKind::Map { value.get_item(&part).ok() } else { None };
        sum = weigh(&part, depth + 1, sum, most)?;
        sum = field.map_or(Ok(sum), |field| weigh(&field, depth + 1, sum, most))?;
    }
    Ok(sum)
}

/// Returns the length of the longest text in a value, in bytes. The value must have been weighed.
pub(super) fn longest_text(value: &Jinja) -> usize {
    let own = value.as_str().map_or(0, str::len);
    let field = |part: &Jinja| match value.kind() {
        ValueKind::Map => value.get_item(part).map_or(0, |field| longest_text(&field)),
        _ => 0,
    };
    parts(value).map(|part| longest_text(&part).max(field(&part))).fold(own, usize::max)
}

fn parts(value: &Jinja) -> impl Iterator<Item = Jinja> {
    let has_parts = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map);
    has_parts.then(|| value.try_iter().ok()).flatten().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Template};
    use crate::value::{Bag, Value};

    fn hostile() -> Bag {
        let many = serde_json::Value::from(vec!["x"; 100_000]);
        let empty = serde_json::Value::from(vec![crate::json!({}); 100_000]);
        let mut words = vec!["b"; 100_000];
        let long = "a".repeat(8 << 20);
        words[0] = &long;
        let row =
            crate::json!({ "a": many, "o": empty, "w": words, "n": 9_999_999, "t": long, "p": "a,".repeat(99_999) });
        [("row", Value::from_constant(&row))].into_iter().collect()
    }

    #[track_caller]
    fn cause(text: &str) -> String {
        let computed = Expr::compile(text).and_then(|expr| expr.eval(&hostile()));
        computed.map(|value| value.summary()).unwrap_err().to_string()
    }

    #[test]
    fn hostile_rows_do_not_fill_the_memory() {
        let said = cause("(row.a * row.n ~ ' EUR')|length > 3");
        assert!(said.ends_with("`*` multiplies numbers, and repeats texts, but no lists"), "{said}");
        let tenfold = format!("'a'{}|length", "|replace('a', 'aaaaaaaaaa')".repeat(12));
        for (text, operation) in [
            ("row.t * row.n", "`*` would make"),
            ("row.t|list|length", "`list` would make"),
            ("row.t|map('upper')|list|length", "`map` would make"),
            ("row.t|replace('a', row.t)", "`replace` would make more than 67108864 bytes"),
            (&tenfold, "`replace` would make more than 67108864 bytes"),
            ("row.a|map('replace', 'x', row.t)|list", "`map` would look"),
            ("row.a|join(row.t)", "`join` would make more than 67108864 bytes"),
            ("range(99999)|map('string')|map('replace', '1', row.t[:2999])|list|length", "`replace` would make more"),
            ("row.o|map(attribute='x', default=row.a)|string", "`string` would look"),
            ("row.o|map(attribute='x', default=row.a)|join", "`join` would"),
            ("row.o|map(attribute='x', default=row.t)|map('upper')|list", "`map` would look"),
        ] {
            assert!(cause(text).contains(operation), "{text}: {}", cause(text));
        }
        let error = Expr::compile("row.t * row.n").and_then(|expr| expr.eval(&hostile())).unwrap_err();
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("`text.join`")), "{error}");
        let tildes = ["row.t"; 40].join(" ~ ");
        assert!(cause(&tildes).contains("`~` would make more than 268435456 bytes"), "{}", cause(&tildes));
        let plus = ["row.t"; 40].join(" + ");
        assert!(cause(&plus).contains("`+` would make"), "{}", cause(&plus));
    }

    #[test]
    fn hostile_rows_do_not_take_for_ever() {
        for (text, operation) in [
            ("row.a|select('in', row.t)|list|length", "`select` would look"),
            ("row.a|select('eq', [row.t])|list|length", "`eq` would look"),
            ("row.a|sum(start='')", "`sum` adds numbers"),
            ("row.w|max", "`max` would look"),
            ("row.w|sort", "`sort` would look"),
            ("row.o|sort(attribute=row.p)", "`sort` would"),
            ("[row, row, row]|sort(attribute='t,t,t,t,t,t,t,t,t,t,t,t,n')", "`sort` would make"),
            ("row.o|map(attribute=row.p)|list", "`map` would look"),
            ("row.o|join(attribute=row.p)", "`join` would look"),
            ("row.t|trim(row.t)", "`trim` would look"),
            ("(row.o|map(attribute='x', default=row.a)) in 'x'", "`in` would look"),
        ] {
            assert!(cause(text).contains(operation), "{text}: {}", cause(text));
        }
        for (text, operation) in [
            ("{% for x in row.a %}{% if 'y' in row.t %}z{% endif %}{% endfor %}", "`in` would look"),
            ("{% for x in row.a %}{% if row.t <= row.t <= row.t %}z{% endif %}{% endfor %}", "`comparison` would look"),
            ("{% for x in row.a %}{{ row.t[row.n - 9000000] }}{% endfor %}", "`[]` would look"),
            ("{% for x in row.a %}{{ x|replace('y', row.t) }}{% endfor %}", "`replace` would look"),
            ("{% for x in row.a %}{{ row.t[1:]|length }}{% endfor %}", "`[:]` would"),
            ("{% for x in row.a %}{{ row[row.t]|d(1) }}{% endfor %}", "`[]` would look"),
            ("{% for x in row.a %}{{ {row.t: 1}|length }}{% endfor %}", "`{}` would look"),
            ("{% for x in row.a %}{{ row.t is sameas(row.t) }}{% endfor %}", "`sameas` would look"),
            ("{% for x in row.a %}{{ row.t|attr(9999) }}{% endfor %}", "`[]` would look"),
            ("{% for x in row.a %}{{ loop.changed(row.t, x) }}{% endfor %}", "`changed` would look"),
        ] {
            let filled = Template::compile(text).and_then(|template| template.render(&hostile()));
            let said = filled.map(|text| text.len()).unwrap_err().to_string();
            assert!(said.contains(operation), "{text}: {said}");
        }
    }

    #[test]
    fn what_is_given_is_bounded_before_it_is_copied() {
        let many = "row.o|map(attribute='x', default=row.a[:50])|list";
        assert!(cause(many).ends_with("it gives more than 67108864 bytes"), "{}", cause(many));
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
    fn a_list_is_not_computed_anew_each_time_it_is_looked_at() {
        let list = serde_json::Value::from(vec![1; 200_000]);
        let bag: Bag = [("l", Value::from_constant(&list))].into_iter().collect();
        for text in ["l[::-1][:1]", "l + l", "(l + l)[:1]", "l|zip(l)", "l|reverse", "l|chain(l)", "{'a': l}|items"] {
            let held = Expr::compile(&format!("({text}) is sequence")).and_then(|expr| expr.holds(&bag));
            assert_eq!(held, Ok(true), "{text} is made, and not promised");
        }
    }

    #[test]
    fn rows_that_are_too_large_are_refused_before_they_are_copied() {
        let row = serde_json::Value::from(vec![crate::json!({ "a": 1 }); 600_000]);
        let bag = [("row", Value::from_constant(&row))].into_iter().collect();
        let error = Expr::compile("row is defined").and_then(|expr| expr.eval(&bag)).unwrap_err();
        assert!(
            error.to_string().contains("`row` cannot be used here: an expression sees at most 268435456 bytes"),
            "{error}"
        );
    }

    #[test]
    fn what_would_stop_the_program_is_an_error() {
        let said = |text: &str| Template::compile(text).and_then(|template| template.render(&hostile()));
        assert!(said("{% for x in [1] %}{{ loop.cycle() }}{% endfor %}").is_err());
        assert_eq!(said("{{ 1 is divisibleby(row.n - row.n) }}"), Ok("False".into()));
        let deep = (0..120).fold(crate::json!(1), |inner, _| crate::json!([inner]));
        let bag: Bag = [("d", Value::from_constant(&deep))].into_iter().collect();
        let error = Expr::compile("[[[[[[[[[[d]]]]]]]]]]|length").and_then(|expr| expr.eval(&bag)).unwrap_err();
        assert!(error.to_string().ends_with("`length` would look more than 127 deep"), "{error}");
    }

    #[test]
    fn a_long_text_is_still_worked_on() {
        for text in [
            "row.t|length == 8388608",
            "row.t|upper|trim is startingwith('AAA')",
            "(row.t ~ '!')|length == 8388609",
            "row.t[:3] == 'aaa' and row.t != 'aaa'",
            "'x' in row.a and row.a|length == 100000",
            "row.a|unique|list == ['x']",
            "row.a|join(', ')|length == 299998",
        ] {
            let held = Expr::compile(text).and_then(|expr| expr.holds(&hostile()));
            assert_eq!(held, Ok(true), "{text}");
        }
    }
}
