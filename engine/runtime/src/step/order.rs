//! The reorder buffer of an ordered step: items are fed in key order, one at a time in each group, and the state of a
//! group is kept between them. What waits here holds its token and no credit; windows bound it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use windlass_core::doc::Incomplete;
use windlass_core::key::{Key, Place};
use windlass_core::node::{Change, ErasedNode, InOrder, NodeError, State};
use windlass_core::plan::{Plan, StepId};
use windlass_core::value::Bag;

use super::decide::{Decision, Fire};
use super::join::Joined;
use crate::credits::Token;
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};
use crate::user_code::guarded;

/// Why items are skipped of which no more are wanted.
const ENOUGH: &str = "enough was taken";

/// The groups of an ordered step.
pub struct Order {
    node: Arc<dyn ErasedNode>,
    /// Depth of the items; their groups lie one above.
    depth: usize,
    fires_at_end: bool,
    /// Whether the node is fed what follows items whose fate nobody knows.
    counts_open: bool,
    /// Whether the group may end where no more of it is wanted.
    may_cut: bool,
    incomplete: Incomplete,
    groups: HashMap<Key, Group>,
    /// The state of the last group, where a test breaks the rule that it begins anew.
    left_over: Option<State>,
    broken: Broken,
}

/// What is known of a group.
struct Group {
    /// `None` where the node's own code broke it.
    state: Option<State>,
    /// Index of the item whose turn is next.
    next: u64,
    /// Whether an item of the group, or its end, has been let go and has not left the step yet.
    is_busy: bool,
    waiting: BTreeMap<u64, Joined>,
    end: Option<End>,
    is_enough: bool,
    /// Items that were fed, and of those that could not be the failed ones.
    fed: u64,
    failed: u64,
    first_failure: Option<Marker>,
    /// The first item whose fate nobody knows; what follows it is open too, unless the node counts them.
    first_open: Option<Marker>,
    /// How many such items there were.
    opens: u64,
}

/// The end of a group.
struct End {
    place: Arc<Place>,
    token: Option<Arc<Token>>,
    count: u64,
    cause: Option<Marker>,
}

/// How an item left.
#[derive(Clone)]
pub enum Way {
    /// It was fed to the node.
    Fed,
    /// It had no value.
    Marker(Marker),
}

impl Order {
    /// Makes a buffer for an ordered step; others have none.
    pub fn of(plan: &Plan, id: StepId, broken: Broken) -> Option<Self> {
        let step = &plan.steps[id];
        step.spec.is_ordered().then(|| Self {
            node: step.node.clone(),
            depth: step.scope.len(),
            fires_at_end: step.spec.fires_at_end(),
            counts_open: step.spec.counts_open,
            may_cut: plan.may_cut(id) || broken.is(Rule::TakeAlwaysCuts),
            incomplete: step.policy.incomplete,
            groups: HashMap::new(),
            left_over: None,
            broken,
        })
    }

    /// Returns whether no group is open.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns whether a place is that of a group, and not of an item.
    pub fn is_end(&self, place: &Place) -> bool {
        place.key().depth() < self.depth
    }

    /// Takes an item in; returns the key of its group.
    pub fn put(&mut self, mut item: Joined) -> Key {
        let (key, broken) = (group_of(&item.place), self.broken);
        let index = item.place.key().index().unwrap_or_default();
        let group = self.open(&key);
        if !broken.is(Rule::OrderKeepsCredit) && (group.is_busy || group.next != index) {
            item.credits.clear();
        }
        group.waiting.insert(index, item);
        key
    }

    /// Takes the end of a group in; returns whether it is one of those that the step goes through.
    pub fn ended(
        &mut self,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        count: u64,
        cause: Option<&Marker>,
    ) -> bool {
        if place.key().depth() + 1 != self.depth {
            return false;
        }
        let end = End { place: place.clone(), token: token.cloned(), count, cause: cause.cloned() };
        self.open(place.key()).end = Some(end);
        true
    }

    /// Lets go what comes next in a group: an item, or the end where the node fires for that too.
    pub fn next(&mut self, key: &Key) -> Option<Joined> {
        let group = self.groups.get_mut(key).filter(|group| !group.is_busy)?;
        let in_turn = match self.broken.is(Rule::OrderIgnored) {
            true => group.waiting.keys().next_back().copied().unwrap_or_default(),
            false => group.next,
        };
        if let Some(item) = group.waiting.remove(&in_turn) {
            group.is_busy = true;
            return Some(item);
        }
        let end = group.end.as_ref().filter(|end| end.count == group.next)?;
        if !self.fires_at_end {
            self.close(key);
            return None;
        }
        group.is_busy = true;
        Some(Joined {
            place: end.place.clone(),
            token: end.token.clone(),
            slots: Default::default(),
            credits: Default::default(),
        })
    }

    /// Decides what becomes of an item whose turn it is, or of the end; `decide` looks at the item's inputs.
    pub fn decide(&self, place: &Place, decide: impl FnOnce() -> Decision) -> Decision {
        if self.is_end(place) {
            return self.groups.get(place.key()).map_or_else(decide, |group| self.decide_end(group));
        }
        let Some(group) = self.groups.get(&group_of(place)) else { return decide() };
        let decision = decide();
        let stays =
            matches!(&decision, Decision::Pass(Marker::Failure(_))) && self.broken.is(Rule::FailuresAfterEnough);
        let is_fed = self.counts_open || self.broken.is(Rule::OrderPassesOpen);
        let open = group.first_open.as_ref().filter(|_| !is_fed);
        match decision {
            _ if group.is_enough && !stays => Decision::Pass(Marker::Skip(ENOUGH.into())),
            Decision::Fire(_) if let Some(open) = open => Decision::Pass(open.clone()),
            Decision::Fire(_) if group.state.is_none() => Decision::Fail(lost()),
            decision => decision,
        }
    }

    /// A collect's rules hold for the end: failures make a group incomplete, and where they leave nothing, nothing comes.
    fn decide_end(&self, group: &Group) -> Decision {
        let cause = || group.end.as_ref().and_then(|end| end.cause.clone());
        if let Some(cause) = group.first_open.clone().or_else(cause) {
            return Decision::Pass(cause);
        }
        let incomplete = (group.failed > 0).then_some((group.fed, group.failed));
        if let Some((fed, failed)) = incomplete
            && self.incomplete == Incomplete::Fail
            && !self.broken.is(Rule::IncompleteIgnored)
        {
            return Decision::Fail(super::decide::incomplete_group(fed, failed));
        }
        match &group.first_failure {
            Some(failure) if group.fed == 0 => Decision::Pass(failure.clone()),
            _ if group.state.is_none() => Decision::Fail(lost()),
            _ => Decision::Fire(Box::new(Fire { bag: Bag::new(), handled: Vec::new(), incomplete })),
        }
    }

    /// Returns what the node is fed for an item or for the end.
    pub fn feed(&self, place: &Place) -> Option<InOrder> {
        if self.is_end(place) {
            return self.groups.get(place.key())?.state.clone().map(InOrder::End);
        }
        let group = self.groups.get(&group_of(place))?;
        let open_before = if self.broken.is(Rule::TakeForgetsOpen) { 0 } else { group.opens };
        Some(InOrder::Item { state: group.state.clone()?, open_before })
    }

    /// Returns why an item is open whose node says that it depends on earlier ones.
    pub fn open_before(&self, place: &Place) -> Option<Marker> {
        self.groups.get(&group_of(place))?.first_open.clone()
    }

    /// Takes note that no more of a group is wanted; the group ends there if it may.
    pub fn enough(&mut self, place: &Place, token: Option<&Arc<Token>>) {
        if let Some(group) = self.groups.get_mut(&group_of(place)) {
            group.is_enough = true;
        }
        if let Some(token) = token.filter(|_| self.may_cut) {
            token.cut_group();
        }
    }

    /// Changes the state of an item's group, after its firing has succeeded.
    pub fn change(&mut self, place: &Place, change: Option<Change>) {
        let Some(group) = self.groups.get_mut(&group_of(place)) else { return };
        let Some(change) = change else { return };
        if let Some(state) = group.state.take() {
            group.state = guarded(|| Ok(change.of_state(state))).ok();
        }
    }

    /// Takes note that an item, or the end, has left the step; returns the key of the group.
    pub fn left(&mut self, place: &Place, way: &Way) -> Key {
        if self.is_end(place) {
            self.close(place.key());
            return place.key().clone();
        }
        let key = group_of(place);
        if let Some(group) = self.groups.get_mut(&key) {
            group.is_busy = false;
            group.next += 1;
            group.count(way);
        }
        key
    }

    /// Returns what is still awaited, in words.
    pub fn waits(&self) -> Vec<String> {
        let waiting = self.groups.iter().filter(|(_, group)| !group.waiting.is_empty());
        let words = |(key, group): (&Key, &Group)| {
            format!("{} items of group `{key}` wait for item `{}`", group.waiting.len(), key.child(group.next))
        };
        let mut waits: Vec<_> = waiting.map(words).collect();
        waits.sort();
        waits
    }

    fn close(&mut self, key: &Key) {
        let group = self.groups.remove(key);
        if self.broken.is(Rule::StateOutlivesGroup) {
            self.left_over = group.and_then(|group| group.state);
        }
    }

    fn open(&mut self, key: &Key) -> &mut Group {
        let (node, left_over) = (&self.node, &self.left_over);
        self.groups.entry(key.clone()).or_insert_with(|| Group {
            state: left_over.clone().or_else(|| node.begin()),
            next: 0,
            is_busy: false,
            waiting: BTreeMap::new(),
            end: None,
            is_enough: false,
            fed: 0,
            failed: 0,
            first_failure: None,
            first_open: None,
            opens: 0,
        })
    }
}

impl Group {
    fn count(&mut self, way: &Way) {
        match way {
            Way::Fed => self.fed += 1,
            Way::Marker(marker @ Marker::Failure(_)) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| marker.clone());
            }
            Way::Marker(marker @ Marker::Open(_)) => {
                self.opens += 1;
                self.first_open.get_or_insert_with(|| marker.clone());
            }
            Way::Marker(Marker::Skip(_)) => {}
        }
    }
}

fn group_of(place: &Place) -> Key {
    place.key().parent().unwrap_or_default()
}

fn lost() -> NodeError {
    NodeError::new("the node broke what it knew of the group at an earlier item").permanent()
}
