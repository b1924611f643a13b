//! Problems as text for a terminal.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Problem, Severity, Span};

/// The longest part of a line that is shown, in bytes.
const MAX_LINE: usize = 160;
/// How much of a long line stands before the place.
const LEAD: usize = 60;

/// Returns a problem as text: what is wrong, `file:line:column`, the line with a caret, related places and a `hint:`
/// line; without a line break at the end. With `colour`, ANSI colours.
pub fn render(problem: &Problem, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(problem.message.as_str()).id(problem.code));
    let main = problem.span.iter().map(|span| (span, AnnotationKind::Primary, ""));
    let related = problem.related.iter().map(|(span, words)| (span, AnnotationKind::Context, words.as_str()));
    for (span, kind, words) in main.chain(related) {
        let (line, column) = span.line_column();
        let excerpt = excerpt(span);
        let label = (!words.is_empty()).then_some(words);
        let snippet = Snippet::source(excerpt.text).line_start(line).annotation(kind.span(excerpt.range).label(label));
        let name = shown(&span.source.name);
        // In a cut line the column cannot be counted by what is shown.
        group = match excerpt.cut {
            Cut::Nowhere => group.element(snippet.path(name)),
            Cut::Line => group.element(Origin::path(name).line(line).char_column(column)).element(snippet),
        };
    }
    let mut text = renderer.render(&[group]);
    if let Some(hint) = &problem.hint {
        let (on, off) = if colour { ("\u{1b}[1;36m", "\u{1b}[0m") } else { ("", "") };
        text.push_str(&format!("\n{on}hint:{off} {}", shown(hint)));
    }
    text
}

/// One line of a source, or the part of it that matters.
struct Excerpt {
    text: String,
    range: Range<usize>,
    cut: Cut,
}

/// Whether a line is shown whole.
enum Cut {
    Nowhere,
    Line,
}

/// Returns the line in which a place begins, cut where it is long, and the place in it.
fn excerpt(span: &Span) -> Excerpt {
    let text = span.source.text.as_str();
    let start = boundary(text, span.range.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
    let end = boundary(text, span.range.end).clamp(start, line_end);
    let (from, to) = if line_end - line_start <= MAX_LINE {
        (line_start, line_end)
    } else {
        let from = boundary(text, start.saturating_sub(LEAD).max(line_start));
        (from, boundary(text, (from + MAX_LINE).min(line_end)))
    };
    let mut part = shown(&text[from..to]);
    let mut range = start - from..end.min(to) - from;
    if from > line_start {
        part.insert(0, '…');
        range = range.start + '…'.len_utf8()..range.end + '…'.len_utf8();
    }
    if to < line_end {
        part.push('…');
    }
    let cut = if from > line_start { Cut::Line } else { Cut::Nowhere };
    Excerpt { text: part, range, cut }
}

/// Returns the nearest place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns a text without control characters, which could steer the terminal; its length in bytes stays.
fn shown(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_control() && c != '\t' { '?' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::problem::Source;

    fn at(text: &str, range: Range<usize>) -> Option<Span> {
        Some(Span { source: Arc::new(Source { name: "g.yaml".into(), text: text.into() }), range })
    }

    #[test]
    fn place_line_caret_and_hint_are_shown() {
        let text = "windlass: 1\nnodez: {}\n";
        let problem = Problem::error("unknown-key", "`nodez` is not a key of a graph").at(at(text, 12..17));
        let problem = problem.related(at(text, 0..8), "the graph begins here").hint("did you mean `nodes`?");
        let expected = "\
error[unknown-key]: `nodez` is not a key of a graph
 --> g.yaml:2:1
  |
2 | nodez: {}
  | ^^^^^
  |
 ::: g.yaml:1:1
  |
1 | windlass: 1
  | -------- the graph begins here
hint: did you mean `nodes`?";
        assert_eq!(render(&problem, false), expected);
        assert!(render(&problem, true).contains("\u{1b}[1;36mhint:"));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}é{}", "ä".repeat(500_000), "x".repeat(500_000));
        let shown = render(&Problem::error("x", "y").at(at(&text, 1_000_000..1_000_002)), false);
        assert!(shown.len() < 800 && shown.contains("g.yaml:1:500001"), "{shown}");
        assert!(shown.contains('é'), "{shown}");
    }

    #[test]
    fn every_place_of_odd_texts_is_shown() {
        for text in ["", "\n", "é", "a\r\nb", "a\tb\u{1b}[31m\u{0}c", "日本語: テキスト\n"] {
            for start in 0..text.len() + 3 {
                for end in start..text.len() + 3 {
                    let shown = render(&Problem::warning("x", "y").at(at(text, start..end)), false);
                    assert!(shown.contains("g.yaml:") && !shown.contains('\u{1b}'), "{shown}");
                }
            }
        }
    }

    #[test]
    fn a_problem_without_a_place_is_one_line() {
        assert_eq!(render(&Problem::error("x", "something is wrong"), false), "error[x]: something is wrong");
    }
}
