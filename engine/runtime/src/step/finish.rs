//! What comes of a firing: values, skips and failures on the ports, and the item's fate.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use windlass_core::event::{Fate, What};
use windlass_core::key::Place;
use windlass_core::node::{Given, NodeError, Outcome, take_outcome};
use windlass_core::plan::StepId;
use windlass_core::value::{Failure, Value};

use super::Step;
use super::order::Way;
use super::outbox::{Kept, Leaving, Scope};
use super::split::Rest;
use crate::credits::Token;
use crate::memory::Parcel;
use crate::message::{Body, Failed, Marker};
use crate::sabotage::Rule;
use crate::worker::{FiringEnd, FiringResult, Gave, Retry};

/// The port that every kind has.
const ERROR_PORT: &str = "error";

impl Step {
    pub(super) fn fired(&mut self, end: FiringEnd) {
        self.running -= 1;
        if !matches!(end.result, FiringResult::Asks(..)) {
            self.forget_if_noted(end.step, &end.place);
        }
        if self.fused.is_some() {
            return self.fused_fired(end);
        }
        let FiringEnd { place, token, slot, result, retry, took, lease, .. } = end;
        let item = Leaving { place, token, kept: Some(Arc::new(Kept { _slot: slot, _lease: lease })) };
        match result {
            FiringResult::Open => self.leave_open(self.id, &item.place),
            FiringResult::Unknown => self.pass(&item, &Marker::Open("it is not computed yet".into())),
            FiringResult::Asks(firing, asking) => self.asks(*firing, asking),
            FiringResult::Gave(gave) => self.gave(item, gave, retry, took),
            FiringResult::Failed(error) => self.give_up(&item, &error, &retry, took),
        }
    }

    pub(super) fn leave_open(&mut self, step: StepId, place: &Place) {
        self.left_open += 1;
        self.say_open(step, place);
    }

    /// Forgets what firings noted about an item that has its fate. One of a run that is being stopped may be wanted again.
    pub(super) fn forget_if_noted(&self, step: StepId, place: &Place) {
        if self.worker(step).doors.has_noted.load(Ordering::Acquire) && !self.shared.control.is_stopping() {
            self.shared.notes.forget(&self.shared.plan.steps[step].name, place);
        }
    }

    /// A firing of a split that had let children out before it failed breaks its group; any other one just fails.
    fn give_up(&mut self, item: &Leaving, error: &NodeError, retry: &Retry, took: Duration) {
        let begun = if self.order.is_none() { self.groups.remove(item.place.key()) } else { None };
        match begun {
            Some(group) => self.break_group(&group, error, retry),
            None => self.fail(item, error, retry, Some(took)),
        }
    }

    fn gave(&mut self, item: Leaving, gave: Gave, retry: Retry, took: Duration) {
        if self.order.is_some() {
            return self.gave_in_order(&item, gave, took);
        }
        let Gave { mut emission, children, stream, ahead, is_recalled, recorded, .. } = gave;
        if self.plan().spec.is_split() && !is_recalled {
            self.say_splitting(item.place.key(), took);
        }
        let rest = stream.map_or(Rest::End, Rest::More);
        if self.groups.get_mut(item.place.key()).is_some() {
            return self.refill(item.place.key(), children, rest);
        }
        self.tell_round_gave(&item, &emission, &retry);
        self.show_before(&item.place, &retry.bag);
        self.handed = ahead;
        let fate = self.send_outcomes(&item, &mut emission.ports);
        if self.plan().spec.is_split() {
            if self.plan().is_loop_head() {
                return self.open_rounds(item, retry);
            }
            self.say_expecting(item.place.key(), &children, &rest);
            let key = item.place.key().clone();
            self.groups.open(item, recorded, retry);
            return self.refill(&key, children, rest);
        }
        self.send_no_error(&item);
        self.say_done(&item.place, fate, (!is_recalled).then_some(took));
    }

    /// Sends what a firing gave on each port of its item; returns the item's fate.
    pub(super) fn send_outcomes(&mut self, item: &Leaving, given: &mut Given) -> Fate {
        let ports = self.ports_of(&item.place);
        let mut skip = None;
        let mut has_value = ports.is_empty();
        for port in ports.iter() {
            match take_outcome(given, port) {
                Outcome::Value(value) => {
                    has_value = true;
                    self.send_value(port, item, value);
                }
                Outcome::Skip(reason) => {
                    let marker = Marker::Skip(reason.into());
                    skip.get_or_insert_with(|| marker.reason());
                    self.send_marker(port, item, &marker);
                }
            }
        }
        if has_value { Fate::Emitted } else { Fate::Skipped { reason: skip.unwrap_or_default() } }
    }

    /// Hands a marker on in place of everything that the item would have given.
    pub(super) fn pass(&mut self, item: &Leaving, marker: &Marker) {
        self.tell_round_broke(&item.place, marker);
        if let Marker::Open(_) = marker {
            return self.pass_open(item, marker);
        }
        self.send_marker_everywhere(item, marker);
        self.send_no_error(item);
        self.say_done(&item.place, Fate::Skipped { reason: marker.reason() }, None);
        self.left_in_order(&item.place, &Way::Marker(marker.clone()));
    }

    /// Sets an item aside as failed.
    pub(super) fn fail(&mut self, item: &Leaving, error: &NodeError, retry: &Retry, took: Option<Duration>) {
        let failed = self.failed(self.id, &item.place, error, retry);
        let marker = Marker::Failure(failed.clone());
        self.tell_round_broke(&item.place, &marker);
        self.send_marker_everywhere(item, &marker);
        self.say_own_failure(&item.place, error, &failed, took);
        self.send_failure(item, &failed);
        self.left_in_order(&item.place, &Way::Marker(marker));
    }

    pub(super) fn send_value(&mut self, port: &str, item: &Leaving, value: Value) {
        self.say_output(port, &item.place, &value);
        let is_ahead = self.handed.as_ref().is_some_and(|ahead| *ahead.port == *port);
        if !is_ahead {
            self.show(self.id, port, &item.place, &value);
        }
        let mut parcel = Parcel::new(value, &self.shared.memory);
        parcel.handed = self.handed.take_if(|ahead| *ahead.port == *port).map(|ahead| ahead.handed);
        self.outbox.item(port, item, &Body::Value(parcel));
    }

    pub(super) fn send_marker(&mut self, port: &str, item: &Leaving, marker: &Marker) {
        if matches!(marker, Marker::Skip(_)) && self.shared.broken.is(Rule::FilterDropsSilently) {
            return;
        }
        self.outbox.item(port, item, &Body::Marker(marker.clone()));
    }

    pub(super) fn send_marker_everywhere(&mut self, item: &Leaving, marker: &Marker) {
        for port in self.ports_of(&item.place).iter() {
            self.send_marker(port, item, marker);
        }
        if self.opens_group(&item.place) {
            let sent = self.groups.remove(item.place.key()).map_or(0, |group| group.sent);
            self.send_end(&item.place, item.token.as_ref(), sent, Some(marker.clone()));
        }
    }

    /// Sends the end of the group that an item opens, or would have opened.
    pub(super) fn send_end(
        &mut self,
        group: &Arc<Place>,
        token: Option<&Arc<Token>>,
        count: u64,
        cause: Option<Marker>,
    ) {
        let words = cause.as_ref().map(Marker::reason);
        let key = group.key().to_string();
        self.shared.bus.send(What::Group { step: self.id, key, count, cause: words });
        self.outbox.end(Scope::Own, group, token, &Body::End { count, cause });
    }

    pub(super) fn send_no_error(&mut self, item: &Leaving) {
        if self.hands_errors_out(self.id, &item.place) {
            self.send_marker(ERROR_PORT, item, &Marker::Skip("no error".into()));
        }
    }

    pub(super) fn send_open_error(&mut self, item: &Leaving, marker: &Marker) {
        if self.hands_errors_out(self.id, &item.place) {
            self.send_marker(ERROR_PORT, item, marker);
        }
    }

    pub(super) fn send_failure(&mut self, item: &Leaving, failed: &Failed) {
        if self.hands_errors_out(self.id, &item.place) {
            self.send_value(ERROR_PORT, item, Value::Failure(failed.failure.clone()));
        }
    }

    pub(super) fn failed(&self, id: StepId, place: &Place, error: &NodeError, retry: &Retry) -> Arc<Failed> {
        let step = &self.shared.plan.steps[id];
        let failure = Failure {
            step: step.name.clone(),
            key: place.key().to_string(),
            names: place.names().into_iter().map(str::to_owned).collect(),
            causes: error.causes().to_vec(),
            hint: error.hint_text().map(str::to_owned),
            attempts: retry.failed.clone(),
            inputs: retry.inputs(step),
        };
        let failure = failure.hidden(&self.shared.plan.secrets);
        Failed::new(id, place.key().clone(), Arc::new(failure), self.hands_errors_out(id, place))
    }
}
