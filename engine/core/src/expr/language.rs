//! How the language is set up, and how its errors are said.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::{budget, functions, operators};
use crate::node::NodeError;

/// The most steps of one evaluation.
const MAX_STEPS: u64 = 1_000_000;

/// How deep parts of an evaluation may call each other.
const MAX_DEPTH: usize = 64;

/// Computes all texts. It is a constant: nothing ever changes it.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_recursion_limit(MAX_DEPTH);
    environment.set_syntax(syntax());
    environment.set_formatter(|output, state, value| match value.as_str() {
        Some(text) => {
            budget::write(state, text.len())?;
            Ok(output.write_str(text)?)
        }
        None => {
            let text = budget::text_of(state, "{{ }}", value)?;
            budget::write(state, text.len())?;
            Ok(output.write_str(&text)?)
        }
    });
    functions::apply(&mut environment);
    operators::apply(&mut environment);
    environment
});

/// A template ends as its author wrote it.
pub(super) fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().keep_trailing_newline(true).build().unwrap_or_default()
}

/// Says what went wrong.
pub(super) fn cause(error: &Error) -> NodeError {
    let said = NodeError::new(match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => format!("it takes more than {MAX_STEPS} steps"),
        (kind, Some(detail)) => format!("{kind}, {detail}"),
        (kind, None) => kind.to_string(),
    });
    let is_beyond = error.kind() == ErrorKind::OutOfFuel || budget::is_beyond(error);
    if is_beyond { said.hint(budget::HINT) } else { said }
}

/// Returns the beginning of a text, to be quoted.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
