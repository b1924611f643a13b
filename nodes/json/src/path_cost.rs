//! What a JSONPath may cost at most, told from its text before it is evaluated.
//!
//! Selectors multiply: each of `$..*..*` visits what it finds once for each way that leads there, and a filter looks
//! through its part of the document for each candidate. The library evaluates without a bound, so the bound stands here.

use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::depth;

/// The longest path, in bytes.
const MAX_BYTES: usize = 4 << 10;

/// How deep brackets may be nested in a path: reading them takes time that doubles with each.
const MAX_NESTING: usize = 8;

/// The most visits of one evaluation.
const MAX_VISITS: f64 = 1e8;

/// What compiling an expression for `match` or `search` costs, in visits.
const REGEX_VISITS: f64 = 1e3;

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
}

impl Cost {
    /// Reads what multiplies in a path; quoted names are passed over.
    pub(crate) fn of(path: &str) -> Result<Self, NodeError> {
        if path.len() > MAX_BYTES {
            return Err(NodeError::new(format!("the path has {} bytes, at most {MAX_BYTES}", path.len())));
        }
        let mut cost = Self { selectors: 1.0, ..Self::default() };
        let plain = without_quoted(path);
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
        cost.regexes = (plain.matches("match(").count() + plain.matches("search(").count()) as f64;
        Ok(cost)
    }

    /// Refuses a document for which the path could take too long; `values` is how many values it holds.
    pub(crate) fn check(&self, document: &Json, values: u64) -> Result<(), NodeError> {
        let values = values as f64;
        let paths = self.selectors * (depth(document).max(1) as f64).powi(self.descents);
        let visits = values * paths * values.powi(self.searches) * (1.0 + self.regexes * REGEX_VISITS);
        if visits <= MAX_VISITS {
            return Ok(());
        }
        let error = NodeError::new(format!("the path may visit {visits:.0e} values of this document, at most 1e8"));
        Err(error.hint("name more of the way, or take the document apart with several nodes").permanent())
    }
}

fn without_quoted(path: &str) -> String {
    let (mut plain, mut quote, mut is_escaped) = (String::new(), None, false);
    for letter in path.chars() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if letter == '\\' => is_escaped = true,
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None if letter.is_whitespace() => {}
            None => plain.push(letter),
        }
    }
    plain
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
