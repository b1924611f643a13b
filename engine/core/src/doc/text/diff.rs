//! What has to change in a text so that it says a changed document, and nothing else.

use serde_json::{Map, Value as Json};

use super::entries::{Entries, Stuck};
use super::in_order;
use super::splice::{self, Splice};
use crate::doc::tree::Tree;
use crate::doc::write::Notation;

/// Returns the text for new parts, touching only what differs; `None` where that is not possible.
pub(super) fn follow(text: &str, tree: &Tree<'_>, old: &Json, new: &Json, notation: Notation) -> Option<String> {
    let mut diff = Diff { text, notation, splices: Vec::new() };
    diff.map(tree, old.as_object()?, new.as_object()?).ok()?;
    splice::apply(text, diff.splices)
}

/// Returns the text for new parts, with whole sections written anew; `None` where that is not possible.
pub(super) fn replace(
    text: &str,
    tree: &Tree<'_>,
    sections: &[String],
    new: &Json,
    notation: Notation,
) -> Option<String> {
    let mut diff = Diff { text, notation, splices: Vec::new() };
    let new = new.as_object()?;
    let entries = Entries::of(text, tree, notation).ok()?;
    for section in sections {
        match (tree.entry(section).is_some(), new.get(section)) {
            (true, Some(value)) => diff.splices.push(entries.replacement(section, value).ok()?),
            (true, None) => diff.splices.push(entries.removal(section).ok()?),
            (false, Some(value)) => {
                diff.splices.push(entries.insertion(before(new, section, &entries), section, value).ok()?)
            }
            (false, None) => {}
        }
    }
    splice::apply(text, diff.splices)
}

struct Diff<'t> {
    text: &'t str,
    notation: Notation,
    splices: Vec<Splice>,
}

impl Diff<'_> {
    /// Brings a mapping of the text from old to new entries.
    fn map(&mut self, tree: &Tree<'_>, old: &Map<String, Json>, new: &Map<String, Json>) -> Result<(), Stuck> {
        let entries = Entries::of(self.text, tree, self.notation)?;
        let renamed = renamed(old, new);
        if !same_order(old, new) {
            return Err(Stuck);
        }
        for (name, was) in old {
            match (new.get(name), &renamed) {
                (Some(is), _) => self.entry(&entries, name, was, is)?,
                (None, Some((from, to))) if from == name => {
                    self.splices.push(entries.renaming(name, to)?);
                    self.entry(&entries, name, was, &new[to])?;
                }
                (None, _) => self.splices.push(entries.removal(name)?),
            }
        }
        let is_new = |name: &String| !old.contains_key(name) && renamed.as_ref().is_none_or(|(_, to)| to != name);
        for (name, value) in new.iter().filter(|(name, _)| is_new(name)) {
            // A key that stands there without a value was as good as absent.
            let splice = match entries.has(name) {
                true => entries.replacement(name, value)?,
                false => entries.insertion(before(new, name, &entries), name, value)?,
            };
            self.splices.push(splice);
        }
        Ok(())
    }

    /// Brings the value of an entry from old to new; where it cannot be done inside, the whole value is replaced.
    fn entry(&mut self, entries: &Entries<'_>, name: &str, old: &Json, new: &Json) -> Result<(), Stuck> {
        if old == new && in_order(old) == in_order(new) {
            return Ok(());
        }
        let tree = entries.value(name)?;
        let made = self.splices.len();
        let inside = match (old, new) {
            (Json::Object(old), Json::Object(new)) if !new.is_empty() => self.map(tree, old, new),
            _ => Err(Stuck),
        };
        if inside.is_err() {
            self.splices.truncate(made);
            self.splices.push(entries.replacement(name, new)?);
        }
        Ok(())
    }
}

/// Returns the nearest name before `name` that the text has; `None` if there is none.
fn before<'n>(new: &'n Map<String, Json>, name: &str, entries: &Entries<'_>) -> Option<&'n str> {
    let earlier = new.keys().take_while(|other| *other != name);
    earlier.filter(|other| entries.has(other)).last().map(String::as_str)
}

/// Returns old and new name of an entry that changed its name and kept its place.
fn renamed(old: &Map<String, Json>, new: &Map<String, Json>) -> Option<(String, String)> {
    let mut gone = old.keys().enumerate().filter(|(_, name)| !new.contains_key(*name));
    let mut come = new.keys().enumerate().filter(|(_, name)| !old.contains_key(*name));
    match (gone.next(), come.next(), gone.next(), come.next()) {
        (Some((was_at, from)), Some((is_at, to)), None, None) if was_at == is_at => Some((from.clone(), to.clone())),
        _ => None,
    }
}

/// Returns whether the names that stay keep their order.
fn same_order(old: &Map<String, Json>, new: &Map<String, Json>) -> bool {
    let stay_of_old = old.keys().filter(|name| new.contains_key(*name));
    let stay_of_new = new.keys().filter(|name| old.contains_key(*name));
    stay_of_old.eq(stay_of_new)
}
