//! What a step does with the wires that enter a phase: their items are put aside, and come back in order.

use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::plan::{Plan, StepId, StepInput};
use windlass_core::value::Member;

use super::join::{Arrival, Slot};
use super::park::{Parking, Readmitted};
use super::parked::Waiting;
use super::{Step, StepRef, ToStep};
use crate::credits::{Token, Wake, Window};
use crate::memory::Parcel;
use crate::message::{Body, Message};
use crate::sabotage::{Broken, Rule};
use crate::shared::Shared;

impl Parking {
    /// Makes the parking of each wire of a step that enters a phase.
    pub fn of(plan: &Plan, step: StepId, broken: Broken, wake: impl Fn() -> Wake) -> Vec<Option<Self>> {
        let step = &plan.steps[step];
        let own = step.inputs.iter().map(|input| input.scope_inside().len()).filter(|depth| *depth < step.scope.len());
        let own = own.min();
        let parks = |input: &StepInput| {
            let kept = match input.replays {
                Some(replays) => replays.at + replays.levels,
                None => kept_at(input.parks?, own, broken)?,
            };
            let levels = input.scope_inside().get(kept..)?;
            let window = |split: &StepId| Window::new(plan.steps[*split].policy.window.max(1), wake());
            Some(Self::new(kept, levels.iter().map(window).collect(), broken))
        };
        step.inputs.iter().map(parks).collect()
    }
}

/// Returns how many levels keep their tokens; some rules are broken on purpose.
fn kept_at(kept: usize, own: Option<usize>, broken: Broken) -> Option<usize> {
    let kept = if broken.is(Rule::PhaseOfOwnTarget) { own } else { Some(kept) };
    kept.filter(|_| !broken.is(Rule::PhaseNotParked))
}

impl Step {
    /// Puts an item aside. Its credit goes back, and so do the tokens that the wire does not keep; a value that finds no
    /// room in memory keeps both until it is on disk.
    pub(super) fn park(&mut self, input: usize, arrival: Arrival) {
        let Arrival { place, token, slot, credit } = arrival;
        let waiting = match slot {
            Slot::Marker(marker) => Waiting::Marker(marker),
            Slot::Group(group) => Waiting::Group(group),
            // Nothing comes out of a parking, and goes into one, without a join in between.
            Slot::Unreadable(_) => return,
            Slot::Value(parcel) => match self.shared.keeper.charge(&parcel.value) {
                Some(charge) => Waiting::InMemory { value: parcel.value, _charge: Arc::new(charge) },
                None => {
                    let message = Message { place, token, body: Body::Value(parcel.clone()), credit };
                    return self.put_on_disk(input, message, parcel);
                }
            },
        };
        let is_gathered = self.collectors[input].is_some();
        if self.rows.replaying(input).is_some() {
            let kept = if is_gathered { token } else { self.kept_of(input, place.key().depth(), token) };
            return self.keep_for_rows(input, place, kept, waiting);
        }
        match &mut self.parking[input] {
            Some(parking) if is_gathered => parking.gathered(place, token, waiting),
            Some(parking) => parking.item(place, token, waiting),
            None => {}
        }
    }

    /// Puts an item aside whose value has been put on disk.
    pub(super) fn parked_on_disk(&mut self, input: usize, message: Message, member: Member) {
        let Message { place, token, .. } = message;
        if self.rows.replaying(input).is_some() {
            let kept = self.kept_of(input, place.key().depth(), token);
            return self.keep_for_rows(input, place, kept, Waiting::OnDisk(member));
        }
        if let Some(parking) = &mut self.parking[input] {
            parking.item(place, token, Waiting::OnDisk(member));
        }
    }

    /// Lets the next item, or the end of a group, come back; returns whether there was one.
    pub(super) fn readmit_next(&mut self) -> bool {
        if !self.shared.control.may_start() {
            return false;
        }
        for input in 0..self.parking.len() {
            let next = self.parking[input].as_mut().and_then(|parking| parking.next(&self.shared.memory));
            match next {
                Some(Readmitted::Item(place, token, waiting)) => self.readmit(input, place, token, waiting),
                Some(Readmitted::End(place, token, count, cause)) => {
                    self.outer_end(input, &place, token.as_ref(), &Body::End { count, cause });
                }
                None => continue,
            }
            return true;
        }
        false
    }

    fn readmit(&mut self, input: usize, place: Arc<Place>, token: Arc<Token>, waiting: Waiting) {
        let slot = match waiting {
            Waiting::InMemory { value, .. } => Slot::Value(Parcel::new(value, &self.shared.memory)),
            Waiting::Marker(marker) => Slot::Marker(marker),
            Waiting::Group(group) => Slot::Group(group),
            Waiting::OnDisk(member) => return self.read_back(input, place, token, member),
        };
        self.join_in(input, Arrival { place, token: Some(token), slot, credit: None });
    }

    /// Reads a value outside of the handler; it comes back as [`ToStep::Readmitted`].
    fn read_back(&self, input: usize, place: Arc<Place>, token: Arc<Token>, member: Member) {
        let (shared, me, busy) = (self.shared.clone(), self.me.clone(), self.shared.activity.begin());
        self.shared.pool.run(&self.shared.pool.ticket(0), move || {
            let slot = match member.read() {
                Ok(value) => Slot::Value(Parcel::new(value, &shared.memory)),
                Err(error) => Slot::Unreadable(error),
            };
            me.tell(ToStep::Readmitted { input, arrival: Arrival { place, token: Some(token), slot, credit: None } });
            drop(busy);
            None
        });
    }
}

/// Wakes the step when its windows have room; every step, where a test lets it share the windows of others.
pub(super) fn wake(shared: &Arc<Shared>, me: &StepRef) -> Wake {
    let (shared, me) = (shared.clone(), me.clone());
    match shared.broken.is(Rule::ParkedSharesWindow) {
        true => Box::new(move || shared.wake_all()),
        false => Box::new(move || me.wake()),
    }
}
