//! What runs once for all rows of a batch, and is handed out again under each: kept as it comes, outside of memory where
//! it is large, without the tokens of its own levels.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::plan::Replays;

use super::park::Parking;
use super::parked::Waiting;
use crate::credits::Token;
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};

/// What a wire has brought, by what lies around the rows.
pub struct Replaying {
    replays: Replays,
    stores: HashMap<Key, Store>,
    /// Rows that have been opened, also those that are closed again. A plan knows all of its rows too.
    opened: HashSet<Key>,
    /// What is over; ends that come late are no news.
    closed: HashSet<Key>,
    broken: Broken,
}

#[derive(Default)]
struct Store {
    entries: Vec<Entry>,
    /// The open rows.
    rows: Vec<Row>,
    _token: Option<Arc<Token>>,
}

struct Row {
    place: Arc<Place>,
    token: Option<Arc<Token>>,
}

#[derive(Clone)]
enum Entry {
    Item(Arc<Place>, Waiting),
    End(Arc<Place>, u64, Option<Marker>),
}

impl Replaying {
    /// Starts without anything.
    pub fn new(replays: Replays, broken: Broken) -> Self {
        let (opened, closed) = (HashSet::new(), HashSet::new());
        Self { replays, stores: HashMap::new(), opened, closed, broken }
    }

    /// Returns what stays of a token at `depth`.
    pub fn kept_of(&self, depth: usize, token: Option<Arc<Token>>) -> Option<Arc<Token>> {
        let at = if self.broken.is(Rule::ReplayKeepsTokens) { depth } else { self.replays.at };
        (at..depth).fold(token, |token, _| token?.parent())
    }

    /// Keeps an item for all rows, and hands it out under those that are open.
    pub fn item(&mut self, place: Arc<Place>, kept: Option<Arc<Token>>, waiting: Waiting, to: &mut Parking) {
        self.keep(Entry::Item(place, waiting), kept, to);
    }

    /// Keeps the end of a group for all rows, and hands it out under those that are open.
    pub fn end(
        &mut self,
        group: Arc<Place>,
        token: Option<Arc<Token>>,
        (count, cause): (u64, Option<Marker>),
        to: &mut Parking,
    ) {
        // The ends of groups around the rows come with the rows.
        if group.key().depth() < self.replays.at {
            return;
        }
        let kept = self.kept_of(group.key().depth(), token);
        self.keep(Entry::End(group, count, cause), kept, to);
    }

    /// Opens a row, if that is new: all that has come is handed out under it.
    pub fn open(&mut self, row: &Arc<Place>, token: Option<Arc<Token>>, to: &mut Parking) {
        let around = row.key().prefix(self.replays.at);
        if !self.opened.insert(row.key().clone()) || self.closed.contains(&around) {
            return;
        }
        let store = self.stores.entry(around).or_default();
        let row = Row { place: row.clone(), token };
        let forgets = self.broken.is(Rule::ReplayForgetsWhatCame);
        store.entries.iter().filter(|_| !forgets).for_each(|entry| entry.under(&row, self.replays.at, to));
        store.rows.push(row);
    }

    /// Lets go of a row that is over, or of all that is over.
    pub fn close(&mut self, group: &Key, to: &mut Parking) {
        if group.depth() == self.replays.at {
            self.stores.remove(group);
            self.closed.insert(group.clone());
        } else if group.depth() == self.replays.at + self.replays.levels {
            if let Some(store) = self.stores.get_mut(&group.prefix(self.replays.at)) {
                store.rows.retain(|row| row.place.key() != group);
            }
            to.forget(group);
        }
    }

    fn keep(&mut self, entry: Entry, kept: Option<Arc<Token>>, to: &mut Parking) {
        let around = entry.key().prefix(self.replays.at);
        if self.closed.contains(&around) {
            return;
        }
        let store = self.stores.entry(around).or_default();
        store._token = kept.or(store._token.take());
        store.rows.iter().for_each(|row| entry.under(row, self.replays.at, to));
        store.entries.push(entry);
    }
}

impl Entry {
    fn key(&self) -> &Key {
        match self {
            Self::Item(place, _) | Self::End(place, ..) => place.key(),
        }
    }

    /// Hands the entry out under a row.
    fn under(&self, row: &Row, at: usize, to: &mut Parking) {
        match self.clone() {
            Self::Item(place, waiting) => to.gathered(under(row, &place, at), row.token.clone(), waiting),
            Self::End(place, count, cause) => to.ended(&under(row, &place, at), row.token.clone(), (count, cause)),
        }
    }
}

/// Returns the place that an item has under a row.
fn under(row: &Row, place: &Arc<Place>, at: usize) -> Arc<Place> {
    match (place.parent(), place.key().index()) {
        (Some(around), Some(index)) if place.key().depth() > at => {
            under(row, around, at).child(index, Some(place.name()))
        }
        _ => row.place.clone(),
    }
}
