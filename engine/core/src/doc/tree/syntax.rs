//! What a text that is no YAML is told: what is wrong there, and what to do.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use crate::problem::{Problem, Source, Span};

/// Returns the finding for an error of the parser.
pub(super) fn explain(error: &ScanError, source: &Arc<Source>) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(source.text.len());
    let span = character_at(source, at);
    let (code, message, hint) = words(error);
    Problem::error(code, message).at(Some(span)).hint(hint)
}

/// Returns the place of one character, empty at the end of the text.
fn character_at(source: &Arc<Source>, at: usize) -> Span {
    let mut start = at.min(source.text.len());
    while !source.text.is_char_boundary(start) {
        start -= 1;
    }
    let length = source.text[start..].chars().next().map_or(0, char::len_utf8);
    Span { source: source.clone(), range: start..start + length }
}

fn words(error: &ScanError) -> (&'static str, String, &'static str) {
    use ErrorKind::*;
    match error.kind() {
        TabNotAllowed | TabInBlockIndentation | TabInIndentation | TabAtBlockScalarStart => (
            "tab-indentation",
            "a tab stands where lines are indented; YAML counts spaces there".into(),
            "replace the tabs at the start of lines by spaces, two for each level",
        ),
        UnknownAnchor => (
            "unknown-anchor",
            "this alias names no anchor that stands before it".into(),
            "write `&name` before the value that `*name` repeats; a text that begins with `*` needs quotes",
        ),
        RecursionLimitExceeded => too_deep(),
        UnclosedQuotedScalar | UnexpectedEof => (
            "unclosed-text",
            "a text in quotes begins here and is never closed".into(),
            "add the closing quote at its end; a quote inside the text is written `\\\"` or `''`",
        ),
        UnclosedFlowCollection { open, .. } => (
            "unclosed-bracket",
            format!("this `{open}` is never closed"),
            "add the closing bracket; a text that begins with a bracket needs quotes",
        ),
        MismatchedFlowCollectionEnd { open, close } => (
            "unclosed-bracket",
            format!("`{close}` closes what `{open}` opened"),
            "brackets close in the order in which they were opened, `{` with `}` and `[` with `]`",
        ),
        UnexpectedEofFlowSequence | UnexpectedEofFlowMapping | UnexpectedEofImplicitFlowMapping => {
            ("unclosed-bracket", "the text ends inside brackets".into(), "add the closing bracket")
        }
        InvalidIndentation | ExpectedBlockMappingKey | ExpectedBlockSequenceEntry | InvalidQuotedScalarIndent => (
            "indentation",
            format!("the indentation does not fit what stands above: {}", lower(&error.info())),
            "parts of one mapping or list begin in the same column; a text with `: ` in it needs quotes",
        ),
        _ => (
            "yaml-syntax",
            format!("this is not YAML: {}", lower(&error.info())),
            "a text with special characters, such as `: `, ` #`, `{`, `*`, `&` or `%`, needs quotes",
        ),
    }
}

/// Returns the words for a text that is nested too deeply.
pub(super) fn too_deep() -> (&'static str, String, &'static str) {
    let limit = super::build::MAX_DEPTH;
    ("too-deep", format!("values are nested deeper than {limit} levels"), "a graph needs fewer than ten levels")
}

fn lower(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
