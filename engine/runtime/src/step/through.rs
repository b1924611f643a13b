//! Items go through the links of a light step: all that are ready through the first, then all through the next one. Each
//! link gives each item its fate, as a step by itself would.

use std::sync::Arc;
use std::time::Duration;

use windlass_core::event::Fate;
use windlass_core::key::Place;
use windlass_core::node::{Given, NodeError, Outcome, take_outcome};
use windlass_core::plan::StepId;
use windlass_core::value::{Bag, Value};

use super::decide::{Decision, decide};
use super::fused::{Fused, Link, MOST_TOGETHER, Moving, Now};
use super::join::{Joined, Slot, Slots};
use super::outbox::{Kept, Leaving};
use super::{Step, fill_paths};
use crate::memory::Parcel;
use crate::message::Marker;
use crate::sabotage::Rule;
use crate::worker::{Firing, FiringEnd, FiringResult, Gave, Retry, attempt, firing_begins};

impl Step {
    /// Lets items that are ready go through the links, as many as there is room for; returns whether there were any.
    pub(super) fn fire_fused(&mut self) -> bool {
        let Some(fused) = &mut self.fused else { return false };
        let under_way = self.outbox.backlog() + self.running;
        let count = fused.slots.saturating_sub(under_way).min(self.ready.len()).min(MOST_TOGETHER);
        if count == 0 || !self.shared.control.may_start() {
            return false;
        }
        let mut moving = std::mem::take(&mut fused.moving);
        // The room on the edge is given back here, as each firing begins.
        let start = |Joined { place, token, slots, .. }: Joined| Moving {
            item: Leaving { place, token, kept: None },
            now: Now::Slots(slots),
        };
        moving.extend(self.ready.drain(..count).map(start));
        self.go_through(0, moving);
        true
    }

    /// Takes in what became of a firing that had to wait after all.
    pub(super) fn fused_fired(&mut self, end: FiringEnd) {
        let FiringEnd { step, place, token, slot, result, retry, took, lease } = end;
        let item = Leaving { place, token, kept: Some(Arc::new(Kept { _slot: slot, _lease: lease })) };
        let Some(at) = self.link_at(step) else { return };
        let now = match result {
            FiringResult::Open => return self.leave_open(step, &item.place),
            FiringResult::Unknown => self.pass_at(at, &item, Marker::Open("it is not computed yet".into())),
            FiringResult::Asks(firing, asking) => return self.asks(*firing, asking),
            FiringResult::Failed(error) => self.fail_at(at, &item, &error, &retry, Some(took)),
            FiringResult::Gave(Gave { mut emission, .. }) => {
                // Its tries were told one by one, and so its fate is.
                let (now, fate) = self.hand_on(at, &item, &mut emission.ports);
                self.say_fate(at, &item.place, fate, Some(took));
                now
            }
        };
        self.go_through(at + 1, vec![Moving { item, now }]);
    }

    /// Leaves an item open at a link, and so at all behind it.
    pub(super) fn leave_on(&mut self, step: StepId, item: Leaving, marker: Marker) {
        match self.link_at(step) {
            Some(at) => {
                let now = self.pass_at(at, &item, marker);
                self.go_through(at + 1, vec![Moving { item, now }]);
            }
            None => self.pass_open(&item, &marker),
        }
    }

    fn link_at(&self, step: StepId) -> Option<usize> {
        self.fused.as_ref().and_then(|_| self.links.iter().position(|link| *link == step))
    }

    /// Lets items go through the links from one on.
    pub(super) fn go_through(&mut self, from: usize, mut moving: Vec<Moving>) {
        let Some(mut fused) = self.fused.take() else { return };
        let Fused { links, .. } = &mut *fused;
        for link in links.iter_mut().skip(from) {
            link.clock.lap();
            moving.iter_mut().for_each(|moving| self.fire_link(link, moving));
            if self.is_counted {
                self.counts[link.at].took += link.clock.lap();
            }
        }
        moving.clear();
        fused.moving = moving;
        self.fused = Some(fused);
    }

    fn fire_link(&mut self, link: &mut Link, moving: &mut Moving) {
        // At the first link they were admitted when their inputs came together.
        if link.at > 0 && !matches!(moving.now, Now::Gone) {
            self.say_admitted_at(link.at, &moving.item.place);
        }
        if !self.shared.control.may_start() {
            self.hold_back(moving);
        }
        moving.now = match std::mem::replace(&mut moving.now, Now::Gone) {
            Now::Gone => Now::Gone,
            Now::Marker(marker) => self.pass_at(link.at, &moving.item, marker),
            Now::Value(value) if link.is_simple() => self.fire_simple(link, &mut moving.item, &value),
            Now::Value(value) => {
                let slots = Slots::from_buf([Slot::Value(Parcel::uncounted(value))]);
                self.fire_decided(link, &mut moving.item, slots)
            }
            Now::Slots(slots) => match &slots[..] {
                [Slot::Value(parcel)] if link.is_simple() => self.fire_simple(link, &mut moving.item, &parcel.value),
                _ => self.fire_decided(link, &mut moving.item, slots),
            },
        };
    }

    /// Holds an item back that nothing may be started for, because of a failure of another one, say: at the first link it
    /// is ready as before; further on it goes on, or stays open where the run is being stopped.
    fn hold_back(&mut self, moving: &mut Moving) {
        let (place, token) = (moving.item.place.clone(), moving.item.token.clone());
        match std::mem::replace(&mut moving.now, Now::Gone) {
            Now::Slots(slots) => self.ready.push_back(Joined { place, token, slots, credits: Default::default() }),
            Now::Value(_) if self.shared.control.is_stopping() => self.left_open += 1,
            now => moving.now = now,
        }
    }

    /// Fires a link that needs nothing but a value.
    fn fire_simple(&mut self, link: &mut Link, item: &mut Leaving, value: &Value) -> Now {
        if link.must_wait_for(value) {
            return self.wait_for(link.id, item, Retry::first(link.bag_of(value)), Slots::new());
        }
        self.say_begins(link, &item.place);
        let fired = link.fire_with(&mut item.place, value);
        self.came_back(link, item, fired, |link| (link.bag_of(value), Slots::new()))
    }

    /// Fires a link whose inputs have to be looked at first.
    fn fire_decided(&mut self, link: &mut Link, item: &mut Leaving, slots: Slots) -> Now {
        let (shared, step) = (self.shared.clone(), link.id);
        let plan = &shared.plan.steps[step];
        let mut fire = match decide(&shared.plan, plan, &slots, shared.broken) {
            Decision::Pass(marker) => return self.pass_at(link.at, item, marker),
            Decision::Fail(error) => return self.fail_at(link.at, item, &error, &Retry::first(Bag::new()), None),
            Decision::Fire(fire) => *fire,
        };
        self.say_fire(step, &item.place, &fire);
        if let Err(error) = fill_paths(&shared, plan, &item.place, &mut fire.bag) {
            return self.fail_at(link.at, item, &error, &Retry::first(fire.bag), None);
        }
        if !shared.recalls_nothing(step, &fire.bag) {
            return self.wait_for(step, item, Retry::first(fire.bag), slots);
        }
        self.say_begins(link, &item.place);
        let fired = link.fire_bag(&mut item.place, fire.bag.clone());
        self.came_back(link, item, fired, |_| (fire.bag, slots))
    }

    /// Finds out what a firing came to. `given` is what it was fired with.
    pub(super) fn came_back(
        &mut self,
        link: &mut Link,
        item: &mut Leaving,
        fired: Option<Result<(), NodeError>>,
        given: impl FnOnce(&Link) -> (Bag, Slots),
    ) -> Now {
        if let Some(Ok(())) = fired {
            let took = (!self.is_counted).then(|| link.clock.lap());
            self.forget_if_noted(link.id, &item.place);
            let (now, fate) = self.hand_on(link.at, item, &mut link.emission.ports);
            self.say_done_at(link.at, &item.place, fate, took);
            return now;
        }
        let (bag, slots) = given(link);
        let mut retry = Retry::first(bag);
        let Some(Err(error)) = fired.filter(|fired| !fired.as_ref().is_err_and(waits)) else {
            return self.wait_for(link.id, item, retry, slots);
        };
        let took = link.clock.lap();
        retry.failed.push(attempt(&error, took));
        if !error.is_permanent() && self.shared.plan.steps[link.id].policy.retries > 0 {
            return self.wait_for(link.id, item, retry, slots);
        }
        self.forget_if_noted(link.id, &item.place);
        self.fail_at(link.at, item, &error, &retry, Some(took))
    }

    /// Hands a firing to a task of its own, which may wait.
    fn wait_for(&mut self, step: StepId, item: &Leaving, retry: Retry, slots: Slots) -> Now {
        let (place, token) = (item.place.clone(), item.token.clone());
        let said = u32::from(!self.is_counted);
        self.running += 1;
        let first = Firing::first(step, place, token, retry);
        self.hand_to_worker(Firing { said, _held: slots, ..first });
        Now::Gone
    }

    /// Hands what an item was given to the next link, or sends it; returns its fate too.
    fn hand_on(&mut self, at: usize, item: &Leaving, given: &mut Given) -> (Now, Fate) {
        let Some(port) = self.between.get(at) else {
            let fate = self.send_outcomes(item, given);
            self.send_no_error(item);
            return (Now::Gone, fate);
        };
        match take_outcome(given, port) {
            Outcome::Value(value) => {
                self.show(self.links[at], port, &item.place, &value);
                (Now::Value(value), Fate::Emitted)
            }
            Outcome::Skip(reason) => {
                let has_value = given.iter().any(|(_, outcome)| matches!(outcome, Outcome::Value(_)));
                let marker = Marker::Skip(reason.into());
                let fate = if has_value { Fate::Emitted } else { Fate::Skipped { reason: marker.reason() } };
                (Now::Marker(marker), fate)
            }
        }
    }

    /// Hands a marker on in place of everything that a link would have given.
    fn pass_at(&mut self, at: usize, item: &Leaving, marker: Marker) -> Now {
        if self.is_last(at) {
            self.pass(item, &marker);
            return Now::Gone;
        }
        match &marker {
            Marker::Open(_) => self.say_open(self.links[at], &item.place),
            _ if self.shared.broken.is(Rule::FusedForgetsFate) => {}
            _ => self.say_done_at(at, &item.place, Fate::Skipped { reason: marker.reason() }, None),
        }
        Now::Marker(marker)
    }

    /// Sets an item aside at a link.
    fn fail_at(&mut self, at: usize, item: &Leaving, error: &NodeError, retry: &Retry, took: Option<Duration>) -> Now {
        if self.is_last(at) {
            self.fail(item, error, retry, took);
            return Now::Gone;
        }
        let failed = self.failed(self.links[at], &item.place, error, retry);
        self.say_failed(at, &item.place, error, &failed, took);
        Now::Marker(Marker::Failure(failed))
    }

    fn is_last(&self, at: usize) -> bool {
        at + 1 == self.links.len()
    }

    /// Says that the code of a link is called for an item, where each item is told of.
    fn say_begins(&self, link: &mut Link, place: &Place) {
        if !self.is_counted {
            self.shared.bus.send(firing_begins(link.id, place, 1));
            link.clock.lap();
        }
    }
}

/// Returns whether a firing has to wait: for room on a disk, for a person, or for the end of the run.
fn waits(error: &NodeError) -> bool {
    error.is_disk_full() || error.is_cancelled() || error.question().is_some()
}
