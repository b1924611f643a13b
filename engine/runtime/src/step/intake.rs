//! What comes on a step's inputs: gathered where a port collects, parked where a wire enters a phase, then joined.

use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::value;

use super::collect::Member;
use super::join::{Arrival, Complete, Slot};
use super::{Step, ToStep};
use crate::credits::{Permit, Token};
use crate::memory::Parcel;
use crate::message::{Body, Message};
use crate::sabotage::Rule;

impl Step {
    /// Takes in what came together.
    pub(super) fn deliver_all(&mut self, input: usize, mut messages: Vec<Message>) {
        if messages.len() > 1 && self.shared.broken.is(Rule::TogetherWithoutCredits) {
            messages.iter_mut().for_each(|message| std::mem::forget(message.credit.take()));
        }
        messages.into_iter().for_each(|message| self.deliver(input, message));
    }

    pub(super) fn deliver(&mut self, input: usize, message: Message) {
        if matches!(message.body, Body::End { .. }) && !self.closes_collected_group(input, &message) {
            return self.group_end(input, message);
        }
        let arrival = if self.collectors[input].is_some() { self.collect(input, message) } else { plain(message) };
        self.arrived(input, arrival);
    }

    /// Puts what an input gives aside, where the wire enters a phase, or brings it together with the other inputs.
    fn arrived(&mut self, input: usize, arrival: Option<Arrival>) {
        match arrival {
            Some(arrival) if self.parking[input].is_some() => self.park(input, arrival),
            Some(arrival) => self.join_in(input, arrival),
            None => {}
        }
    }

    /// Brings what an input gives for an item, or for a whole group, together with the other inputs.
    pub(super) fn join_in(&mut self, input: usize, arrival: Arrival) {
        self.tell_row(input, &arrival.place, arrival.token.as_ref());
        let group = self.join.repeats(input).then(|| arrival.place.key().clone());
        let joined = self.join.arrive(input, arrival);
        self.joined(joined);
        if let Some(group) = group {
            let closed = self.tracker.repeated(&group);
            self.closed(&closed);
        }
    }

    /// Takes in items whose inputs are all there.
    pub(super) fn joined(&mut self, items: Complete) {
        for item in items {
            let key = item.place.key().clone();
            self.say_admitted(&item.place);
            self.in_turn(item);
            let closed = self.tracker.joined(&key);
            self.closed(&closed);
        }
    }

    /// Takes a member or the end of a group in. A value that finds no room in memory is put on disk outside of the
    /// handler, and comes back as [`ToStep::Kept`]; its credit and token wait with it, for the disk alone.
    fn collect(&mut self, input: usize, message: Message) -> Option<Arrival> {
        let Message { place, token, body, credit } = message;
        let member = match body {
            Body::End { count, cause } => {
                let kept = self.kept_of(input, place.key().depth(), token);
                return self.collectors[input].as_mut()?.end(place, kept, count, cause);
            }
            Body::Marker(marker) => Member::Marker(marker),
            Body::Value(parcel) => match self.shared.keeper.in_memory(&parcel.value) {
                Some(member) => Member::Value(member),
                None => {
                    let message = Message { place, token, body: Body::Value(parcel.clone()), credit };
                    self.put_on_disk(input, message, parcel);
                    return None;
                }
            },
        };
        self.gather(input, &place, token, credit, member)
    }

    /// Takes a member in that waits in memory or on disk. Neither its credit nor its own token stays.
    fn gather(
        &mut self,
        input: usize,
        place: &Arc<Place>,
        token: Option<Arc<Token>>,
        credit: Option<Permit>,
        member: Member,
    ) -> Option<Arrival> {
        let outer = token.as_ref().and_then(|token| token.parent());
        let kept = self.kept_of(input, place.key().depth().saturating_sub(1), outer);
        let collector = self.collectors[input].as_mut()?;
        collector.keep_on_purpose(place, credit, token);
        collector.member(place, kept, member)
    }

    /// Returns what stays of a token at `depth` on an input.
    pub(super) fn kept_of(&self, input: usize, depth: usize, token: Option<Arc<Token>>) -> Option<Arc<Token>> {
        match (self.rows.replaying(input), &self.parking[input]) {
            (Some(replaying), _) => replaying.kept_of(depth, token),
            (None, Some(parking)) => parking.kept_of(depth, token),
            (None, None) => token,
        }
    }

    pub(super) fn put_on_disk(&self, input: usize, message: Message, parcel: Parcel) {
        let (shared, me, busy) = (self.shared.clone(), self.me.clone(), self.shared.activity.begin());
        self.shared.pool.run(&self.shared.pool.ticket(0), move || {
            let member = shared.keeper.on_disk(parcel.value);
            me.tell(ToStep::Kept { input, message, member });
            drop(busy);
            None
        });
    }

    pub(super) fn kept(&mut self, input: usize, message: Message, member: value::Member) {
        if self.collectors[input].is_none() {
            return self.parked_on_disk(input, message, member);
        }
        let Message { place, token, credit, .. } = message;
        let arrival = self.gather(input, &place, token, credit, Member::Value(member));
        self.arrived(input, arrival);
    }

    fn closes_collected_group(&self, input: usize, end: &Message) -> bool {
        let wire = &self.first().inputs[input];
        wire.collect && end.place.key().depth() + 1 == wire.depth_before()
    }

    /// Takes the end of a group around the step's items in.
    fn group_end(&mut self, input: usize, message: Message) {
        let Message { place, token, body, .. } = message;
        if self.rows.replaying(input).is_some() {
            return self.keep_end_for_rows(input, place, token, body);
        }
        match &mut self.parking[input] {
            Some(parking) if parking.holds_end(place.key().depth()) => parking.end(&place, token, body),
            _ => self.outer_end(input, &place, token.as_ref(), &body),
        }
    }

    /// Hands the end of a group around the step's items on, once.
    pub(super) fn outer_end(&mut self, input: usize, group: &Arc<Place>, token: Option<&Arc<Token>>, body: &Body) {
        let Body::End { count, .. } = body else { return };
        self.tell_row(input, group, token);
        let leads = match self.rows.bring_end(group.key().depth()) {
            true => self.rows.are_told_by(input),
            false => self.lead == Some(input),
        };
        if !leads {
            return;
        }
        self.outbox.end(self.end_scope(group), group, token, body);
        let closed = self.tracker.end(group.key(), *count);
        self.closed(&closed);
        self.order_ended(group, token, body);
    }
}

fn plain(message: Message) -> Option<Arrival> {
    let slot = match message.body {
        Body::Value(parcel) => Slot::Value(parcel),
        Body::Marker(marker) => Slot::Marker(marker),
        Body::End { .. } => return None,
    };
    Some(Arrival { place: message.place, token: message.token, slot, credit: message.credit })
}
