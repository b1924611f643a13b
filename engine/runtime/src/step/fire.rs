//! What becomes of the items of a step that are ready: they are fired, here or by the worker, or leave without that.

use windlass_core::event::What;
use windlass_core::key::Place;
use windlass_core::plan::StepId;
use windlass_core::spec::Cost;
use windlass_core::value::Bag;

use super::decide::{Decision, Fire};
use super::join::Joined;
use super::{Step, ToStep, fill_paths};
use crate::credits::Permit;
use crate::message::Marker;
use crate::suspended::Suspended;
use crate::worker::{Firing, Retry};

impl Step {
    /// Fires the next item that is ready; returns whether there was one and a slot for it.
    pub(super) fn fire_next(&mut self) -> bool {
        if self.fused.is_some() {
            return self.fire_block() || self.fire_fused();
        }
        if self.ready.is_empty() {
            return false;
        }
        if self.take_computed() {
            return true;
        }
        if !self.shared.control.may_start() {
            return false;
        }
        let Some(slot) = self.slots.take() else { return false };
        let Some(mut item) = self.ready.pop_front() else { return false };
        item.credits.clear();
        if self.plan().policy.mute {
            self.pass(&item.leaving(slot), &Marker::Skip("muted".into()));
            return true;
        }
        match self.decide(&item) {
            Decision::Pass(marker) => self.pass(&item.leaving(slot), &marker),
            Decision::Fail(error) => self.fail(&item.leaving(slot), &error, &Retry::first(Bag::new()), None),
            Decision::Fire(fire) => self.fire(item, slot, *fire),
        }
        true
    }

    fn fire(&mut self, item: Joined, slot: Permit, mut fire: Fire) {
        self.say_fire(self.id, &item.place, &fire);
        if let Err(error) = fill_paths(&self.shared, self.plan(), &item.place, &mut fire.bag) {
            return self.fail(&item.leaving(slot), &error, &Retry::first(fire.bag), None);
        }
        let Joined { place, token, slots, .. } = item;
        let fed = self.order.as_ref().and_then(|order| order.feed(&place));
        let first = Firing::first(self.id, place, token, Retry::first(fire.bag));
        let mut firing = Firing { slot: Some(slot), fed, _held: slots, ..first };
        let is_inline = self.plan().spec.cost == Cost::Light && self.plan().policy.timeout.is_none();
        let is_inline = is_inline && self.shared.recalls_nothing(self.id, &firing.retry.bag);
        self.running += 1;
        match is_inline.then(|| self.worker(self.id).fire_inline(&mut firing)).flatten() {
            Some((result, took)) => self.fired(firing.end(result, took, None)),
            None => self.hand_to_worker(firing),
        }
    }

    /// Says which failures a firing takes up, and which members it goes on without.
    pub(super) fn say_fire(&self, step: StepId, place: &Place, fire: &Fire) {
        for failed in fire.handled.iter().filter(|failed| failed.take_up()) {
            self.shared.bus.send(What::Handled { step: failed.step, key: failed.key.to_string() });
        }
        if let Some((taken, failed)) = fire.incomplete {
            let key = place.key().to_string();
            self.shared.bus.send(What::Incomplete { step, key, taken, failed });
        }
    }

    pub(super) fn hand_to_worker(&self, firing: Firing) {
        self.hand_over(firing, None);
    }

    /// Lets the worker do a firing, whose code may wait for something already.
    pub(super) fn hand_over(&self, firing: Firing, begun: Option<Suspended>) {
        let (worker, me) = (self.worker(firing.step).clone(), self.me.clone());
        let busy = self.shared.activity.begin();
        self.shared.handle.spawn(async move {
            let end = worker.fire(firing, begun).await;
            me.tell(ToStep::Fired(Box::new(end)));
            drop(busy);
        });
    }
}
