//! What every part of the reader has at hand: the source, the findings so far, and mappings taken apart.

use std::ops::Range;
use std::sync::Arc;

use crate::doc::tree::Tree;
use crate::problem::{Problem, Source, Span, nearest};

/// How many findings are listed for one file.
const MAX_PROBLEMS: usize = 200;

/// The source and the findings so far.
pub(in crate::doc) struct Cx {
    source: Arc<Source>,
    problems: Vec<Problem>,
    unlisted: usize,
}

/// The entries of a mapping with known keys.
#[derive(Clone, Copy)]
pub(super) struct Fields<'t, 'a> {
    entries: &'t [(Tree<'a>, Tree<'a>)],
}

impl<'t, 'a> Fields<'t, 'a> {
    /// Returns the value of a key, null included.
    pub(super) fn any(&self, name: &str) -> Option<&'t Tree<'a>> {
        self.entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value)
    }

    /// Returns the value of a key; null is as good as nothing.
    pub(super) fn get(&self, name: &str) -> Option<&'t Tree<'a>> {
        self.any(name).filter(|value| !value.is_null())
    }
}

impl Cx {
    pub(super) fn new(source: Arc<Source>) -> Self {
        Self { source, problems: Vec::new(), unlisted: 0 }
    }

    /// Adds a finding; one that was made before (an alias repeats its anchor) is dropped.
    pub(in crate::doc) fn report(&mut self, problem: Problem) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.unlisted += 1;
        } else if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Returns the findings in the order of the text.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.range.start));
        if let (1.., Some(last)) = (self.unlisted, self.problems.last()) {
            let message = format!("{} more problems are not listed", self.unlisted);
            let more = Problem::error("too-many-problems", message).at(last.span.clone());
            self.problems.push(more.hint("put right what is listed above first"));
        }
        self.problems
    }

    /// Returns the place of a part of the text.
    pub(in crate::doc) fn span(&self, tree: &Tree<'_>) -> Option<Span> {
        self.span_at(tree.range())
    }

    /// Returns a place in the text.
    pub(in crate::doc) fn span_at(&self, range: Range<usize>) -> Option<Span> {
        Some(Span { source: self.source.clone(), range })
    }

    /// Reports that something else was expected.
    pub(in crate::doc) fn wrong_kind(&mut self, tree: &Tree<'_>, what: &str, wanted: &str) {
        let message = format!("{what} must be {wanted}, and this is {}", tree.words());
        let problem = Problem::error("wrong-kind", message).at(self.span(tree));
        let written = &self.source.text[tree.range()];
        let is_short_scalar = tree.scalar().is_some() && written.len() <= 40 && !written.contains(['"', '\n']);
        let hint = match wanted {
            "a text" if tree.is_null() => "write the text after the `:`".to_owned(),
            "a text" if is_short_scalar => format!("a text that looks otherwise needs quotes: `\"{written}\"`"),
            _ => format!("write {wanted}"),
        };
        self.report(problem.hint(hint));
    }

    /// Takes a mapping with known keys apart and reports the unknown ones. `what` it is: `a graph`.
    pub(super) fn fields<'t, 'a>(&mut self, tree: &'t Tree<'a>, what: &str, known: &[&str]) -> Fields<'t, 'a> {
        let Some(entries) = tree.entries() else {
            if !tree.is_null() {
                self.wrong_kind(tree, what, "a mapping");
            }
            return Fields { entries: &[] };
        };
        for (key, _) in entries {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name) {
                self.unknown_key(key, name, what, known);
            }
        }
        Fields { entries }
    }

    /// Takes a mapping with free keys apart.
    pub(super) fn free<'t, 'a>(&mut self, tree: Option<&'t Tree<'a>>, what: &str) -> &'t [(Tree<'a>, Tree<'a>)] {
        let Some(tree) = tree else { return &[] };
        let entries = tree.entries();
        if entries.is_none() {
            self.wrong_kind(tree, what, "a mapping");
        }
        entries.unwrap_or_default()
    }

    /// Returns the members of a list.
    pub(super) fn list<'t, 'a>(&mut self, tree: Option<&'t Tree<'a>>, what: &str) -> &'t [Tree<'a>] {
        let Some(tree) = tree else { return &[] };
        let members = tree.members();
        if members.is_none() {
            self.wrong_kind(tree, what, "a list");
        }
        members.unwrap_or_default()
    }

    fn unknown_key(&mut self, key: &Tree<'_>, name: &str, what: &str, known: &[&str]) {
        let shown: String = name.chars().take(80).collect();
        let problem = Problem::error("unknown-key", format!("`{shown}` is not a key of {what}"));
        let near = nearest(&shown, known.iter().copied());
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if what == super::node::WHAT && super::policy::KEYS.contains(&name) => {
                format!("write `{shown}` under `policy`")
            }
            None => format!("the keys of {what} are {}", known.join(", ")),
        };
        self.report(problem.at(self.span(key)).hint(hint));
    }

    /// Reports a key that must be there.
    pub(super) fn missing_key(&mut self, owner: &Tree<'_>, what: &str, key: &str, hint: &str) {
        let problem = Problem::error("missing-key", format!("{what} has no `{key}`"));
        self.report(problem.at(self.span(owner)).hint(hint));
    }
}
