//! An ordered step at work: what it is fed next, what it gives for an item, and what for the end of a group.

use std::sync::Arc;
use std::time::Duration;

use windlass_core::key::{Key, Place};
use windlass_core::plan::StepId;

use super::Step;
use super::decide::{Decision, decide};
use super::join::Joined;
use super::order::{Order, Way};
use super::outbox::{Leaving, Scope};
use crate::credits::Token;
use crate::message::Body;
use crate::worker::Gave;

impl Step {
    /// Makes an item ready, in an ordered step once its turn has come.
    pub(super) fn in_turn(&mut self, item: Joined) {
        match &mut self.order {
            None => self.ready.push_back(item),
            Some(order) => {
                let group = order.put(item);
                self.feed_next(&group);
            }
        }
    }

    /// Lets an ordered step have what comes next in a group.
    pub(super) fn feed_next(&mut self, group: &Key) {
        if self.awaits_children(group) {
            return;
        }
        let Some(item) = self.order.as_mut().and_then(|order| order.next(group)) else { return };
        if self.is_end(&item.place) {
            self.say_admitted(&item.place);
        }
        self.ready.push_back(item);
    }

    /// Decides what becomes of an item that is ready.
    pub(super) fn decide(&self, item: &Joined) -> Decision {
        let plain = || decide(&self.shared.plan, self.plan(), &item.slots, self.shared.broken);
        match &self.order {
            Some(order) => order.decide(&item.place, plain),
            None => plain(),
        }
    }

    /// Takes the end of a group in that an ordered step goes through.
    pub(super) fn order_ended(&mut self, group: &Arc<Place>, token: Option<&Arc<Token>>, body: &Body) {
        let Body::End { count, cause } = body else { return };
        let Some(order) = &mut self.order else { return };
        if order.ended(group, token, *count, cause.as_ref()) {
            self.feed_next(group.key());
        }
    }

    /// Sends what an ordered node gave for an item, or for the end of a group.
    pub(super) fn gave_in_order(&mut self, item: &Leaving, gave: Gave, took: Duration) {
        let Gave { mut emission, children, .. } = gave;
        let mut open = None;
        if let Some(order) = &mut self.order {
            order.change(&item.place, emission.change.take());
            if emission.enough {
                order.enough(&item.place, item.token.as_ref());
            }
            open = order.open_before(&item.place).filter(|_| emission.is_open);
        }
        if let Some(marker) = open {
            self.hand_open_on(item, &marker);
            return self.left_in_order(&item.place, &Way::Fed);
        }
        let fate = self.send_outcomes(item, &mut emission.ports);
        self.gave_children(item, children);
        self.send_no_error(item);
        // Where children went out, the group is done with the last of them.
        if !self.opens_group(&item.place) {
            self.say_done(&item.place, fate, Some(took));
        }
        self.left_in_order(&item.place, &Way::Fed);
    }

    /// Lets the next item of a group have its turn after one has left.
    pub(super) fn left_in_order(&mut self, place: &Place, way: &Way) {
        let Some(order) = &mut self.order else { return };
        let group = order.left(place, way);
        self.feed_next(&group);
    }

    /// Returns the ports that an item, or the end of a group, gives something on.
    pub(super) fn ports_of(&self, place: &Place) -> Arc<[Arc<str>]> {
        if self.is_end(place) { self.ports.at_end.clone() } else { self.ports.plain.clone() }
    }

    /// Returns whether an item has a group of its own, whose end must be sent whatever becomes of it.
    pub(super) fn opens_group(&self, place: &Place) -> bool {
        match &self.order {
            None => self.plan().spec.is_split(),
            Some(order) => order.is_end(place) && !self.ports.many.is_empty(),
        }
    }

    /// Returns whether failures at a place go out on the port `error`: it lies in the scope of the items, and not in that
    /// of children, or of whole groups.
    pub(super) fn hands_errors_out(&self, step: StepId, place: &Place) -> bool {
        let step = &self.shared.plan.steps[step];
        step.error_wired && place.key().depth() == step.scope.len()
    }

    /// Returns the edges that the end of a group around the step's items travels on.
    pub(super) fn end_scope(&self, group: &Place) -> Scope {
        let is_innermost = group.key().depth() + 1 == self.plan().scope.len();
        if self.order.is_some() && is_innermost { Scope::Items } else { Scope::Outer }
    }

    pub(super) fn is_end(&self, place: &Place) -> bool {
        self.order.as_ref().is_some_and(|order: &Order| order.is_end(place))
    }
}
