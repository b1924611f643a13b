//! Brings the inputs of each item together. What waits here holds its token and no credit.

use std::sync::Arc;

use smallvec::SmallVec;
use windlass_core::key::{Key, Place};
use windlass_core::node::NodeError;

use super::collect::Group;
use super::outbox::{Kept, Leaving};
use crate::chain::Computed;
use crate::credits::{Permit, Token};
use crate::keys::KeyMap;
use crate::memory::Parcel;
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};

/// What one input gives for one item.
#[derive(Clone)]
pub enum Slot {
    /// A value.
    Value(Parcel),
    /// Nothing, and why.
    Marker(Marker),
    /// A whole group.
    Group(Arc<Group>),
    /// A value that waited on disk and cannot be read back.
    Unreadable(NodeError),
}

/// What the inputs of an item give; most steps have one.
pub type Slots = SmallVec<[Slot; 1]>;

/// Items that are complete, mostly one.
pub type Complete = SmallVec<[Joined; 1]>;

/// One input of one item, as it arrives.
pub struct Arrival {
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// What it brings.
    pub slot: Slot,
    /// The room that it takes on its edge.
    pub credit: Option<Permit>,
}

/// An item whose inputs are all there.
pub struct Joined {
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// What each input gives, in order.
    pub slots: Slots,
    /// Room that is given back when the firing starts.
    pub credits: SmallVec<[Permit; 1]>,
}

impl Joined {
    /// Takes what the step before has made of it already.
    pub fn computed(&self) -> Option<Box<Computed>> {
        match self.slots.first() {
            Some(Slot::Value(parcel)) => parcel.handed.as_ref()?.take(),
            _ => None,
        }
    }

    /// Returns the item as it leaves without a call of the node's code.
    pub fn leaving(self, slot: Permit) -> Leaving {
        Leaving { place: self.place, token: self.token, kept: Kept::slot(slot) }
    }
}

/// Brings the inputs of each item together.
pub struct Join {
    depth: usize,
    /// Depth of each input, after collecting.
    depths: Vec<usize>,
    full: usize,
    pending: KeyMap<Key, Pending>,
    held: KeyMap<(usize, Key), Held>,
    blocked: KeyMap<(usize, Key), Vec<Key>>,
    broken: Broken,
}

struct Pending {
    place: Arc<Place>,
    token: Option<Arc<Token>>,
    slots: Vec<Option<Slot>>,
    missing: usize,
    credits: SmallVec<[Permit; 1]>,
}

struct Held {
    slot: Slot,
    _token: Option<Arc<Token>>,
}

impl Join {
    /// Makes a join of inputs at `depths` for items at `depth`.
    pub fn new(depth: usize, depths: Vec<usize>, broken: Broken) -> Self {
        let full = depths.iter().filter(|at| **at == depth).count();
        Self {
            depth,
            depths,
            full,
            pending: KeyMap::default(),
            held: KeyMap::default(),
            blocked: KeyMap::default(),
            broken,
        }
    }

    /// Returns whether values of an input are repeated to deeper items.
    pub fn repeats(&self, input: usize) -> bool {
        self.depths[input] < self.depth
    }

    /// Takes an input in; returns the items that are complete now.
    pub fn arrive(&mut self, input: usize, arrival: Arrival) -> Complete {
        if self.depths.len() == 1 {
            return SmallVec::from_buf([Self::alone(arrival)]);
        }
        if self.repeats(input) { self.hold(input, arrival) } else { self.park(input, arrival) }
    }

    /// Lets go what was repeated to the items of a closed group.
    pub fn release(&mut self, group: &Key) {
        let inputs = (0..self.depths.len()).filter(|input| self.depths[*input] == group.depth());
        for input in inputs {
            self.held.remove(&(input, group.clone()));
        }
    }

    /// Returns what is still awaited, in words.
    pub fn waits(&self, names: &[String]) -> Vec<String> {
        let missing = |pending: &Pending| {
            let open = pending.slots.iter().enumerate().filter(|(at, slot)| slot.is_none() && !self.repeats(*at));
            open.map(|(at, _)| names[at].as_str()).collect::<Vec<_>>().join("`, `")
        };
        let parked = self.pending.iter().filter(|(_, pending)| pending.missing > 0);
        let parked = parked.map(|(key, pending)| format!("item `{key}` waits for `{}`", missing(pending)));
        let blocked = self
            .blocked
            .iter()
            .map(|((input, key), items)| format!("{} items wait for `{}` of `{key}`", items.len(), names[*input]));
        let mut waits: Vec<_> = parked.chain(blocked).collect();
        waits.sort();
        waits
    }

    fn alone(arrival: Arrival) -> Joined {
        Joined {
            place: arrival.place,
            token: arrival.token,
            slots: SmallVec::from_buf([arrival.slot]),
            credits: arrival.credit.into_iter().collect(),
        }
    }

    fn hold(&mut self, input: usize, arrival: Arrival) -> Complete {
        let at = (input, arrival.place.key().clone());
        self.held.insert(at.clone(), Held { slot: arrival.slot, _token: arrival.token });
        let waiting = self.blocked.remove(&at).unwrap_or_default();
        waiting.into_iter().filter_map(|key| self.complete(key)).collect()
    }

    fn park(&mut self, input: usize, arrival: Arrival) -> Complete {
        let key = arrival.place.key().clone();
        let (inputs, full) = (self.depths.len(), self.full);
        let pending = self.pending.entry(key.clone()).or_insert_with(|| Pending {
            place: arrival.place,
            token: arrival.token,
            slots: vec![None; inputs],
            missing: full,
            credits: SmallVec::new(),
        });
        if self.broken.is(Rule::JoinKeepsCredit) {
            pending.credits.extend(arrival.credit);
        }
        pending.slots[input] = Some(arrival.slot);
        pending.missing -= 1;
        if pending.missing > 0 {
            return Complete::new();
        }
        self.complete(key).into_iter().collect()
    }

    /// Returns the item if all that is repeated to it is there; else it waits for the first that is not.
    fn complete(&mut self, key: Key) -> Option<Joined> {
        for input in (0..self.depths.len()).filter(|input| self.depths[*input] < self.depth) {
            let at = (input, key.prefix(self.depths[input]));
            if !self.held.contains_key(&at) {
                self.blocked.entry(at).or_default().push(key);
                return None;
            }
        }
        let pending = self.pending.remove(&key)?;
        let slots = pending.slots.into_iter().enumerate();
        let slots = slots.filter_map(|(input, slot)| slot.or_else(|| self.repeated(input, &key))).collect();
        Some(Joined { place: pending.place, token: pending.token, slots, credits: pending.credits })
    }

    fn repeated(&mut self, input: usize, key: &Key) -> Option<Slot> {
        let at = (input, key.prefix(self.depths[input]));
        if self.broken.is(Rule::JoinDropsRepeatedEarly) {
            return self.held.remove(&at).map(|held| held.slot);
        }
        self.held.get(&at).map(|held| held.slot.clone())
    }
}
