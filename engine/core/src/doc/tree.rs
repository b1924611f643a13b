//! A located tree: what a YAML or JSON text says, with the place of each part, before anything is understood.

mod build;
mod keys;
mod scalar;
mod syntax;

use std::borrow::Cow;
use std::ops::Range;

pub(super) use build::build;
pub(super) use keys::check_keys;
pub(super) use scalar::Scalar;

/// A part of the text.
#[derive(Clone, Debug)]
pub(super) struct Tree<'a> {
    start: u32,
    end: u32,
    /// What it is.
    pub kind: Kind<'a>,
    /// How it is written.
    pub style: Style,
    /// Whether an alias stands in the text in place of it, so that nothing inside can be edited there.
    pub aliased: bool,
}

/// What a part of the text is.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// A scalar, after escapes.
    Scalar(Cow<'a, str>),
    /// A mapping, in the order of the text.
    Map(Vec<(Tree<'a>, Tree<'a>)>),
    /// A list.
    List(Vec<Tree<'a>>),
}

/// How a part of the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A scalar without quotes: numbers, flags and null are meant as such.
    Plain,
    /// A scalar in single quotes, or tagged as text.
    Single,
    /// A scalar in double quotes.
    Double,
    /// A scalar of several lines, after `|` or `>`.
    Lines,
    /// A collection in brackets.
    Flow,
    /// A collection by indentation.
    Block,
}

impl<'a> Tree<'a> {
    pub(super) fn new(kind: Kind<'a>, style: Style, range: Range<usize>) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(range.start), end: narrow(range.end), kind, style, aliased: false }
    }

    /// Returns the place in bytes; of a block, from its first to its last part.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the entries of a mapping.
    pub(super) fn entries(&self) -> Option<&[(Self, Self)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the members of a list.
    pub(super) fn members(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(members) => Some(members),
            _ => None,
        }
    }

    /// Returns what the scalar means; `None` for collections.
    pub(super) fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.kind {
            Kind::Scalar(text) if self.style == Style::Plain => Some(Scalar::of_plain(text)),
            Kind::Scalar(text) => Some(Scalar::Text(text)),
            _ => None,
        }
    }

    /// Returns the text of a scalar that is a text.
    pub(super) fn text(&self) -> Option<&str> {
        match self.scalar() {
            Some(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns whether nothing, or null, stands here.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// Returns the entry of that name.
    pub(super) fn entry(&self, name: &str) -> Option<&(Self, Self)> {
        self.entries()?.iter().find(|(key, _)| key.text() == Some(name))
    }

    /// Returns what it is, in words for people.
    pub(super) fn words(&self) -> &'static str {
        match (&self.kind, self.scalar()) {
            (Kind::Map(_), _) => "a mapping",
            (Kind::List(_), _) => "a list",
            (_, Some(Scalar::Null)) => "nothing",
            (_, Some(Scalar::Bool(_))) => "a flag",
            (_, Some(Scalar::Text(_))) | (_, None) => "a text",
            (_, Some(Scalar::Number(_) | Scalar::NotFinite | Scalar::TooLarge)) => "a number",
        }
    }
}
