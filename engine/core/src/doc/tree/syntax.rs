//! What a text that is no YAML is told: what is wrong there, and what to do.

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use crate::problem::{Problem, Source, Span};

/// Code, what is wrong, and what to do.
type Words = (&'static str, Cow<'static, str>, &'static str);

/// Returns the finding for an error of the parser.
pub(super) fn explain(error: &ScanError, source: &Arc<Source>) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(source.text.len());
    let (code, message, hint) = words(error.kind());
    let span = character_at(source, at);
    let span = if code == "tab-indentation" { tab_before(span) } else { span };
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

/// Returns the place of the tab that the parser had just passed.
fn tab_before(span: Span) -> Span {
    let start = span.range.start;
    let is_after = start > 0 && span.source.text.as_bytes()[start - 1] == b'\t';
    if is_after { Span { range: start - 1..start, ..span } } else { span }
}

fn words(kind: &ErrorKind) -> Words {
    use ErrorKind::*;
    let found = of_quotes(kind).or_else(|| of_brackets(kind)).or_else(|| of_lines(kind));
    let message = |message: &'static str| Cow::Borrowed(message);
    found.unwrap_or_else(|| match kind {
        UnknownAnchor => (
            "unknown-anchor",
            message("this alias names no anchor that stands before it"),
            "write `&name` before the value that `*name` repeats; a text that begins with `*` needs quotes",
        ),
        RecursionLimitExceeded => too_deep(),
        UnexpectedCharacter { character } => odd_character(*character),
        UndeclaredTagHandle => (
            "unknown-tag",
            message("tags, which begin with `!`, mean nothing here"),
            "leave the tag out; a text that begins with `!` needs quotes",
        ),
        MissingDocumentEndBeforeDirective => (
            "special-character",
            message("a line that begins with `%` tells the parser something, and cannot stand here"),
            "a text that begins with `%` needs quotes",
        ),
        ExpectedDocumentStart => (
            "text-after-the-end",
            message("the graph has ended before this"),
            "a file holds one mapping; remove what stands behind it",
        ),
        _ => ("yaml-syntax", message("this is not YAML"), "a text with special characters needs quotes"),
    })
}

fn of_quotes(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    let (code, message, hint) = match kind {
        UnclosedQuotedScalar | UnexpectedEof => (
            "unclosed-text",
            "a text in quotes begins here and is never closed",
            "add the closing quote at its end; a quote inside the text is written `\\\"` or `''`",
        ),
        InvalidQuotedScalarIndent | DocumentIndicatorInQuotedScalar => (
            "unclosed-text",
            "a text in quotes began above and is not closed before this line",
            "add the closing quote at its end; if the text goes on here, indent the line",
        ),
        InvalidTrailingSingleQuotedScalar | InvalidTrailingDoubleQuotedScalar => (
            "text-after-quotes",
            "nothing more can stand behind a closing quote",
            "a quote inside the text is written `\\\"` in double quotes and `''` in single ones",
        ),
        UnknownQuotedScalarEscape
        | InvalidQuotedScalarHexEscape
        | InvalidLowSurrogateHexEscape
        | InvalidLowSurrogate
        | MissingLowSurrogate
        | UnpairedLowSurrogate
        | InvalidUnicodeEscape => (
            "bad-escape",
            "this text has a `\\` that begins no known escape",
            "write a backslash as `\\\\` in double quotes, or use single quotes, in which it stands for itself",
        ),
        ZeroBlockScalarIndent | InvalidBlockScalarHeader | InvalidBlockScalarIndent => (
            "block-text",
            "the lines of a text follow a `|` or `>` that stands alone, and are indented below it",
            "write `|` at the end of its line, and the text in the lines below, two spaces deeper",
        ),
        _ => return None,
    };
    Some((code, message.into(), hint))
}

fn of_brackets(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    let hint = "add the closing bracket; a text that begins with a bracket needs quotes";
    let (message, hint): (Cow<'_, str>, _) = match kind {
        UnclosedFlowCollection { open, .. } => (format!("this `{open}` is never closed").into(), hint),
        MismatchedFlowCollectionEnd { open, close } => (
            format!("`{close}` closes what `{open}` opened").into(),
            "brackets close in the order in which they were opened, `{` with `}` and `[` with `]`",
        ),
        MisplacedFlowCollectionEnd => ("this bracket closes nothing".into(), "remove it, or put the text in quotes"),
        UnexpectedEofFlowSequence | UnexpectedEofFlowMapping | UnexpectedEofImplicitFlowMapping => {
            ("something is missing between brackets".into(), "write entries with one `,` between them")
        }
        ExpectedFlowMappingSeparator | ExpectedFlowSequenceSeparator => {
            return Some((
                "missing-comma",
                "between brackets, a `,` is missing before this".into(),
                "write a `,` between entries; a text with `,`, `: `, `{` or `[` in it needs quotes",
            ));
        }
        _ => return None,
    };
    Some(("unclosed-bracket", message, hint))
}

fn of_lines(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    let (code, message, hint) = match kind {
        TabNotAllowed | TabInBlockIndentation | TabInIndentation | TabAtBlockScalarStart | TabInPlainScalar => (
            "tab-indentation",
            "a tab stands where lines are indented; YAML counts spaces there",
            "replace the tabs at the start of lines by spaces, two for each level",
        ),
        MappingValueNotAllowed => (
            "misplaced-colon",
            "this `:` makes a key of what stands before it, and no key can stand there",
            "a text with `: ` in it needs quotes; a key begins its line, in the column of its neighbours, and has a \
             space behind its `:`",
        ),
        SimpleKeyExpected | InvalidSimpleKey => (
            "key-without-colon",
            "a key stands here without a `:` behind it",
            "write `key: value`, with the space; keys are at most 4096 characters long",
        ),
        InvalidIndentation
        | ExpectedBlockMappingKey
        | ExpectedBlockSequenceEntry
        | BlockSequenceEntryNotAllowed
        | InvalidFlowScalarIndent => (
            "indentation",
            "this does not belong to what stands above it",
            "the parts of one mapping or list begin in the same column, and each is a `key: value` or a `- member`",
        ),
        _ => return None,
    };
    Some((code, message.into(), hint))
}

fn odd_character(character: char) -> Words {
    if character.is_control() {
        let message = format!("the control character U+{:04X} cannot stand in the file", character as u32);
        return (
            "control-character",
            message.into(),
            "remove it, or write it as an escape in double quotes: `\"\\u001b\"`",
        );
    }
    let message = format!("a text without quotes cannot begin with `{character}`");
    ("special-character", message.into(), "put the text in quotes")
}

/// Returns the words for a text that is nested too deeply.
pub(super) fn too_deep() -> Words {
    let limit = super::build::MAX_DEPTH;
    let message = format!("values are nested deeper than {limit} levels");
    ("too-deep", message.into(), "a graph needs fewer than ten levels")
}
