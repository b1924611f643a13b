//! Located, explained findings about a graph: a red node in the window, a line with a caret in the terminal.

mod json;
mod render;

use std::ops::Range;
use std::sync::Arc;

pub use json::to_json;
pub use render::render;

/// A text that problems point into.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What to call it: the path as the caller wrote it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a [`Source`], in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub source: Arc<Source>,
    /// Bytes from the start of the text; may be empty.
    pub range: Range<usize>,
}

impl Span {
    /// Returns line and column of the start, both counted from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = &self.source.text;
        let mut start = self.range.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.bytes().filter(|byte| *byte == b'\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Something that stands at a place.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// What stands there.
    pub value: T,
    /// The place; `None` where it was made by the program.
    pub span: Option<Span>,
}

impl<T> Spanned<T> {
    /// Wraps something that was made by the program.
    pub fn made(value: T) -> Self {
        Self { value, span: None }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the graph runs.
    Warning,
    /// The graph cannot run.
    Error,
}

/// A located, explained finding about a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Short stable name of the kind of finding, `unknown-kind`.
    pub code: &'static str,
    /// One sentence: lower case, no full stop, names in backticks.
    pub message: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// The node that it is about, as `outer/inner`.
    pub node: Option<String>,
    /// Other places that belong to it, each with a few words.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// Returns an error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span: None,
            node: None,
            related: Vec::new(),
            hint: None,
        }
    }

    /// Returns a warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Says where it stands.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Says which node it is about.
    #[must_use]
    pub fn node(mut self, node: impl Into<String>) -> Self {
        self.node = Some(node.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Option<Span>, words: impl Into<String>) -> Self {
        self.related.extend(span.map(|span| (span, words.into())));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what else can be done.
    #[must_use]
    pub fn also_hint(mut self, hint: &str) -> Self {
        self.hint = Some(self.hint.map_or_else(|| hint.to_owned(), |first| format!("{first}, {hint}")));
        self
    }

    /// Says what to do, where something is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

/// Returns the known name that is nearest to a misspelt one, if any is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3;
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let ranked = known.into_iter().map(|known| (distance(known), known));
    ranked.filter(|(distance, _)| *distance <= limit).min().map(|(_, known)| known)
}
