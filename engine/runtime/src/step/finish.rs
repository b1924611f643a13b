//! What comes of a firing: values, skips and failures on the ports, the children of a split, and the item's fate.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;
use windlass_core::doc::OnError;
use windlass_core::event::{Fate, Outcome as RunOutcome, What};
use windlass_core::key::{Key, Place};
use windlass_core::node::{Child, ErasedChildren, NodeError, Outcome};
use windlass_core::plan::OutputSource;
use windlass_core::template::{Fill, PathTemplate};
use windlass_core::value::{Bag, Failure, Value};

use super::outbox::{Kept, Scope};
use super::split::{OpenGroup, Pulled, Rest};
use super::{Step, ToStep};
use crate::credits::Token;
use crate::memory::Parcel;
use crate::message::{Body, Failed, Marker};
use crate::sabotage::Rule;
use crate::worker::{Firing, FiringEnd, FiringResult, Gave, Retry};

/// The port that every kind has.
const ERROR_PORT: &str = "error";

impl Retry {
    /// Returns a firing that was not tried yet.
    pub fn first(bag: Bag) -> Self {
        Self { bag, failed: Vec::new(), skip: 0, names: 0 }
    }
}

impl Step {
    pub(super) fn fired(&mut self, mut end: FiringEnd) {
        self.running -= 1;
        let kept = Arc::new(Kept { _slot: end.slot.take(), _lease: end.lease.take() });
        match std::mem::replace(&mut end.result, FiringResult::Open) {
            FiringResult::Open => {}
            FiringResult::Gave(gave) => self.gave(&end, gave, &kept),
            FiringResult::Failed(error) => self.give_up(&end, &error, &kept),
        }
    }

    /// A firing of a split that had let children out before it failed breaks its group; any other one just fails.
    fn give_up(&mut self, end: &FiringEnd, error: &NodeError, kept: &Arc<Kept>) {
        match self.groups.remove(end.place.key()) {
            Some(group) => self.break_group(&group, error, &end.retry, kept),
            None => self.fail(&end.place, end.token.as_ref(), error, &end.retry, Some(end.took), kept),
        }
    }

    fn gave(&mut self, end: &FiringEnd, gave: Gave, kept: &Arc<Kept>) {
        let Gave { emission, children, stream } = gave;
        if let Some(group) = self.groups.get_mut(end.place.key()) {
            return group.refill(children, stream.map_or(Rest::End, Rest::More));
        }
        let mut skip = None;
        let mut emitted = self.shared.plan.steps[self.id].spec.outputs.is_empty();
        let ports = self.ports.plain.clone();
        let mut given = emission.ports;
        for port in ports.iter() {
            match take_outcome(&mut given, port) {
                Outcome::Value(value) => {
                    emitted = true;
                    self.send_value(port, &end.place, end.token.as_ref(), value, kept);
                }
                Outcome::Skip(reason) => {
                    let marker = Marker::Skip(reason.into());
                    skip.get_or_insert_with(|| marker.reason());
                    self.send_marker(port, &end.place, end.token.as_ref(), &marker, kept);
                }
            }
        }
        if self.plan().spec.is_split() {
            return self.groups.open(end, children, stream, end.retry.clone());
        }
        self.send_no_error(&end.place, end.token.as_ref(), kept);
        let fate = if emitted { Fate::Emitted } else { Fate::Skipped { reason: skip.unwrap_or_default() } };
        self.say_done(&end.place, fate, Some(end.took));
    }

    /// Hands a marker on in place of everything that the item would have given.
    pub(super) fn pass(&mut self, place: &Arc<Place>, token: Option<&Arc<Token>>, marker: &Marker, kept: &Arc<Kept>) {
        self.send_marker_everywhere(place, token, marker, kept);
        self.send_no_error(place, token, kept);
        self.say_done(place, Fate::Skipped { reason: marker.reason() }, None);
    }

    /// Sets an item aside as failed.
    pub(super) fn fail(
        &mut self,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        error: &NodeError,
        retry: &Retry,
        took: Option<Duration>,
        kept: &Arc<Kept>,
    ) {
        let failed = self.failed(place, error, retry);
        self.send_marker_everywhere(place, token, &Marker::Failure(failed.clone()), kept);
        self.say_failed(place, token, error, &failed, took, kept);
    }

    /// Fills the path templates in.
    pub(super) fn fill_paths(&self, place: &Place, bag: &mut Bag) -> Result<(), NodeError> {
        let plan = &self.shared.plan;
        for param in self.plan().spec.params.iter().filter(|param| param.is_path_template) {
            let Some(Value::Text(text)) = bag.get(&param.name).cloned() else { continue };
            let template = PathTemplate::parse(&text).map_err(|error| NodeError::new(error.to_string()).permanent())?;
            let key = place.key();
            let name = if key.depth() == 0 { plan.stem.as_str() } else { place.name() };
            let fill = Fill { graph: &plan.stem, run: &self.shared.name, key, name, custom: bag };
            let filled = template.fill(&fill).map_err(|error| NodeError::new(error.to_string()).permanent())?;
            bag.set(param.name.as_str(), Value::path(plan.out_folder.join(filled)));
        }
        Ok(())
    }

    pub(super) fn pull(&mut self, group: Key, children: ErasedChildren, count: usize) {
        let (worker, me, busy) = (self.worker.clone(), self.me.clone(), self.shared.activity.begin());
        self.shared.handle.spawn(async move {
            let children = worker.pull(children, count).await;
            me.tell(ToStep::Pulled { group, children });
            drop(busy);
        });
    }

    pub(super) fn pulled(&mut self, key: &Key, children: Pulled) {
        match children {
            Ok((children, rest)) => {
                if let Some(group) = self.groups.get_mut(key) {
                    group.refill(children, rest);
                }
            }
            Err(error) => self.broke_off(key, &error),
        }
    }

    /// Tries a split again whose children broke off, or breaks its group.
    pub(super) fn broke_off(&mut self, key: &Key, error: &NodeError) {
        let retries = u64::from(self.plan().policy.retries);
        let Some(group) = self.groups.get_mut(key) else { return };
        group.retry.failed.push(windlass_core::value::Attempt { cause: error.to_string(), took_ms: 0 });
        if !error.is_permanent() && group.retry.failed.len() as u64 <= retries {
            let retry = Retry { skip: group.sent, names: group.names, ..group.retry.clone() };
            let firing = Firing {
                place: group.place.clone(),
                token: group.token.clone(),
                slot: None,
                retry,
                _held: SmallVec::new(),
            };
            self.running += 1;
            return self.hand_to_worker(firing);
        }
        if let Some(group) = self.groups.remove(key) {
            let retry = group.retry.clone();
            self.break_group(&group, error, &retry, &Kept::nothing());
        }
    }

    fn break_group(&mut self, group: &OpenGroup, error: &NodeError, retry: &Retry, kept: &Arc<Kept>) {
        let failed = self.failed(&group.place, error, retry);
        self.send_end(&group.place, group.token.as_ref(), group.sent, Some(Marker::Failure(failed.clone())));
        self.say_failed(&group.place, group.token.as_ref(), error, &failed, None, kept);
    }

    pub(super) fn group_ended(&mut self, group: &OpenGroup) {
        let count =
            if self.shared.broken.is(Rule::EndBeforeLastChild) { group.sent.saturating_sub(1) } else { group.sent };
        self.send_end(&group.place, group.token.as_ref(), count, None);
        let kept = Kept::nothing();
        self.send_no_error(&group.place, group.token.as_ref(), &kept);
        self.say_done(&group.place, Fate::Emitted, None);
    }

    pub(super) fn let_out(&mut self, child: Child, token: &Arc<Token>, index: u64, group: &Arc<Place>) {
        let place = group.child(index, child.name.as_deref());
        let kept = Kept::nothing();
        let mut given = child.ports;
        for port in self.ports.many.clone().iter() {
            match take_outcome(&mut given, port) {
                Outcome::Value(value) => self.send_value(port, &place, Some(token), value, &kept),
                Outcome::Skip(reason) => {
                    self.send_marker(port, &place, Some(token), &Marker::Skip(reason.into()), &kept);
                }
            }
        }
    }

    fn send_value(
        &mut self,
        port: &str,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        value: Value,
        kept: &Arc<Kept>,
    ) {
        self.say_output(port, place, &value);
        let body = Body::Value(Parcel::new(value, &self.shared.memory));
        self.outbox.item(port, place, token, &body, kept);
    }

    fn send_marker(
        &mut self,
        port: &str,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        marker: &Marker,
        kept: &Arc<Kept>,
    ) {
        if matches!(marker, Marker::Skip(_)) && self.shared.broken.is(Rule::FilterDropsSilently) {
            return;
        }
        self.outbox.item(port, place, token, &Body::Marker(marker.clone()), kept);
    }

    fn send_marker_everywhere(
        &mut self,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        marker: &Marker,
        kept: &Arc<Kept>,
    ) {
        for port in self.ports.plain.clone().iter() {
            self.send_marker(port, place, token, marker, kept);
        }
        if self.plan().spec.is_split() {
            self.send_end(place, token, 0, Some(marker.clone()));
        }
    }

    /// Sends the end of the group that an item opens, or would have opened.
    fn send_end(&mut self, group: &Arc<Place>, token: Option<&Arc<Token>>, count: u64, cause: Option<Marker>) {
        let words = cause.as_ref().map(Marker::reason);
        let key = group.key().to_string();
        self.shared.bus.send(What::Group { step: self.id, key, count, cause: words });
        self.outbox.end(Scope::Own, group, token, &Body::End { count, cause });
    }

    fn send_no_error(&mut self, place: &Arc<Place>, token: Option<&Arc<Token>>, kept: &Arc<Kept>) {
        if self.plan().error_wired {
            self.send_marker(ERROR_PORT, place, token, &Marker::Skip("no error".into()), kept);
        }
    }

    fn failed(&self, place: &Place, error: &NodeError, retry: &Retry) -> Arc<Failed> {
        let step = self.plan();
        let wires = step.inputs.iter().map(|input| &*input.name);
        let inputs = retry.bag.iter().filter(|(name, _)| wires.clone().any(|wire| wire == *name));
        let failure = Failure {
            step: step.name.clone(),
            key: place.key().to_string(),
            names: place.names().into_iter().map(str::to_owned).collect(),
            causes: error.causes().to_vec(),
            hint: error.hint_text().map(str::to_owned),
            attempts: retry.failed.clone(),
            inputs: inputs.map(|(name, value)| (name.to_owned(), value.summary())).collect(),
        };
        Failed::new(self.id, place.key().clone(), Arc::new(failure), step.error_wired)
    }

    fn say_failed(
        &mut self,
        place: &Arc<Place>,
        token: Option<&Arc<Token>>,
        error: &NodeError,
        failed: &Arc<Failed>,
        took: Option<Duration>,
        kept: &Arc<Kept>,
    ) {
        let attempts = u32::try_from(failed.failure.attempts.len().max(1)).unwrap_or(u32::MAX);
        let fate =
            Fate::Failed { causes: error.causes().to_vec(), hint: error.hint_text().map(str::to_owned), attempts };
        self.say_done(place, fate, took);
        if self.plan().error_wired {
            self.shared.bus.send(What::Handled { step: self.id, key: place.key().to_string() });
            self.send_value(ERROR_PORT, place, token, Value::Failure(failed.failure.clone()), kept);
        } else if self.stops_on_failure() {
            let cause = format!("`{}` failed: {error}", self.plan().name);
            self.shared.stop(RunOutcome::Stopped, &cause);
        }
    }

    fn stops_on_failure(&self) -> bool {
        self.shared.fail_fast.unwrap_or(self.plan().policy.on_error == OnError::Stop)
    }

    fn say_done(&self, place: &Place, fate: Fate, took: Option<Duration>) {
        self.shared.bus.send(What::Done {
            step: self.id,
            key: place.key().to_string(),
            name: place.name().to_owned(),
            fate,
            took_ms: took.map(|took| took.as_secs_f64() * 1_000.0),
        });
    }

    fn say_output(&self, port: &str, place: &Place, value: &Value) {
        let outputs = self.shared.plan.outputs.iter();
        let mine = outputs.filter(|output| {
            matches!(&output.from, OutputSource::Port { step, port: from } if *step == self.id && **from == *port)
        });
        for output in mine {
            let value = value.to_json().unwrap_or_else(|| value.summary().into());
            self.shared.bus.send(What::Output { name: output.name.clone(), key: place.key().to_string(), value });
        }
    }
}

fn take_outcome(given: &mut Vec<(Cow<'static, str>, Outcome)>, port: &str) -> Outcome {
    match given.iter().position(|(name, _)| name == port) {
        Some(at) => given.swap_remove(at).1,
        None => Outcome::Skip("no value".into()),
    }
}
