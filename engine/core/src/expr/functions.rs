//! The filters, tests and functions of the language, each of which counts what it looks at and makes.
//!
//! Deliberately absent: `indent`, `format`, `batch`, `slice` and `pprint`, which multiply their input by a number, and the
//! functions `namespace`, which keeps a state, and `debug`, which shows everything.

use minijinja::value::{Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, Value as Jinja, filters, functions, tests as checks};

use super::budget::{PART_BYTES, longest_text, look, look_again, make, text_of};
use super::filters as own;
use super::operators::{item, settled};

/// The names of all functions.
pub(super) const FUNCTIONS: [&str; 2] = ["dict", "range"];

/// How many bytes of a text are written in small letters in the time in which one is looked at elsewhere.
const ORDERED_AT_ONCE: usize = 8;

/// What a function does with its values, and so what it costs.
#[derive(Clone, Copy)]
enum Cost {
    /// It looks at none of their parts, or counts them itself.
    Nothing,
    /// It looks at them.
    Look,
    /// It makes a text of its first one, which is at most so many times as long.
    Text(usize),
    /// It makes something of the parts of its first one; of a text as many as are counted here.
    Parts(fn(&[Jinja]) -> usize),
    /// It puts the parts of its first one in order, by texts that it writes in small letters each time.
    Order,
}

/// Adds all that the language has to an environment that is empty.
pub(super) fn apply(environment: &mut Environment<'_>) {
    for (name, cost, filter) in filters() {
        environment.add_filter(name, counted(name, cost, filter));
    }
    for (name, cost, test) in tests() {
        environment.add_test(name, counted(name, cost, test));
    }
    let range = Jinja::from_function(functions::range);
    environment.add_function("range", counted("range", Cost::Look, range));
    environment.add_function("dict", counted("dict", Cost::Parts(whole), Jinja::from_function(functions::dict)));
}

/// Returns the names of all filters.
pub(super) fn filter_names() -> Vec<&'static str> {
    filters().into_iter().map(|(name, ..)| name).collect()
}

/// Returns the names of all tests.
pub(super) fn test_names() -> Vec<&'static str> {
    tests().into_iter().map(|(name, ..)| name).collect()
}

fn counted(
    name: &'static str,
    cost: Cost,
    function: Jinja,
) -> impl Fn(&mut State<'_, '_>, Rest<ValueOrKwargs>) -> Result<Jinja, Error> {
    move |state, values| {
        let mut values = values.into_values();
        match cost {
            Cost::Nothing => {}
            Cost::Look => drop(look(state, name, &values)?),
            Cost::Text(growth) => {
                look(state, name, &values)?;
                if let Some(first) = values.first_mut() {
                    *first = as_written(state, name, first)?;
                    make(state, name, first.as_str().map_or(0, str::len).saturating_mul(growth))?;
                }
            }
            Cost::Parts(of_text) => {
                let looked = look(state, name, &values)?;
                look_again(state, name, for_each(&values, argument_bytes))?;
                make(state, name, looked.saturating_add(of_text(&values).saturating_mul(PART_BYTES)))?;
            }
            Cost::Order => {
                let looked = look(state, name, &values)?;
                let longest = values.first().map_or(0, longest_text);
                look_again(state, name, for_each(&values, |_| longest / ORDERED_AT_ONCE))?;
                look_again(state, name, for_each(&values, argument_bytes))?;
                let keys = for_each(&values, |arguments| names_bytes(arguments, longest));
                make(state, name, looked.saturating_add(letters(&values).saturating_mul(PART_BYTES)))?;
                make(state, name, keys)?;
            }
        }
        let made = function.call(state, &values)?;
        if matches!(cost, Cost::Parts(_)) { settled(made) } else { Ok(made) }
    }
}

/// Returns what is done again for each part of the first value.
fn for_each(values: &[Jinja], again: impl FnOnce(&[Jinja]) -> usize) -> usize {
    let Some((first, others)) = values.split_first() else { return 0 };
    let parts = first.as_str().map(str::len).or(first.len()).unwrap_or_default();
    parts.saturating_mul(again(others))
}

/// Returns the length of texts among the arguments, such as the path of an attribute, in bytes.
fn argument_bytes(arguments: &[Jinja]) -> usize {
    texts(arguments).iter().map(|text| text.as_str().map_or(0, str::len)).sum()
}

/// Returns what the keys of one item take, where they are several, in bytes: each is kept in small letters.
fn names_bytes(arguments: &[Jinja], longest: usize) -> usize {
    let commas = |text: &Jinja| text.as_str().map_or(0, |text| text.matches(',').count());
    match texts(arguments).iter().map(commas).sum::<usize>() {
        0 => 0,
        commas => (commas + 1).saturating_mul(PART_BYTES + longest),
    }
}

/// Returns the texts among the arguments, with names or without.
fn texts(arguments: &[Jinja]) -> Vec<Jinja> {
    let (named, plain): (Vec<&Jinja>, Vec<_>) =
        arguments.iter().partition(|argument| argument.kind() == ValueKind::Map);
    let fields = named.into_iter().flat_map(|fields| {
        let names = fields.try_iter().ok().into_iter().flatten();
        names.filter_map(|name| fields.get_item(&name).ok()).collect::<Vec<_>>()
    });
    fields.chain(plain.into_iter().cloned()).collect()
}

/// Returns a list or a record as the text that it is written as; all else writes itself in a few letters.
fn as_written(state: &mut State<'_, '_>, name: &str, value: &Jinja) -> Result<Jinja, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => text_of(state, name, value).map(Jinja::from),
        _ => Ok(value.clone()),
    }
}

/// A text stays whole.
fn whole(_: &[Jinja]) -> usize {
    0
}

/// A text comes apart into its letters.
fn letters(values: &[Jinja]) -> usize {
    values.first().and_then(Jinja::as_str).map_or(0, str::len)
}

/// Each text comes apart into its letters.
fn all_letters(values: &[Jinja]) -> usize {
    values.iter().filter_map(Jinja::as_str).map(str::len).sum()
}

/// A text comes apart into its lines.
fn lines(values: &[Jinja]) -> usize {
    let text = values.first().and_then(Jinja::as_str).unwrap_or_default();
    1 + text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count()
}

/// A text comes apart where another stands, or where space is.
fn pieces(values: &[Jinja]) -> usize {
    let text = values.first().and_then(Jinja::as_str).unwrap_or_default();
    match values.get(1).and_then(Jinja::as_str) {
        Some("") => text.len(),
        Some(between) => 1 + text.matches(between).count(),
        None => 1 + text.split_whitespace().count(),
    }
}

type Listed = (&'static str, Cost, Jinja);

macro_rules! listed {
    ($($name:literal $cost:expr => $function:expr;)*) => {
        vec![$(($name, $cost, Jinja::from_function($function))),*]
    };
}

fn filters() -> Vec<Listed> {
    use Cost::{Look, Nothing, Order, Parts, Text};
    listed! {
        "abs" Look => filters::abs;
        "attr" Nothing => item;
        "bool" Nothing => filters::bool;
        "capitalize" Text(3) => filters::capitalize;
        "chain" Parts(all_letters) => filters::chain;
        "count" Look => filters::length;
        "d" Nothing => filters::default;
        "default" Nothing => filters::default;
        "dictsort" Order => filters::dictsort;
        "e" Text(6) => filters::escape;
        "escape" Text(6) => filters::escape;
        "first" Look => filters::first;
        "float" Look => filters::float;
        "groupby" Order => filters::groupby;
        "int" Look => filters::int;
        "items" Parts(whole) => filters::items;
        "join" Look => own::join;
        "last" Look => filters::last;
        "length" Look => filters::length;
        "lines" Parts(lines) => filters::lines;
        "list" Parts(letters) => filters::list;
        "lower" Text(3) => filters::lower;
        "map" Parts(letters) => filters::map;
        "max" Order => filters::max;
        "min" Order => filters::min;
        "reject" Parts(letters) => filters::reject;
        "rejectattr" Parts(letters) => filters::rejectattr;
        "replace" Text(1) => own::replace;
        "reverse" Parts(whole) => filters::reverse;
        "round" Look => filters::round;
        "safe" Text(1) => filters::safe;
        "select" Parts(letters) => filters::select;
        "selectattr" Parts(letters) => filters::selectattr;
        "sort" Order => filters::sort;
        "split" Parts(pieces) => filters::split;
        "string" Text(1) => filters::string;
        "sum" Look => own::sum;
        "title" Text(3) => filters::title;
        "tojson" Look => own::tojson;
        "trim" Text(1) => own::trim;
        "unique" Parts(letters) => filters::unique;
        "upper" Text(3) => filters::upper;
        "zip" Parts(all_letters) => filters::zip;
    }
}

fn tests() -> Vec<Listed> {
    use Cost::{Look, Nothing};
    listed! {
        "!=" Look => checks::is_ne;
        "<" Look => checks::is_lt;
        "<=" Look => checks::is_le;
        "==" Look => checks::is_eq;
        ">" Look => checks::is_gt;
        ">=" Look => checks::is_ge;
        "boolean" Nothing => checks::is_boolean;
        "defined" Nothing => checks::is_defined;
        "divisibleby" Nothing => own::is_divisible;
        "endingwith" Look => checks::is_endingwith;
        "eq" Look => checks::is_eq;
        "equalto" Look => checks::is_eq;
        "escaped" Nothing => checks::is_safe;
        "even" Nothing => checks::is_even;
        "false" Nothing => checks::is_false;
        "filter" Look => checks::is_filter;
        "float" Nothing => checks::is_float;
        "ge" Look => checks::is_ge;
        "greaterthan" Look => checks::is_gt;
        "gt" Look => checks::is_gt;
        "in" Look => checks::is_in;
        "int" Nothing => checks::is_integer;
        "integer" Nothing => checks::is_integer;
        "iterable" Nothing => checks::is_iterable;
        "le" Look => checks::is_le;
        "lessthan" Look => checks::is_lt;
        "lower" Look => checks::is_lower;
        "lt" Look => checks::is_lt;
        "mapping" Nothing => checks::is_mapping;
        "ne" Look => checks::is_ne;
        "none" Nothing => checks::is_none;
        "number" Nothing => checks::is_number;
        "odd" Nothing => checks::is_odd;
        "safe" Nothing => checks::is_safe;
        "sameas" Look => checks::is_sameas;
        "sequence" Nothing => checks::is_sequence;
        "startingwith" Look => checks::is_startingwith;
        "string" Nothing => checks::is_string;
        "test" Look => checks::is_test;
        "true" Nothing => checks::is_true;
        "undefined" Nothing => checks::is_undefined;
        "upper" Look => checks::is_upper;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_format_lists_all_that_the_language_has() {
        let page = include_str!("../../../../docs/format.md");
        let (_, page) = page.split_once("## Expressions").unwrap();
        let (page, _) = page.split_once("\n## ").unwrap();
        let signs = |name: &&str| !name.starts_with(char::is_alphabetic);
        for name in super::filter_names().into_iter().chain(super::test_names()).filter(|name| !signs(name)) {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
        for name in super::FUNCTIONS {
            assert!(page.contains(&format!("`{name}(")), "{name}");
        }
    }
}
