//! How the language is set up, and how its errors are said.

use std::collections::HashSet;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use crate::node::NodeError;

/// The most steps of one evaluation.
const MAX_STEPS: u64 = 1_000_000;

/// The longest text, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 10;

/// How deep parts of an evaluation may call each other.
const MAX_DEPTH: usize = 64;

/// Evaluates expressions. It is a constant of the language: nothing ever changes it.
pub(super) static EXPRESSIONS: LazyLock<Environment<'static>> =
    LazyLock::new(|| environment(UndefinedBehavior::Strict));

/// Evaluates without any values, to find names of filters and tests that do not exist.
pub(super) static LENIENT: LazyLock<Environment<'static>> = LazyLock::new(|| environment(UndefinedBehavior::Chainable));

pub(super) fn environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(undefined);
    environment.set_fuel(Some(MAX_STEPS));
    super::bounds::apply(&mut environment);
    environment.set_recursion_limit(MAX_DEPTH);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    // A template ends as its author wrote it.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment
}

pub(super) fn check_length(text: &str) -> Result<(), NodeError> {
    if text.trim().is_empty() {
        return Err(NodeError::new("the expression is empty"));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(NodeError::new(format!("the text is too long: {} bytes, at most {MAX_TEXT_BYTES}", text.len())));
    }
    Ok(())
}

/// Returns the names that are no functions of the language, sorted.
pub(super) fn names(undeclared: HashSet<String>) -> Vec<String> {
    let own: HashSet<_> = EXPRESSIONS.globals().map(|(name, _)| name).collect();
    let mut names: Vec<_> = undeclared.into_iter().filter(|name| !own.contains(name.as_str())).collect();
    names.sort();
    names
}

/// Keeps only the error of a name that the language lacks; others are due to the missing values.
pub(super) fn unknown_name<T>(tried: Result<T, Error>) -> Result<(), Error> {
    match tried {
        Err(error) if matches!(error.kind(), ErrorKind::UnknownFilter | ErrorKind::UnknownTest) => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn explain(error: &Error, what: String) -> NodeError {
    let cause = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => format!("it takes more than {MAX_STEPS} steps"),
        (kind, Some(detail)) => format!("{kind}, {detail}"),
        (kind, None) => kind.to_string(),
    };
    NodeError::new(cause).within(what)
}

pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
