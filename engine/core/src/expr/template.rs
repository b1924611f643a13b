//! Texts with placeholders: `Dear {{ row.name }}`.

use minijinja::Error;

use super::program::{Program, Wrong};
use super::values;
use crate::node::NodeError;
use crate::value::Bag;

/// The longest template, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// A text with placeholders, conditions and loops of the expression language.
#[derive(Debug)]
pub struct Template {
    program: Program,
}

impl Template {
    /// Compiles a template of at most 1 MiB, 20,000 operators, and 300 of them one inside of the other.
    ///
    /// # Errors
    /// Names the line that is wrong; also names a filter or test that does not exist.
    pub fn compile(text: &str) -> Result<Self, NodeError> {
        if text.len() > MAX_TEXT_BYTES {
            let said = format!("the template is too long: {} bytes, at most {MAX_TEXT_BYTES}", text.len());
            return Err(NodeError::new(said).hint("wire what is long as values, and name them"));
        }
        let program = Program::template(text).map_err(|wrong| located(wrong, "is not a template"))?;
        Ok(Self { program })
    }

    /// Returns the names of the values that it uses, sorted.
    pub fn names(&self) -> &[String] {
        &self.program.names
    }

    /// Returns the text for the values in a bag; of at most 64 MiB.
    ///
    /// # Errors
    /// Names the line, and what is missing or cannot be computed there; also ends after a bounded number of steps, and
    /// where these would look at more than 1 GiB or make more than 256 MiB.
    pub fn render(&self, bag: &Bag) -> Result<String, NodeError> {
        let context = values::context(bag, self.names())?;
        let failed = |error: Error| located(error.into(), "cannot be filled in").permanent();
        self.program.run(context).map(|(_, text)| text).map_err(failed)
    }
}

fn located(wrong: Wrong, what: &str) -> NodeError {
    let line = wrong.line.map(|line| format!(", line {line},")).unwrap_or_default();
    wrong.error.within(format!("the template{line} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn render(text: &str) -> Result<String, NodeError> {
        let row = crate::json!({ "name": "Ada <3", "tags": ["x", "y"] });
        Template::compile(text)?.render(&[("row", Value::from_constant(&row))].into_iter().collect())
    }

    #[test]
    fn a_template_is_filled_in_as_it_stands() {
        let text = "Dear {{ row.name }},\n{% for tag in row.tags %}- {{ tag }}\n{% endfor %}";
        assert_eq!(render(text), Ok("Dear Ada <3,\n- x\n- y\n".into()));
        assert_eq!(Template::compile("{{ b }}{% for c in a %}{{ c }}{% endfor %}").unwrap().names(), ["a", "b"]);
        assert_eq!(render(""), Ok(String::new()));
    }

    #[test]
    fn the_line_of_an_error_is_named() {
        let cause = |text: &str| render(text).unwrap_err().to_string();
        assert!(cause("a\n{{ row. }}").starts_with("the template, line 2, is not a template: syntax error"));
        assert!(
            cause("a\nb\n{{ row.gone }}").starts_with("the template, line 3, cannot be filled in: undefined value")
        );
        assert!(cause("{{ gone }}").starts_with("`gone` has no value"));
    }

    #[test]
    fn work_and_length_are_bounded() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(render(endless).unwrap_err().to_string().contains("more than 1000000 steps"));
        let long = format!("{{% for a in range(9999) %}}{}{{% endfor %}}", "x".repeat(10_000));
        assert!(render(&long).unwrap_err().to_string().ends_with("the text is longer than 67108864 bytes"));
    }
}
