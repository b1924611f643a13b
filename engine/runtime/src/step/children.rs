//! The children of a split on their way out, and what happens where they break off.

use std::sync::Arc;
use std::time::Duration;

use windlass_core::event::Fate;
use windlass_core::key::{Key, Place};
use windlass_core::node::{Child, ErasedChildren, NodeError, Outcome, take_outcome};
use windlass_core::spec::Cost;
use windlass_core::value::{Attempt, Bag};

use super::lot::Lot;
use super::outbox::Leaving;
use super::split::{OpenGroup, Pulled, Rest};
use super::{Step, ToStep};
use crate::credits::Token;
use crate::message::Marker;
use crate::recall::Recall;
use crate::sabotage::Rule;
use crate::worker::{Firing, Retry};

impl Step {
    /// Asks for more children of a group.
    pub(super) fn pull(&mut self, group: Key, children: ErasedChildren, count: usize) {
        let together = self.room_for_blocks().map_or(0, |(_, most)| most.min(count));
        if together > 1 && self.plan().spec.cost == Cost::Light {
            return self.pull_together(&group, children, together);
        }
        let lot = Lot::new(group.clone(), self.me.clone());
        if let Some(open) = self.groups.get_mut(&group) {
            open.asked(lot.clone());
        }
        let (worker, me, busy) = (self.worker(self.id).clone(), self.me.clone(), self.shared.activity.begin());
        self.shared.handle.spawn(async move {
            let (children, took) = worker.pull(children, count, lot).await;
            me.tell(ToStep::Pulled { group, children, took });
            drop(busy);
        });
    }

    /// Takes children in that lie ready, while others are being made.
    pub(super) fn made(&mut self, group: &Key, lot: &Lot) {
        let Some(open) = self.groups.get_mut(group).filter(|open| open.awaits(lot)) else { return };
        let children = lot.take();
        list(self.recall.as_ref(), open, &children);
        open.add(children);
    }

    /// Takes children of a group in, and what follows them. What may not be found again is journalled first.
    pub(super) fn refill(&mut self, group: &Key, children: Vec<Child>, rest: Rest) {
        let Some(open) = self.groups.get_mut(group) else { return };
        list(self.recall.as_ref(), open, &children);
        if let (Some(recall), Rest::End) = (&self.recall, &rest) {
            recall.list_end(&open.place);
        }
        open.refill(children, rest);
    }

    pub(super) fn pulled(&mut self, key: &Key, children: Pulled, took: Duration) {
        match self.plan().spec.cost == Cost::Light && !self.shared.bus.tells_each_item() {
            true => self.counts[0].took += took,
            false => self.say_splitting(key, took),
        }
        // A group that was cut short meanwhile is not open any more.
        match children {
            Ok((children, rest)) => self.refill(key, children, rest),
            Err(error) => self.refill(key, Vec::new(), Rest::BrokeOff(error)),
        }
    }

    /// Lets a child out.
    pub(super) fn let_out(&mut self, child: Child, token: Arc<Token>, index: u64, group: &Arc<Place>) {
        let place = group.child(index, child.name.as_deref());
        let item = Leaving { place, token: Some(token), kept: None };
        if let Some(error) = &child.failure {
            return self.failed_child(&item, group, error);
        }
        let mut given = child.ports;
        for port in self.ports.many.clone().iter() {
            match take_outcome(&mut given, port) {
                Outcome::Value(value) => self.send_value(port, &item, value),
                Outcome::Skip(reason) => self.send_marker(port, &item, &Marker::Skip(reason.into())),
            }
        }
        self.feed_next(group.key());
    }

    /// Sets a child aside that cannot be had: one failed item, under its own key.
    fn failed_child(&mut self, item: &Leaving, group: &Arc<Place>, error: &NodeError) {
        if self.shared.broken.is(Rule::FailedChildBreaksGroup) {
            return self.broke_off(group.key(), error);
        }
        self.say_admitted(&item.place);
        let failed = self.failed(self.id, &item.place, error, &Retry::first(Bag::new()));
        for port in self.ports.many.clone().iter() {
            self.send_marker(port, item, &Marker::Failure(failed.clone()));
        }
        self.say_own_failure(&item.place, error, &failed, None);
        self.feed_next(group.key());
    }

    /// Ends a group after its last child.
    pub(super) fn group_ended(&mut self, group: OpenGroup) {
        let forgotten = u64::from(self.shared.broken.is(Rule::EndBeforeLastChild));
        self.send_end(&group.place, group.token.as_ref(), group.sent.saturating_sub(forgotten), group.cause);
        let item = Leaving { place: group.place, token: group.token, kept: None };
        self.send_no_error(&item);
        self.say_done(&item.place, Fate::Emitted, None);
    }

    /// Tries a split again whose children broke off, or breaks its group.
    pub(super) fn broke_off(&mut self, key: &Key, error: &NodeError) {
        let retries = u64::from(self.plan().policy.retries);
        let Some(group) = self.groups.get_mut(key) else { return };
        group.retry.failed.push(Attempt { cause: error.to_string(), took_ms: 0 });
        if !error.is_permanent() && group.retry.failed.len() as u64 <= retries {
            return self.replay(key);
        }
        if let Some(group) = self.groups.remove(key) {
            self.break_group(&group, error, &group.retry);
        }
    }

    fn replay(&mut self, key: &Key) {
        let Some(group) = self.groups.get_mut(key) else { return };
        let retry = Retry { skip: group.sent, names: group.names, ..group.retry.clone() };
        let (place, token) = (group.place.clone(), group.token.clone());
        self.running += 1;
        self.hand_to_worker(Firing::first(self.id, place, token, retry));
    }

    /// Ends a group that cannot be completed: what was let out stays, and the end says why there is no more.
    pub(super) fn break_group(&mut self, group: &OpenGroup, error: &NodeError, retry: &Retry) {
        let failed = self.failed(self.id, &group.place, error, retry);
        let cause = Some(Marker::Failure(failed.clone()));
        self.send_end(&group.place, group.token.as_ref(), group.sent, cause);
        self.say_own_failure(&group.place, error, &failed, None);
        let item = Leaving { place: group.place.clone(), token: group.token.clone(), kept: None };
        self.send_failure(&item, &failed);
    }
}

/// Journals children before they are let out, where another firing need not find the same.
fn list(recall: Option<&Arc<Recall>>, group: &mut OpenGroup, children: &[Child]) {
    if let Some(recall) = recall {
        let (first, children) = group.unrecorded(children);
        recall.list(&group.place, first, children);
    }
}
