//! Where the items of a wire that enters a phase wait, without credit and without the tokens of the levels that it
//! gives back, and how they come out again: in key order, level by level, under windows of the wire's own.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use windlass_core::key::{Key, Place};

use super::parked::{Child, Group, Waiting};
use crate::credits::{Token, Window};
use crate::memory::Memory;
use crate::message::{Body, Marker};
use crate::sabotage::{Broken, Rule};

/// The items of one wire that wait.
pub struct Parking {
    /// Tokens of the first so many levels stay with what waits.
    kept: usize,
    /// The window of each further level.
    windows: Vec<Arc<Window>>,
    groups: HashMap<Key, Group>,
    /// Open groups that can go on: their next child is there, or nothing more is to come.
    ready: BTreeSet<Key>,
    broken: Broken,
}

/// What comes out.
pub enum Readmitted {
    /// An item.
    Item(Arc<Place>, Arc<Token>, Waiting),
    /// The end of a group whose children are all out.
    End(Arc<Place>, Option<Arc<Token>>, u64, Option<Marker>),
}

impl Parking {
    /// Makes room for items that keep the tokens of their first `kept` levels. Each further level has a window.
    pub fn new(kept: usize, windows: Vec<Arc<Window>>, broken: Broken) -> Self {
        Self { kept, windows, groups: HashMap::new(), ready: BTreeSet::new(), broken }
    }

    /// Returns what stays of a token at `depth`.
    pub fn kept_of(&self, depth: usize, token: Option<Arc<Token>>) -> Option<Arc<Token>> {
        let kept = if self.broken.is(Rule::ParkedReturnsOuterTokens) { 0 } else { self.kept };
        (kept..depth).fold(token, |token, _| token?.parent())
    }

    /// Returns whether the end of a group at `depth` waits for children that are parked.
    pub fn holds_end(&self, depth: usize) -> bool {
        depth >= self.kept
    }

    /// Parks an item, which keeps but the outer part of its token.
    pub fn item(&mut self, place: Arc<Place>, token: Option<Arc<Token>>, waiting: Waiting) {
        self.break_on_purpose(&place, token.as_ref());
        let kept = self.kept_of(place.key().depth(), token.clone());
        let spare = token.filter(|_| self.broken.is(Rule::ParkedKeepsInnerTokens));
        self.put_item(place, kept, waiting, spare);
    }

    /// Parks what a collect made of a group, with what it kept of the group's token.
    pub fn gathered(&mut self, place: Arc<Place>, kept: Option<Arc<Token>>, waiting: Waiting) {
        self.put_item(place, kept, waiting, None);
    }

    /// Parks the end of a group.
    pub fn end(&mut self, place: &Arc<Place>, token: Option<Arc<Token>>, body: Body) {
        let Body::End { count, cause } = body else { return };
        let kept = self.kept_of(place.key().depth(), token);
        self.ended(place, kept, (count, cause));
    }

    /// Parks the end of a group, with what is kept of its token.
    pub fn ended(&mut self, place: &Arc<Place>, kept: Option<Arc<Token>>, end: (u64, Option<Marker>)) {
        self.group(place, kept).end = Some(end);
        self.settle(place.key());
    }

    /// Lets go of all that waits inside of a group.
    pub fn forget(&mut self, group: &Key) {
        let is_inside = |key: &Key| key.depth() >= group.depth() && key.prefix(group.depth()) == *group;
        self.groups.retain(|key, _| !is_inside(key));
        self.ready.retain(|key| !is_inside(key));
    }

    /// Returns what comes out next, if anything may.
    pub fn next(&mut self, memory: &Memory) -> Option<Readmitted> {
        let next = self.admissible(memory);
        if next.is_some() || self.ready.is_empty() {
            return next;
        }
        let ready = self.ready.iter().filter_map(|key| Some(self.groups.get(key)?.window(self.window(key)).0));
        ready.for_each(|window| window.await_room());
        // A child may have been closed in between, without having seen that somebody waits.
        self.admissible(memory)
    }

    /// Returns whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns what the wire waits for, in words.
    pub fn waits(&self, name: &str) -> Vec<String> {
        let open = self.groups.iter().filter(|(_, group)| group.is_open);
        let words = open.map(|(key, group)| {
            let waits = if self.ready.contains(key) { "room in its window".into() } else { group.waits() };
            format!("group `{key}` of `{name}`, with {} parked, waits for {waits}", group.parked())
        });
        let mut waits: Vec<_> = words.collect();
        waits.sort();
        waits
    }

    fn put_item(&mut self, place: Arc<Place>, kept: Option<Arc<Token>>, waiting: Waiting, _token: Option<Arc<Token>>) {
        if let (Some(around), Some(index)) = (place.parent().cloned(), place.key().index()) {
            self.put(&around, kept, index, Child::Item { place, waiting, _token });
        }
    }

    fn put(&mut self, around: &Arc<Place>, kept: Option<Arc<Token>>, index: u64, child: Child) {
        self.group(around, kept).put(index, child);
        self.settle(around.key());
    }

    /// Returns a group, made with those around it if it is new. The outermost of them has the token that is kept.
    fn group(&mut self, place: &Arc<Place>, kept: Option<Arc<Token>>) -> &mut Group {
        let key = place.key();
        let is_outermost = key.depth() == self.kept;
        if !self.groups.contains_key(key)
            && !is_outermost
            && let (Some(around), Some(index)) = (place.parent(), key.index())
        {
            self.put(around, kept.clone(), index, Child::Group);
        }
        let made = || if is_outermost { Group::open(place.clone(), kept) } else { Group::closed(place.clone()) };
        self.groups.entry(key.clone()).or_insert_with(made)
    }

    fn admissible(&mut self, memory: &Memory) -> Option<Readmitted> {
        while let Some(key) = self.first_that_fits(memory) {
            let next = if self.groups.get(&key)?.is_over() { self.end_of(&key) } else { self.admit(&key) };
            if next.is_some() {
                return next;
            }
        }
        None
    }

    fn first_that_fits(&self, memory: &Memory) -> Option<Key> {
        let fits = |key: &&Key| {
            self.groups.get(*key).is_some_and(|group| {
                let (window, count) = group.window(self.window(key));
                let own_right = count.is_empty() && !self.broken.is(Rule::GroupWithoutChild);
                group.is_over() || own_right || (window.room() > 0 && !memory.is_spent())
            })
        };
        self.ready.iter().find(fits).cloned()
    }

    fn window(&self, group: &Key) -> &Arc<Window> {
        &self.windows[group.depth() - self.kept]
    }

    fn end_of(&mut self, key: &Key) -> Option<Readmitted> {
        self.ready.remove(key);
        let group = self.groups.remove(key)?;
        let (count, cause) = group.end?;
        Some(Readmitted::End(group.place, group.token, count, cause))
    }

    /// Lets the next child of a group out: an item, or a group whose own children may then be let out.
    fn admit(&mut self, key: &Key) -> Option<Readmitted> {
        let (window, broken) = (self.window(key).clone(), self.broken);
        let group = self.groups.get_mut(key)?;
        let (child, index) = group.take_next(broken)?;
        let (window, count) = group.window(&window);
        let token = window.open(count, group.token.clone());
        self.settle(key);
        match child {
            Child::Item { place, waiting, .. } => Some(Readmitted::Item(place, token, waiting)),
            Child::Group => {
                let inner = key.child(index);
                self.groups.get_mut(&inner)?.let_out(token);
                self.settle(&inner);
                None
            }
        }
    }

    /// Finds out whether a group can go on.
    fn settle(&mut self, key: &Key) {
        match self.groups.get(key).is_some_and(|group| group.can_go_on(self.broken)) {
            true => self.ready.insert(key.clone()),
            false => self.ready.remove(key),
        };
    }

    /// Lets the wire share the windows that its items came through, where a test breaks that rule.
    fn break_on_purpose(&mut self, place: &Arc<Place>, token: Option<&Arc<Token>>) {
        if !self.broken.is(Rule::ParkedSharesWindow) {
            return;
        }
        let (mut place, mut token) = (place.clone(), token.cloned());
        while let (Some(around), Some(held)) = (place.parent().cloned(), token)
            && around.key().depth() >= self.kept
        {
            let kept = self.kept_of(place.key().depth(), Some(held.clone()));
            self.group(&around, kept).share(&held);
            (place, token) = (around, held.parent());
        }
    }
}
