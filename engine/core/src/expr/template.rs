//! Texts with placeholders: `Dear {{ row.name }}`.

use std::io::{self, Write};

use minijinja::{Environment, UndefinedBehavior};

use super::{bounds, language, values};
use crate::node::NodeError;
use crate::value::Bag;

/// The longest text that a template may give, in bytes.
const MAX_OUTPUT_BYTES: usize = 64 << 20;

/// The name of the only template of an environment.
const NAME: &str = "template";

/// A text with placeholders, conditions and loops of the expression language.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    names: Vec<String>,
    growth: bounds::Growth,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// Names the line that is wrong.
    pub fn compile(text: &str) -> Result<Self, NodeError> {
        bounds::check_statements(text)?;
        let growth = bounds::Growth::of(bounds::expressions(text))?;
        let mut environment = language::environment(UndefinedBehavior::Strict);
        let added = environment.add_template_owned(NAME, text.to_owned());
        added.map_err(|error| located(&error, "is not a template"))?;
        let template = environment.get_template(NAME).map_err(|error| located(&error, "is not a template"))?;
        let names = language::names(template.undeclared_variables(false));
        Ok(Self { environment, names, growth })
    }

    /// Returns the names of the values that it uses, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the text for the values in a bag; of at most 64 MiB.
    ///
    /// # Errors
    /// Names the line, and what is missing or cannot be computed there.
    pub fn render(&self, bag: &Bag) -> Result<String, NodeError> {
        self.growth.check(|| values::seen_bytes(bag, &self.names))?;
        let context = values::context(bag, &self.names)?;
        let failed = |error: &minijinja::Error| located(error, "cannot be filled in").permanent();
        let template = self.environment.get_template(NAME).map_err(|error| failed(&error))?;
        let mut bounded = Bounded(Vec::new());
        template.render_captured_to(context, &mut bounded).map_err(|error| failed(&error))?;
        String::from_utf8(bounded.0).map_err(|error| NodeError::because("the template gives no text", &error))
    }
}

fn located(error: &minijinja::Error, what: &str) -> NodeError {
    let line = error.line().map(|line| format!(", line {line},")).unwrap_or_default();
    language::explain(error, format!("the template{line} {what}"))
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT_BYTES {
            return Err(io::Error::other(format!("the text is longer than {MAX_OUTPUT_BYTES} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        assert!(render(&long).is_err());
    }
}
