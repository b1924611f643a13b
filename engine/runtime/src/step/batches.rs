//! Children that an ordered node gives on its way through a group: they go out under the window of the step, and the group
//! goes on once they are out, so that no more is held than the windows say.

use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::node::Child;
use windlass_core::value::Bag;

use super::Step;
use super::outbox::Leaving;
use super::split::Rest;
use crate::credits::Token;
use crate::sabotage::Rule;
use crate::worker::Retry;

impl Step {
    /// Takes the children in that an ordered node gave for an item, or for the end of a group. The token of the item is
    /// not theirs: it goes back.
    pub(super) fn gave_children(&mut self, item: &Leaving, children: Vec<Child>) {
        if self.ports.many.is_empty() {
            return;
        }
        let rest = if self.is_end(&item.place) { Rest::End } else { Rest::Later };
        let (place, token) = self.group_of(item);
        if self.groups.get_mut(place.key()).is_none() {
            let opens = Leaving { place: place.clone(), token, kept: None };
            self.groups.open(opens, 0, Retry::first(Bag::new()));
        }
        let keeps = self.shared.broken.is(Rule::BatchKeepsTokens);
        if let Some(group) = self.groups.get_mut(place.key()) {
            group.kept.extend(item.token.clone().filter(|_| keeps && children.is_empty()));
            if !children.is_empty() {
                group.kept.clear();
            }
            group.refill(children, rest);
        }
    }

    /// Returns whether children of a group wait to be let out. Until they are, no more of it is fed.
    pub(super) fn awaits_children(&self, group: &Key) -> bool {
        self.order.is_some() && self.groups.holds_children(group)
    }

    fn group_of(&self, item: &Leaving) -> (Arc<Place>, Option<Arc<Token>>) {
        match item.place.parent() {
            Some(group) if !self.is_end(&item.place) => {
                (group.clone(), item.token.as_ref().and_then(|token| token.parent()))
            }
            _ => (item.place.clone(), item.token.clone()),
        }
    }
}
