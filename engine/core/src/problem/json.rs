//! Problems as data for programs: what `check --json` prints.

use serde_json::{Value as Json, json};

use super::{Problem, Severity, Span};

/// Returns a problem as an object with `severity`, `code`, `message`, `node`, `place`, `related` and `hint`; what is
/// not known is null. A place has `file`, `line` and `column` (from 1, in characters), `start` and `end` (in bytes).
pub fn to_json(problem: &Problem) -> Json {
    let related = problem.related.iter().map(|(span, words)| json!({ "place": place(span), "message": words }));
    json!({
        "severity": match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": problem.code,
        "message": problem.message,
        "node": problem.node,
        "place": problem.span.as_ref().map(place),
        "related": related.collect::<Vec<_>>(),
        "hint": problem.hint,
    })
}

fn place(span: &Span) -> Json {
    let (line, column) = span.line_column();
    json!({
        "file": span.source.name,
        "line": line,
        "column": column,
        "start": span.range.start,
        "end": span.range.end,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::problem::Source;

    #[test]
    fn a_problem_is_data() {
        let source = Arc::new(Source { name: "g.yaml".into(), text: "a\nbc".into() });
        let problem = Problem::error("x-y", "wrong").at(Some(Span { source, range: 3..4 })).node("a/b");
        let json = to_json(&problem);
        assert_eq!(json["place"], json!({ "file": "g.yaml", "line": 2, "column": 2, "start": 3, "end": 4 }));
        assert_eq!((&json["severity"], &json["node"], &json["hint"]), (&json!("error"), &json!("a/b"), &Json::Null));
    }
}
