//! What a step says happened: fates, failures, values of graph outputs.

use std::time::Duration;

use windlass_core::doc::OnError;
use windlass_core::event::{Fate, Outcome, What};
use windlass_core::key::{Key, Place};
use windlass_core::node::{Child, NodeError};
use windlass_core::plan::{OutputSource, Plan, PlanOutput, StepId};
use windlass_core::value::Value;

use super::Step;
use super::split::Rest;
use crate::message::Failed;

/// Values of graph outputs up to this size are said whole, larger ones in a few words.
const SAID_BYTES: u64 = 64 * 1024;

impl Step {
    /// Says that an item has all its inputs together.
    pub(super) fn say_admitted(&mut self, place: &Place) {
        self.say_admitted_at(0, place);
    }

    /// Says that an item has come to a link, or counts it.
    pub(super) fn say_admitted_at(&mut self, at: usize, place: &Place) {
        match self.is_counted {
            true => self.counts[at].admitted += 1,
            false => self.shared.bus.send(What::Admitted { step: self.links[at], key: place.key().to_string() }),
        }
    }

    /// Says how an item left the step.
    pub(super) fn say_done(&mut self, place: &Place, fate: Fate, took: Option<Duration>) {
        self.say_done_at(self.links.len() - 1, place, fate, took);
    }

    /// Says how an item left a link, or counts it.
    pub(super) fn say_done_at(&mut self, at: usize, place: &Place, fate: Fate, took: Option<Duration>) {
        match fate {
            Fate::Emitted if self.is_counted => self.counts[at].emitted += 1,
            Fate::Skipped { .. } if self.is_counted => self.counts[at].skipped += 1,
            fate => self.say_fate(at, place, fate, took),
        }
    }

    /// Tells what has been counted.
    pub(super) fn tell_counts(&mut self) {
        for (step, counts) in self.links.iter().zip(&mut self.counts) {
            self.shared.bus.count(*step, counts);
        }
    }

    /// Says how an item left a link.
    pub(super) fn say_fate(&mut self, at: usize, place: &Place, fate: Fate, took: Option<Duration>) {
        self.tell_counts();
        self.shared.bus.send(What::Done {
            step: self.links[at],
            key: place.key().to_string(),
            name: place.name().to_owned(),
            fate,
            took_ms: took.map(|took| took.as_secs_f64() * 1_000.0),
        });
    }

    /// Says that the code of a split came back.
    pub(super) fn say_splitting(&self, group: &Key, took: Duration) {
        let took_ms = took.as_secs_f64() * 1_000.0;
        self.shared.bus.send(What::Splitting { step: self.id, key: group.to_string(), took_ms });
    }

    /// Says how many children a group will have, where the split can tell.
    pub(super) fn say_expecting(&self, group: &Key, made: &[Child], rest: &Rest) {
        let to_come = match rest {
            Rest::More(children) => children.size_hint(),
            _ => (0, Some(0)),
        };
        if to_come.1 == Some(to_come.0) {
            let count = (made.len() + to_come.0) as u64;
            self.shared.bus.send(What::Expecting { step: self.id, key: group.to_string(), count });
        }
    }

    /// Says that an item failed, and stops the run where the policy or the caller wants that.
    pub(super) fn say_failed(
        &mut self,
        at: usize,
        place: &Place,
        error: &NodeError,
        failed: &Failed,
        took: Option<Duration>,
    ) {
        let step = self.links[at];
        let attempts = u32::try_from(failed.failure.attempts.len().max(1)).unwrap_or(u32::MAX);
        let (causes, hint) = (error.causes().to_vec(), error.hint_text().map(str::to_owned));
        self.say_fate(at, place, Fate::Failed { causes, hint, attempts }, took);
        if self.hands_errors_out(step, place) {
            self.shared.bus.send(What::Handled { step, key: place.key().to_string() });
        } else if self.stops_on_failure(step) {
            let cause = format!("`{}` failed: {error}", self.shared.plan.steps[step].name);
            self.shared.stop(Outcome::Stopped, &cause);
        }
    }

    /// Says that an item failed in the step itself, which is the last of its links.
    pub(super) fn say_own_failure(
        &mut self,
        place: &Place,
        error: &NodeError,
        failed: &Failed,
        took: Option<Duration>,
    ) {
        self.say_failed(self.links.len() - 1, place, error, failed, took);
    }

    fn stops_on_failure(&self, step: StepId) -> bool {
        self.shared.fail_fast.unwrap_or(self.shared.plan.steps[step].policy.on_error == OnError::Stop)
    }

    /// Says the value of each graph output that a port feeds.
    pub(super) fn say_output(&self, port: &str, place: &Place, value: &Value) {
        for output in fed_outputs(&self.shared.plan, self.id, port) {
            let key = place.key().to_string();
            self.shared.bus.send(What::Output { name: output.name.clone(), key, value: said(value) });
        }
    }
}

/// Returns whether a port feeds an output of the graph.
pub(super) fn feeds_an_output(plan: &Plan, step: StepId, port: &str) -> bool {
    fed_outputs(plan, step, port).next().is_some()
}

fn fed_outputs<'a>(plan: &'a Plan, step: StepId, port: &'a str) -> impl Iterator<Item = &'a PlanOutput> {
    plan.outputs.iter().filter(move |output| {
        matches!(&output.from, OutputSource::Port { step: of, port: from } if *of == step && **from == *port)
    })
}

/// Returns a value as an event says it: JSON as it is, media and what is large in a few words.
pub fn said(value: &Value) -> serde_json::Value {
    let whole = (value.whole_bytes() <= SAID_BYTES).then(|| value.to_json()).flatten();
    whole.unwrap_or_else(|| value.summary().into())
}
