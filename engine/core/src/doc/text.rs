//! A graph file that is edited: its text follows the document, and what a person wrote around it stays.

mod diff;
mod entries;
mod splice;

use std::path::Path;

use serde_json::Value as Json;

use super::edit::{self, Edit, EditError};
use super::read::{Read, read};
use super::tree::build;
use super::write::{Notation, parts};
use super::{GraphDoc, write_new};
use crate::problem::Severity;

/// A graph file and the document that it says; the two always agree.
#[derive(Clone, Debug)]
pub struct GraphText {
    name: String,
    text: String,
    doc: GraphDoc,
    notation: Notation,
    /// How many errors the text has. With any, the document lacks a part, and the text must not be written anew.
    errors: usize,
    /// Whether the text is of an older format, so that it can only be written anew.
    is_old: bool,
}

/// What came of an edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The edit that takes it back.
    pub inverse: Edit,
    /// What was kept of the text.
    pub kept: Kept,
}

/// What was kept of a text that follows its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Everything but what the edit touches.
    Everything,
    /// Everything outside of these sections, which were written anew, without their comments.
    AllBut(Vec<String>),
    /// Nothing: the file was written anew, without its comments.
    Nothing,
}

/// Why a text cannot follow an edit; text and document are as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The edit does not fit the document.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The file has problems, and writing it would lose the parts that could not be read.
    #[error("the file has problems, and writing this edit would lose what could not be read")]
    HasProblems,
    /// The document cannot be said in the format.
    #[error("the changed graph cannot be written: {0}")]
    Unwritable(String),
}

impl GraphText {
    /// Takes up the text of a graph file; `Err` has the findings where no document can be made of it.
    ///
    /// # Errors
    /// Gives back what the reader found.
    pub fn open(name: &str, bytes: &[u8], path: Option<&Path>) -> Result<(Self, Read), Box<Read>> {
        let read = read(name, bytes, path);
        let Some(doc) = read.doc.clone() else { return Err(Box::new(read)) };
        let text = read.source.text.clone();
        let notation = notation(&text, path);
        let (errors, is_old) = (errors(&read), read.migrated_from.is_some());
        Ok((Self { name: name.to_owned(), text, doc, notation, errors, is_old }, read))
    }

    /// Begins a file for a document that has none yet.
    ///
    /// # Errors
    /// Refuses a document that the format cannot say.
    pub fn of_new(name: &str, doc: &GraphDoc) -> Result<Self, WriteError> {
        let text = write_new(doc);
        let read = read(name, text.as_bytes(), doc.path.as_deref());
        let new = same(&read, doc, 0).map_err(WriteError::Unwritable)?;
        let (name, notation) = (name.to_owned(), Notation::Yaml);
        Ok(Self { name, text, doc: new, notation, errors: 0, is_old: false })
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the document; its places point into the text.
    pub fn doc(&self) -> &GraphDoc {
        &self.doc
    }

    /// Makes an edit; the text follows. What is written is read back and compared before it is taken.
    ///
    /// # Errors
    /// Refuses an edit that does not fit, or that the text cannot follow; nothing is changed then.
    pub fn apply(&mut self, edit: &Edit) -> Result<Applied, WriteError> {
        let mut doc = self.doc.clone();
        let inverse = edit::apply(&mut doc, edit)?;
        Ok(Applied { inverse, kept: self.take_up(&doc)? })
    }

    /// Lets the text say another document, however many edits lie between them; it is touched as little as possible.
    ///
    /// # Errors
    /// Refuses a document that the text cannot follow; nothing is changed then.
    pub fn take_up(&mut self, doc: &GraphDoc) -> Result<Kept, WriteError> {
        let (old, new) = (parts(&self.doc), parts(doc));
        if in_order(&old) == in_order(&new) {
            return Ok(Kept::Everything);
        }
        let (text, doc, kept) = self.follow(doc, &old, &new)?;
        (self.text, self.doc) = (text, doc);
        self.is_old &= kept != Kept::Nothing;
        Ok(kept)
    }

    /// Returns the text for a changed document, touching as little as possible.
    fn follow(&self, doc: &GraphDoc, old: &Json, new: &Json) -> Result<(String, GraphDoc, Kept), WriteError> {
        let changed = changed_sections(old, new);
        let ways = [Kept::Everything, Kept::AllBut(changed), Kept::Nothing];
        let mut why = String::new();
        for kept in ways.into_iter().filter(|kept| *kept == Kept::Nothing || !self.is_old) {
            if kept != Kept::Everything && self.errors > 0 {
                return Err(WriteError::HasProblems);
            }
            let Some(text) = self.written(old, new, &kept) else { continue };
            match same(&read(&self.name, text.as_bytes(), doc.path.as_deref()), doc, self.errors) {
                Ok(doc) => return Ok((text, doc, kept)),
                Err(cause) => why = cause,
            }
        }
        Err(WriteError::Unwritable(why))
    }

    /// Returns the text for changed parts; `None` where it cannot be written in that way.
    fn written(&self, old: &Json, new: &Json, kept: &Kept) -> Option<String> {
        let source = std::sync::Arc::new(crate::problem::Source { name: String::new(), text: self.text.clone() });
        let tree = || build(&source).ok().flatten();
        match kept {
            Kept::Everything => diff::follow(&self.text, &tree()?, old, new, self.notation),
            Kept::AllBut(sections) => diff::replace(&self.text, &tree()?, sections, new, self.notation),
            Kept::Nothing => Some(self.notation.whole(new)),
        }
    }
}

/// Returns the document that was read back if it is the one that was meant, and no error has come to the text.
fn same(read: &Read, meant: &GraphDoc, known_errors: usize) -> Result<GraphDoc, String> {
    let is_meant = |doc: &&GraphDoc| **doc == *meant && in_order(&parts(doc)) == in_order(&parts(meant));
    if let Some(doc) = read.doc.as_ref().filter(|_| errors(read) <= known_errors).filter(is_meant) {
        return Ok(doc.clone());
    }
    let first = read.problems.iter().find(|problem| problem.severity == Severity::Error);
    Err(first.map_or_else(|| "read back, it is another graph".to_owned(), |problem| problem.message.clone()))
}

fn errors(read: &Read) -> usize {
    read.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
}

/// Returns data as text, in which the order of names counts.
fn in_order(parts: &Json) -> String {
    parts.to_string()
}

fn changed_sections(old: &Json, new: &Json) -> Vec<String> {
    let names = |parts: &Json| parts.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all = names(old);
    all.extend(names(new).into_iter().filter(|name| old.get(name).is_none()));
    all.retain(|name| old.get(name).map(in_order) != new.get(name).map(in_order));
    all
}

fn notation(text: &str, path: Option<&Path>) -> Notation {
    let is_json_file = path.is_some_and(|path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case("json")));
    let is_json = text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_json_file || is_json { Notation::Json } else { Notation::Yaml }
}
