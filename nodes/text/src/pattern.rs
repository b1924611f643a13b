//! What the kinds have in common that look for something in a text: a literal text, or a regular expression.
//!
//! The library never goes back over what it has read, so a search takes time that is linear in the text, whatever the
//! expression; how large a compiled expression may become is bounded here.

use regex::{Regex, RegexBuilder};
use windlass_core::prelude::*;

/// The largest compiled expression, in bytes.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// How deep groups may be nested in an expression.
const MAX_NESTING: u32 = 64;

/// How a pattern is meant.
#[derive(Clone, Copy, Choice)]
pub enum Syntax {
    /// As it stands there.
    Literal,
    /// As a regular expression of the library `regex`, which is that of Perl without look-around and back-references.
    Regex,
}

/// Compiles the static parameters `pattern`, `syntax` and `ignore_case`.
pub(crate) fn compile(statics: &Statics) -> Result<Regex, NodeError> {
    let text = statics.text("pattern")?;
    let is_literal = statics.get("syntax").and_then(|syntax| syntax.as_str()) == Some("literal");
    let ignore_case = statics.get("ignore_case").and_then(|flag| flag.as_bool()).unwrap_or_default();
    let source = if is_literal { regex::escape(text) } else { text.to_owned() };
    let mut builder = RegexBuilder::new(&source);
    builder.case_insensitive(ignore_case).size_limit(MAX_COMPILED_BYTES).nest_limit(MAX_NESTING);
    builder.build().map_err(|error| explain(text, &error).within("parameter `pattern`"))
}

/// Refuses a pattern that the empty text keeps to: it would be found between all letters.
pub(crate) fn refuse_empty(regex: &Regex) -> Result<(), NodeError> {
    if !regex.is_match("") {
        return Ok(());
    }
    let error = NodeError::new("parameter `pattern`: it is found in the empty text, and so between all letters");
    Err(error.hint("write `+` in place of `*`, and name at least one letter"))
}

/// The library draws the place over several lines; its last line says what is wrong.
fn explain(text: &str, error: &regex::Error) -> NodeError {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            NodeError::new(format!("the expression becomes larger than {limit} bytes when it is compiled"))
                .hint("repeat less: each `{n}` writes its part n times")
        }
        other => {
            let said = other.to_string();
            let cause = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            NodeError::new(format!("`{text}` is not a regular expression: {cause}"))
                .hint("`syntax: literal` takes the pattern as it stands there")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(pattern: &str, syntax: &str, ignore_case: bool) -> Result<Regex, NodeError> {
        compile(&Statics::new().with("pattern", pattern).with("syntax", syntax).with("ignore_case", ignore_case))
    }

    #[test]
    fn a_literal_is_found_as_it_stands_there() {
        assert!(compiled("a.b(", "literal", false).unwrap().is_match("xa.b(x"));
        assert!(compiled("É", "literal", true).unwrap().is_match("é"));
        assert!(compiled("^a.b$", "regex", false).unwrap().is_match("axb"));
    }

    #[test]
    fn wrong_and_hostile_expressions_are_refused() {
        let error = compiled("a(", "regex", false).unwrap_err();
        assert_eq!(error.to_string(), "parameter `pattern`: `a(` is not a regular expression: unclosed group");
        assert!(error.hint_text().is_some());
        let cause = |pattern: &str| compiled(pattern, "regex", false).unwrap_err().to_string();
        assert!(cause("((a{100}){100}){100}").contains("larger than 1048576 bytes"));
        assert!(cause(&"(".repeat(1_000)).contains("is not a regular expression"));
        assert!(cause("(?=a)").contains("look-around"), "{}", cause("(?=a)"));
    }

    #[test]
    fn an_expression_that_makes_others_go_back_takes_no_longer() {
        assert!(!compiled("^(a+)+$", "regex", false).unwrap().is_match(&("a".repeat(1 << 20) + "b")));
    }
}
