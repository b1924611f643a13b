//! Gathers whole groups for the ports that collect. Members keep neither credit nor token of their own scope.

use std::collections::HashMap;
use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::plan::Step;
use windlass_core::value;

use super::join::{Arrival, Slot};
use crate::credits::{Permit, Token};
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};

/// A whole group as one port takes it.
pub struct Group {
    /// The members in key order.
    pub members: Vec<Member>,
    /// What the items were called, where the step pairs them.
    pub names: Vec<Arc<str>>,
    /// Why the group is not what it should be: its parent was skipped or failed, or its split broke off.
    pub cause: Option<Marker>,
}

/// A member of a group.
pub enum Member {
    /// With a value.
    Value(value::Member),
    /// Without one.
    Marker(Marker),
}

/// Gathers the groups of one port.
pub struct Collector {
    groups: HashMap<Key, Gathering>,
    /// Whether the step pairs the members, which go on under their names.
    pairs: bool,
    broken: Broken,
}

#[derive(Default)]
struct Gathering {
    members: Row<Member>,
    names: Row<Arc<str>>,
    end: Option<(u64, Option<Marker>)>,
    place: Option<Arc<Place>>,
    token: Option<Arc<Token>>,
    kept: Vec<(Option<Permit>, Option<Arc<Token>>)>,
}

/// What came of a group, by its place in it. Children are let out in order, so that there are few gaps, and all close.
struct Row<T> {
    places: Vec<Option<T>>,
    came: u64,
}

impl Collector {
    /// Makes a collector without groups.
    pub fn of(step: &Step, broken: Broken) -> Self {
        Self { groups: HashMap::new(), pairs: step.spec.is_pairing(), broken }
    }

    /// Takes the end of a group in; returns the group if it is whole now.
    pub fn end(
        &mut self,
        group: Arc<Place>,
        token: Option<Arc<Token>>,
        count: u64,
        cause: Option<Marker>,
    ) -> Option<Arrival> {
        let key = group.key().clone();
        let gathering = self.groups.entry(key.clone()).or_default();
        gathering.end = Some((count, cause));
        gathering.settle_in(&group, token, self.broken);
        self.whole(&key)
    }

    /// Takes a member in, with what stays of its token; returns the group if it is whole now.
    pub fn member(&mut self, item: &Arc<Place>, outer: Option<Arc<Token>>, member: Member) -> Option<Arrival> {
        let (group, index) = (item.parent()?.clone(), item.key().index()?);
        let key = group.key().clone();
        let gathering = self.groups.entry(key.clone()).or_default();
        gathering.members.put(index, member);
        if self.pairs {
            gathering.names.put(index, item.shared_name());
        }
        gathering.settle_in(&group, outer, self.broken);
        self.whole(&key)
    }

    /// Keeps what the collect should give back, where a test breaks that rule.
    pub fn keep_on_purpose(&mut self, item: &Place, credit: Option<Permit>, token: Option<Arc<Token>>) {
        let credit = credit.filter(|_| self.broken.is(Rule::CollectKeepsCredit));
        let token = token.filter(|_| self.keeps_tokens());
        if let Some(group) = item.parent().filter(|_| credit.is_some() || token.is_some()) {
            self.groups.entry(group.key().clone()).or_default().kept.push((credit, token));
        }
    }

    fn keeps_tokens(&self) -> bool {
        self.broken.is(Rule::CollectKeepsInnerTokens) || (self.pairs && self.broken.is(Rule::PairKeepsTokens))
    }

    /// Returns what is still awaited, in words.
    pub fn waits(&self, name: &str) -> Vec<String> {
        let words = self.groups.iter().map(|(group, gathering)| {
            let of = gathering.end.as_ref().map_or("an unknown number".to_owned(), |(count, _)| count.to_string());
            format!("`{name}` has {} of {of} members of group `{group}`", gathering.members.came)
        });
        let mut waits: Vec<_> = words.collect();
        waits.sort();
        waits
    }

    fn whole(&mut self, key: &Key) -> Option<Arrival> {
        let (count, _) = self.groups.get(key)?.end.as_ref()?;
        if self.groups.get(key)?.members.came != *count {
            return None;
        }
        let gathering = self.groups.remove(key)?;
        let cause = gathering.end.and_then(|(_, cause)| cause);
        let (members, names) = (gathering.members.in_order(), gathering.names.in_order());
        let group = Group { members, names, cause };
        let slot = Slot::Group(Arc::new(group));
        Some(Arrival { place: gathering.place?, token: gathering.token, slot, credit: None })
    }
}

impl Gathering {
    fn settle_in(&mut self, group: &Arc<Place>, outer: Option<Arc<Token>>, broken: Broken) {
        self.place.get_or_insert_with(|| group.clone());
        if !broken.is(Rule::CollectReturnsOuterTokens) {
            self.token = outer.or(self.token.take());
        }
    }
}

impl<T> Row<T> {
    fn put(&mut self, place: u64, it: T) {
        let Ok(place) = usize::try_from(place) else { return };
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        self.came += u64::from(self.places[place].replace(it).is_none());
    }

    fn in_order(self) -> Vec<T> {
        self.places.into_iter().flatten().collect()
    }
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self { places: Vec::new(), came: 0 }
    }
}
