//! One group whose children wait on a wire that enters a phase.

use std::collections::BTreeMap;
use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::value::{Member, Value};

use super::collect;
use crate::credits::{GroupCount, Token, Window};
use crate::memory::Charge;
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};

/// What waits for an item.
#[derive(Clone)]
pub enum Waiting {
    /// A value in memory, counted as such.
    InMemory {
        /// The value.
        value: Value,
        /// What it is counted with.
        _charge: Arc<Charge>,
    },
    /// A value that has been put on disk.
    OnDisk(Member),
    /// No value.
    Marker(Marker),
    /// A whole group, whose members wait by themselves.
    Group(Arc<collect::Group>),
}

/// A child that waits.
pub enum Child {
    /// An item.
    Item {
        /// Which one.
        place: Arc<Place>,
        /// What waits for it.
        waiting: Waiting,
        /// The token that it should have given back, where a test breaks that rule.
        _token: Option<Arc<Token>>,
    },
    /// A group.
    Group,
}

/// A group whose children wait, or are being let out.
pub struct Group {
    /// The group.
    pub place: Arc<Place>,
    /// Whether its children may be let out: it has been let out itself.
    pub is_open: bool,
    /// The token that its children lie inside of.
    pub token: Option<Arc<Token>>,
    /// How many children it has, once that is known.
    pub end: Option<(u64, Option<Marker>)>,
    /// How many children are out: the index of the next.
    next: u64,
    count: Arc<GroupCount>,
    children: BTreeMap<u64, Child>,
    shared: Option<(Arc<Window>, Arc<GroupCount>)>,
}

impl Group {
    /// Makes a group whose children may be let out.
    pub fn open(place: Arc<Place>, token: Option<Arc<Token>>) -> Self {
        Self { is_open: true, token, ..Self::closed(place) }
    }

    /// Makes a group that waits itself.
    pub fn closed(place: Arc<Place>) -> Self {
        Self {
            place,
            is_open: false,
            token: None,
            end: None,
            next: 0,
            count: Arc::default(),
            children: BTreeMap::new(),
            shared: None,
        }
    }

    /// Takes a child in.
    pub fn put(&mut self, index: u64, child: Child) {
        self.children.insert(index, child);
    }

    /// Lets the group out, so that its children may follow.
    pub fn let_out(&mut self, token: Arc<Token>) {
        self.is_open = true;
        self.token = Some(token);
    }

    /// Returns whether all children are out.
    pub fn is_over(&self) -> bool {
        self.end.as_ref().is_some_and(|(count, _)| *count == self.next)
    }

    /// Returns whether the next child may be let out, or there is none.
    pub fn can_go_on(&self, broken: Broken) -> bool {
        let any_next = broken.is(Rule::ParkedOutOfOrder) && !self.children.is_empty();
        self.is_open && (any_next || self.is_over() || self.children.contains_key(&self.next))
    }

    /// Takes the next child out, with its place in the group.
    pub fn take_next(&mut self, broken: Broken) -> Option<(Child, u64)> {
        let (index, child) = match broken.is(Rule::ParkedOutOfOrder) {
            true => self.children.pop_last()?,
            false => self.children.remove_entry(&self.next)?,
        };
        self.next += 1;
        Some((child, index))
    }

    /// Returns the number of children that wait.
    pub fn parked(&self) -> usize {
        self.children.len()
    }

    /// Returns what the group waits for, in words.
    pub fn waits(&self) -> String {
        match &self.end {
            Some((count, _)) => format!("item {} of {count}", self.next),
            None => format!("item {} or its end", self.next),
        }
    }

    /// Returns the window of the children, and the count of those that are open.
    pub fn window<'a>(&'a self, own: &'a Arc<Window>) -> (&'a Arc<Window>, &'a Arc<GroupCount>) {
        self.shared.as_ref().map_or((own, &self.count), |(window, count)| (window, count))
    }

    /// Lets the children out under the window that a child came through, where a test breaks that rule.
    pub fn share(&mut self, child: &Token) {
        self.shared = Some(child.came_through());
    }
}
