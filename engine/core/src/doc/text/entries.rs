//! The entries of one mapping of a text, and what to splice to add, remove, rename or replace one.

use serde_json::Value as Json;

use super::splice::Splice;
use crate::doc::tree::{Style, Tree};
use crate::doc::write::{Notation, Quotes, yaml_entry, yaml_literal, yaml_value};

/// A change that cannot be made at this place of the text without touching more.
#[derive(Debug)]
pub(super) struct Stuck;

/// The entries of a mapping of the text.
pub(super) struct Entries<'t> {
    text: &'t str,
    entries: &'t [(Tree<'t>, Tree<'t>)],
    style: Style,
    notation: Notation,
    /// Column of the keys, in bytes from the start of their line.
    indent: usize,
}

impl<'t> Entries<'t> {
    /// Takes a mapping apart; stuck where it is none, is empty, or stands elsewhere in the text.
    pub(super) fn of(text: &'t str, tree: &'t Tree<'t>, notation: Notation) -> Result<Self, Stuck> {
        let entries = tree.entries().filter(|entries| !entries.is_empty() && !tree.aliased).ok_or(Stuck)?;
        let start = entries[0].0.range().start;
        let indent = start - line_start(text, start);
        Ok(Self { text, entries, style: tree.style, notation, indent })
    }

    /// Returns whether the text has an entry.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Returns the value of an entry.
    pub(super) fn value(&self, name: &str) -> Result<&'t Tree<'t>, Stuck> {
        self.find(name).map(|at| &self.entries[at].1)
    }

    /// Gives an entry another name.
    pub(super) fn renaming(&self, name: &str, to: &str) -> Result<Splice, Stuck> {
        let key = &self.entries[self.find(name)?].0;
        if key.aliased {
            return Err(Stuck);
        }
        Ok(Splice { range: key.range(), text: self.notation.text(to, self.quotes(key)) })
    }

    /// Replaces the value of an entry.
    pub(super) fn replacement(&self, name: &str, value: &Json) -> Result<Splice, Stuck> {
        let (key, present) = &self.entries[self.find(name)?];
        let after_colon = self.after_colon(key, present);
        let start = self.start_of(present);
        let nothing_between =
            after_colon.is_some_and(|at| self.text.get(at..start).is_none_or(|it| it.trim().is_empty()));
        let text = self.value_text(name, present, value);
        match after_colon {
            Some(colon) if nothing_between => Ok(Splice { range: colon..self.end_of(key, present), text }),
            Some(_) if present.range().is_empty() => Err(Stuck),
            Some(_) => Ok(Splice { range: start..present.range().end, text: self.notation.line(value) }),
            None if present.range().is_empty() => {
                let end = key.range().end;
                Ok(Splice { range: end..end, text: format!(":{text}") })
            }
            None => Err(Stuck),
        }
    }

    /// Removes an entry.
    pub(super) fn removal(&self, name: &str) -> Result<Splice, Stuck> {
        let at = self.find(name)?;
        let range = match self.style {
            Style::Block => self.block_lines(at)?,
            _ => self.between_commas(at),
        };
        Ok(Splice { range, text: String::new() })
    }

    /// Adds an entry after another one; `None`, or a name that the text lacks, for before all others.
    pub(super) fn insertion(&self, after: Option<&str>, name: &str, value: &Json) -> Result<Splice, Stuck> {
        let after = after.and_then(|after| self.find(after).ok());
        if self.style == Style::Block {
            return self.block_insertion(after, name, value);
        }
        let line = match self.notation {
            Notation::Yaml => self.notation.entry(name, value),
            Notation::Json => self.json_entry(name, value),
        };
        let gap = if self.on_own_line(0) { format!("\n{}", " ".repeat(self.indent)) } else { " ".to_owned() };
        let (at, text) = match after {
            Some(after) => (self.end(after), format!(",{gap}{line}")),
            None => (self.entries[0].0.range().start, format!("{line},{gap}")),
        };
        Ok(Splice { range: at..at, text })
    }

    fn block_insertion(&self, after: Option<usize>, name: &str, value: &Json) -> Result<Splice, Stuck> {
        let entry = yaml_entry(name, value, self.indent);
        let Some(after) = after else {
            let first = self.entries[0].0.range().start;
            let at = line_start(self.text, first);
            return if self.on_own_line(0) { Ok(Splice { range: at..at, text: entry }) } else { Err(Stuck) };
        };
        let end = self.end(after);
        let at = next_line(self.text, end);
        let is_last_line = !self.text[..at].ends_with('\n');
        let text = if is_last_line { format!("\n{}", entry.trim_end_matches('\n')) } else { entry };
        // A second entry on the same line would be torn apart.
        if self.text[end..at].trim_start().is_empty() || self.text[end..at].trim_start().starts_with('#') {
            Ok(Splice { range: at..at, text })
        } else {
            Err(Stuck)
        }
    }

    fn json_entry(&self, name: &str, value: &Json) -> String {
        let name = self.notation.text(name, Quotes::Double);
        let value =
            if self.on_own_line(0) { self.notation.lines(value, self.indent) } else { self.notation.line(value) };
        format!("{name}: {value}")
    }

    fn find(&self, name: &str) -> Result<usize, Stuck> {
        self.entries.iter().position(|(key, _)| key.text() == Some(name)).ok_or(Stuck)
    }

    /// Returns whether nothing but space stands before a key on its line.
    fn on_own_line(&self, at: usize) -> bool {
        let start = self.entries[at].0.range().start;
        self.text[line_start(self.text, start)..start].trim().is_empty()
    }

    /// Returns where the text of an entry ends.
    fn end(&self, at: usize) -> usize {
        let (key, value) = &self.entries[at];
        self.end_of(key, value)
    }

    fn end_of(&self, key: &Tree<'_>, value: &Tree<'_>) -> usize {
        match self.after_colon(key, value) {
            Some(colon) if value.range().is_empty() => colon,
            _ => value.range().end.max(key.range().end),
        }
    }

    /// Returns where the text of a value begins, its `|` included.
    fn start_of(&self, value: &Tree<'_>) -> usize {
        let start = value.range().start;
        if value.style != Style::Lines {
            return start;
        }
        self.text[..start].rfind(['|', '>']).unwrap_or(start)
    }

    /// Returns the place behind the `:` of an entry.
    fn after_colon(&self, key: &Tree<'_>, value: &Tree<'_>) -> Option<usize> {
        let end = key.range().end;
        let rest = self.text[end..].trim_start();
        let colon = self.text.len() - rest.len();
        let is_before_value = value.range().is_empty() || colon < value.range().start;
        (rest.starts_with(':') && is_before_value).then_some(colon + 1)
    }

    /// Returns what stands after the `:`, in the style of what stood there.
    fn value_text(&self, name: &str, present: &Tree<'_>, value: &Json) -> String {
        match (self.notation, value) {
            (Notation::Json, value) => format!(" {}", self.json_value(present, value)),
            (Notation::Yaml, Json::String(text)) if present.style == Style::Lines && self.style == Style::Block => {
                yaml_literal(text, self.indent + 2).unwrap_or_else(|| format!(" {}", self.notation.line(value)))
            }
            (Notation::Yaml, Json::String(text)) if matches!(present.style, Style::Single | Style::Double) => {
                format!(" {}", self.notation.text(text, self.quotes(present)))
            }
            (Notation::Yaml, value) if self.style == Style::Block && !is_in_brackets(present) => {
                yaml_value(name, value, self.indent)
            }
            (Notation::Yaml, value) => format!(" {}", self.notation.line(value)),
        }
    }

    fn json_value(&self, present: &Tree<'_>, value: &Json) -> String {
        let is_on_lines = self.text[present.range()].contains('\n');
        if is_on_lines { self.notation.lines(value, self.indent) } else { self.notation.line(value) }
    }

    fn quotes(&self, present: &Tree<'_>) -> Quotes {
        match present.style {
            Style::Single => Quotes::Single,
            Style::Double => Quotes::Double,
            _ => Quotes::Fewest,
        }
    }

    /// Returns the lines of an entry of a block, with a blank line of which two would meet.
    fn block_lines(&self, at: usize) -> Result<std::ops::Range<usize>, Stuck> {
        if !self.on_own_line(at) {
            return Err(Stuck);
        }
        let start = line_start(self.text, self.entries[at].0.range().start);
        let end = next_line(self.text, self.end(at));
        let blank_before = start == 0 || self.text[..start].ends_with("\n\n");
        let blank_after = self.text[end..].starts_with('\n');
        Ok(start..if blank_before && blank_after { end + 1 } else { end })
    }

    /// Returns an entry in brackets with one of the commas around it.
    fn between_commas(&self, at: usize) -> std::ops::Range<usize> {
        let start = self.entries[at].0.range().start;
        match (self.entries.get(at + 1), at.checked_sub(1)) {
            (Some((next, _)), _) => start..next.range().start,
            (None, Some(last)) => self.end(last)..self.end(at),
            (None, None) => start..self.end(at),
        }
    }
}

/// Tells a collection that a person put on one line; an empty one could not stand otherwise.
fn is_in_brackets(tree: &Tree<'_>) -> bool {
    let is_empty = tree.entries().is_some_and(<[_]>::is_empty) || tree.members().is_some_and(<[_]>::is_empty);
    tree.style == Style::Flow && !is_empty
}

/// Returns where the line of a place begins.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// Returns where the line after that of a place begins, or the end of the text.
fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found + 1)
}
