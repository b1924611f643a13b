//! What could fill the memory in a few steps: bounded here, or left out.

use minijinja::{Environment, Error, ErrorKind};

use crate::node::NodeError;

/// The largest text that a filter may make, in bytes.
const MAX_MADE_BYTES: usize = 16 << 20;
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
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let found = text.matches(from).count();
    if text.len().saturating_add(found.saturating_mul(to.len())) > MAX_MADE_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, "`replace` would make a text that is too long"));
    }
    Ok(text.replace(from, to))
}

/// Refuses statements that assign, include or define.
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
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Template};
    use crate::value::Bag;

    #[test]
    fn no_short_text_fills_the_memory() {
        let tenfold = "|replace('a', 'aaaaaaaaaa')".repeat(12);
        for text in [format!("'a'{tenfold}|length > 0"), "'x' * 99999999999".into(), "'a'|indent(999999999)".into()] {
            let holds = Expr::compile(&text).and_then(|expr| expr.holds(&Bag::new()));
            assert!(holds.is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_assigns_and_includes_nothing() {
        for text in
            ["{% set a = 1 %}", "{%- set a = a ~ a %}", "{% include 'x' %}", "{% with a = 1 %}{% endwith %}", "{%"]
        {
            assert!(Template::compile(text).is_err(), "{text}");
        }
        assert!(Template::compile("{% raw %}{{ x }}{% endraw %}{% if true -%} y {%- else %}n{% endif %}").is_ok());
    }
}
