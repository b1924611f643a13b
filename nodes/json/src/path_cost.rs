//! What a JSONPath may cost at most, told from its text before it is evaluated.
//!
//! Selectors multiply: each of `$..*..*` visits what it finds once for each way that leads there, and a filter looks
//! through its part of the document for each candidate. Expressions in `match` and `search` are compiled for each candidate
//! anew. The library evaluates without a bound, so the bound stands here.

use regex::RegexBuilder;
use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::depth;

/// The longest path, in bytes.
const MAX_BYTES: usize = 4 << 10;

/// How deep brackets may be nested in a path: reading them takes time that doubles with each.
const MAX_NESTING: usize = 8;

/// The most visits of one evaluation.
const MAX_VISITS: f64 = 1e8;

/// How large a regular expression may become when it is compiled, in bytes, and what compiling it costs, in visits.
const REGEX_VISITS: [(usize, f64); 3] = [(16 << 10, 1e3), (128 << 10, 1e4), (1 << 20, 1e5)];

/// How many bytes of a text are searched in the time of a visit.
const BYTES_OF_VISIT: f64 = 8.0;

/// What in a path multiplies visits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// The product of the numbers of selectors that stand side by side.
    selectors: f64,
    /// How many segments go down to any depth.
    descents: i32,
    /// How many queries inside filters look at more than one value, or at the whole document.
    searches: i32,
    /// How many calls of `match` and `search` there are.
    regexes: f64,
    /// What compiling their expressions costs, in visits.
    compiling: f64,
}

impl Cost {
    /// Reads what multiplies in a path; quoted names are passed over.
    pub(crate) fn of(path: &str) -> Result<Self, NodeError> {
        if path.len() > MAX_BYTES {
            return Err(NodeError::new(format!("the path has {} bytes, at most {MAX_BYTES}", path.len())));
        }
        let mut cost = Self { selectors: 1.0, ..Self::default() };
        let (plain, quoted) = without_quoted(path);
        let mut open: Vec<(f64, bool)> = Vec::new();
        let mut before = ' ';
        for letter in plain.chars() {
            let in_filter = open.iter().any(|(_, filters)| *filters);
            match letter {
                '[' | '(' => open.push((1.0, false)),
                ']' | ')' => cost.selectors *= open.pop().map_or(1.0, |(count, _)| count),
                ',' => open.iter_mut().next_back().into_iter().for_each(|(count, _)| *count += 1.0),
                '?' => {
                    cost.searches += i32::from(in_filter);
                    open.iter_mut().next_back().into_iter().for_each(|(_, filters)| *filters = true);
                }
                '.' if before == '.' => cost.descents += 1,
                '*' | ':' if in_filter => cost.searches += 1,
                _ => {}
            }
            let is_search = in_filter && (letter == '$' || (letter == '.' && before == '.'));
            cost.searches += i32::from(is_search);
            if open.len() > MAX_NESTING {
                return Err(NodeError::new(format!(
                    "the brackets of the path are nested more than {MAX_NESTING} deep"
                )));
            }
            before = letter;
        }
        for call in ["match(", "search("] {
            for (at, _) in plain.match_indices(call) {
                cost.regexes += 1.0;
                cost.compiling += compiling(expression(&plain, at + call.len(), &quoted)?)?;
            }
        }
        Ok(cost)
    }

    /// Refuses a document for which the path could take too long; `values` is how many values it holds.
    pub(crate) fn check(&self, document: &Json, values: u64) -> Result<(), NodeError> {
        let values = values as f64;
        let paths = self.selectors * (depth(document).max(1) as f64).powi(self.descents);
        let searched = if self.regexes > 0.0 { longest(document) as f64 / BYTES_OF_VISIT } else { 0.0 };
        let each = 1.0 + self.compiling + self.regexes * searched;
        let visits = values * paths * values.powi(self.searches) * each;
        if visits <= MAX_VISITS {
            return Ok(());
        }
        let error = NodeError::new(format!("the path may visit {visits:.0e} values of this document, at most 1e8"));
        Err(error.hint("name more of the way, or take the document apart with several nodes").permanent())
    }
}

/// Returns a path with `'` in place of each quoted text, and those texts as they stand there.
fn without_quoted(path: &str) -> (String, Vec<String>) {
    let (mut plain, mut quoted, mut quote, mut is_escaped) = (String::new(), Vec::new(), None, false);
    for letter in path.chars() {
        match quote {
            Some(open) if letter == open && !is_escaped => quote = None,
            Some(_) => {
                is_escaped = letter == '\\' && !is_escaped;
                quoted.iter_mut().next_back().into_iter().for_each(|text: &mut String| text.push(letter));
            }
            None if matches!(letter, '\'' | '"') => {
                quote = Some(letter);
                plain.push('\'');
                quoted.push(String::new());
            }
            None if letter.is_whitespace() => {}
            None => plain.push(letter),
        }
    }
    (plain, quoted)
}

/// Returns the expression in the call whose arguments begin there. One that came from the document could be anything.
fn expression(plain: &str, begin: usize, quoted: &[String]) -> Result<String, NodeError> {
    let arguments = &plain[begin..];
    let mut depth = 0;
    let end = arguments.find(|letter| {
        depth += i32::from(matches!(letter, '(' | '[')) - i32::from(matches!(letter, ')' | ']'));
        depth < 0
    });
    let arguments = &arguments[..end.unwrap_or(arguments.len())];
    let text = arguments.strip_suffix(",'").and_then(|first| {
        let before = plain[..begin].matches('\'').count() + first.matches('\'').count();
        quoted.get(before)
    });
    let text = text.ok_or_else(|| {
        let error = NodeError::new("`match` and `search` take the expression as a text that stands in the path");
        error.hint("write it like `$[?search(@.name, '^a')]`")
    })?;
    Ok(unescaped(text))
}

/// A text in a path has the escapes of JSON, and may have the other quote in it.
fn unescaped(text: &str) -> String {
    let json = format!("\"{}\"", text.replace("\\\"", "\"").replace('"', "\\\"").replace("\\'", "'"));
    serde_json::from_str(&json).unwrap_or_else(|_| text.to_owned())
}

/// Returns what compiling an expression costs, in visits; what is no expression matches nothing and costs little.
fn compiling(expression: String) -> Result<f64, NodeError> {
    for (size_bytes, visits) in REGEX_VISITS {
        match RegexBuilder::new(&expression).size_limit(size_bytes).build() {
            Err(regex::Error::CompiledTooBig(_)) => {}
            _ => return Ok(visits),
        }
    }
    let error = NodeError::new(format!("the expression `{expression}` becomes too large when it is compiled"));
    Err(error.hint("repeat less: each `{n}` writes its part n times"))
}

/// Returns the length of the longest text in a document, in bytes.
fn longest(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(longest).max().unwrap_or_default(),
        Json::Object(fields) => fields.values().map(longest).max().unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    fn cost(path: &str) -> (f64, i32, i32, f64) {
        let cost = Cost::of(path).unwrap();
        (cost.selectors, cost.descents, cost.searches, cost.regexes)
    }

    #[test]
    fn what_multiplies_is_counted_and_quoted_names_are_not() {
        assert_eq!(cost("$.a[0].b"), (1.0, 0, 0, 0.0));
        assert_eq!(cost("$['a,b..','c'][0,1,2]"), (6.0, 0, 0, 0.0));
        assert_eq!(cost("$..a[?@.x == 1]"), (1.0, 1, 0, 0.0));
        assert_eq!(cost("$[?@..x == $.y]"), (1.0, 1, 2, 0.0));
        assert_eq!(cost("$[?match(@.a, 'x.*y')]"), (2.0, 0, 0, 1.0));
    }

    #[test]
    fn expressions_are_weighed_before_they_are_compiled_again_and_again() {
        let compiling = |path: &str| Cost::of(path).unwrap().compiling;
        assert_eq!(compiling("$['(', ')'][?search(@['a'], '^[RW]')]"), 1e3);
        assert_eq!(compiling(r#"$[?match(@.a, "a\\.b") && search(value(@.b), 'it\'s')]"#), 2e3);
        assert!(compiling("$[?match(@.a, '[a-z]{600}')]") > 1e3);
        let cause = |path: &str| Cost::of(path).unwrap_err().to_string();
        assert!(cause("$[?match(@.a, '((a{100}){100}){100}')]").contains("becomes too large when it is compiled"));
        for path in ["$[?match(@.a, @.b)]", "$[?search('x', $.pattern)]", "$[?search(@.a)]"] {
            assert!(cause(path).contains("a text that stands in the path"), "{path}");
        }
        assert_eq!(unescaped(r#"it\'s "a" \\d"#), r#"it's "a" \d"#);
    }

    #[test]
    fn a_long_text_counts_for_each_value_that_it_is_searched_for() {
        let document = json!(vec![json!("x".repeat(1 << 20)); 2_000]);
        let cost = Cost::of("$[?search(@, 'xy')]").unwrap();
        assert!(cost.check(&document, 2_001).unwrap_err().to_string().starts_with("the path may visit 5e8 values"));
        assert!(cost.check(&json!(vec!["x"; 2_000]), 2_001).is_ok());
    }

    #[test]
    fn what_could_take_for_ever_is_refused() {
        let document = json!([[[0, 1], [2, 3]], [[4, 5]]]);
        assert!(Cost::of("$..*").unwrap().check(&document, 9).is_ok());
        let error = Cost::of(&format!("${}", "..*".repeat(20))).unwrap().check(&document, 9).unwrap_err();
        assert!(error.to_string().starts_with("the path may visit 3e10 values"), "{error}");
        assert!(Cost::of("$[?@[?@[?@..a]]]").unwrap().check(&document, 1_000).is_err());
        assert!(Cost::of(&"(".repeat(9)).unwrap_err().to_string().contains("nested more than 8 deep"));
        assert!(Cost::of(&"a".repeat(5_000)).unwrap_err().to_string().contains("at most 4096"));
    }
}
