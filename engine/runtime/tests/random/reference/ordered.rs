//! Ordered steps: each group in key order, with a state of its own, and once more for its end.

use windlass_core::doc::Incomplete;
use windlass_core::key::Key;
use windlass_core::node::{Child, InOrder, State};
use windlass_core::plan::{Step, StepId};
use windlass_core::value::Bag;

use super::Fate;
use super::evaluate::Evaluation;
use super::fire::{failure, fire};
use super::join::{Marker, Verdict, gather, judge};

/// What is known of a group.
struct Known {
    state: State,
    is_enough: bool,
    fed: u64,
    failures: Vec<Marker>,
    /// Items that are open; what follows is too, unless the node counts them.
    open: u64,
    /// Why the group is not whole.
    cause: Option<Marker>,
    /// What was given in a scope that takes the place of the group's.
    children: Vec<Child>,
}

impl Known {
    fn begin(state: State, cause: Option<Marker>) -> Self {
        Self { state, is_enough: false, fed: 0, failures: Vec::new(), open: 0, cause, children: Vec::new() }
    }
}

impl Evaluation<'_> {
    /// Goes through all groups of an ordered step.
    pub fn ordered(&mut self, id: StepId, round: &Key) {
        let step = &self.plan.steps[id];
        let may_cut = self.plan.may_cut(id);
        for group in self.keys(&step.scope[..step.scope.len() - 1], round) {
            let state = step.node.begin().unwrap();
            let opener = self.opener(&step.scope, step.scope.len() - 1, &group);
            let cause = self.causes.get(&opener).cloned();
            let mut known = Known::begin(state, cause);
            for index in 0..self.expected.groups[&opener].0 {
                let was_enough = known.is_enough;
                self.in_order(id, step, &group.child(index), &mut known);
                if may_cut && known.is_enough && !was_enough {
                    let least = self.expected.cuts.entry(opener.clone()).or_insert(u64::MAX);
                    *least = (index + 1).min(*least);
                }
            }
            if step.spec.fires_at_end() {
                self.end_of_group(id, step, &group, known);
            }
        }
    }

    fn in_order(&mut self, id: StepId, step: &Step, key: &Key, known: &mut Known) {
        let at = (id, key.clone());
        let verdict = match known.is_enough {
            true => Verdict::Skipped(Marker::Skip),
            false => judge(self, step, &gather(self, step, key)),
        };
        let bag = match verdict {
            Verdict::Skipped(marker) => {
                known.open += u64::from(marker == Marker::Open);
                known.failures.extend(Some(marker.clone()).filter(|marker| matches!(marker, Marker::Failure(_))));
                return self.skipped(at, step, marker);
            }
            Verdict::Refused => {
                known.failures.push(Marker::Failure(at.clone()));
                return self.failed(at, step, failure(step, key, &[]), Vec::new());
            }
            Verdict::Fires { .. } if known.open > 0 && !step.spec.counts_open || self.is_open(&at) => {
                known.open += 1;
                return self.skipped(at, step, Marker::Open);
            }
            Verdict::Fires { bag, .. } => bag,
        };
        let firing = fire(
            &self.runtime,
            id,
            step,
            key,
            &bag,
            Some(InOrder::Item { state: known.state.clone(), open_before: known.open }),
        );
        match firing.result {
            Ok(mut emission) => {
                known.fed += 1;
                known.is_enough = emission.enough;
                if let Some(change) = emission.change.take() {
                    known.state = change.of_state(known.state.clone());
                }
                if emission.is_open {
                    return self.skipped(at, step, Marker::Open);
                }
                known.children.extend(firing.children);
                self.emitted(at, step, emission, Vec::new());
            }
            Err(failure) => {
                known.failures.push(Marker::Failure(at.clone()));
                self.failed(at, step, failure, Vec::new());
            }
        }
    }

    fn end_of_group(&mut self, id: StepId, step: &Step, group: &Key, mut known: Known) {
        let at = (id, group.clone());
        let strict = step.policy.incomplete == Incomplete::Fail;
        let nothing = known.failures.first().filter(|_| known.fed == 0).cloned();
        let failed = known.failures.len() as u64;
        let mut children = std::mem::take(&mut known.children);
        if known.open > 0 {
            return self.skipped_with(at, step, Marker::Open, children);
        }
        match (known.cause.clone(), nothing) {
            (Some(cause), _) => return self.skipped_with(at, step, cause, children),
            _ if strict && failed > 0 => return self.failed(at, step, failure(step, group, &[]), children),
            (None, Some(failure)) => return self.skipped_with(at, step, failure, children),
            (None, None) => {}
        }
        if failed > 0 {
            self.expected.incomplete.insert(at.clone(), (known.fed, failed));
        }
        let firing = fire(&self.runtime, id, step, group, &Bag::new(), Some(InOrder::End(known.state.clone())));
        children.extend(firing.children);
        match firing.result {
            Ok(emission) => self.emitted(at.clone(), step, emission, children),
            Err(failure) => self.failed(at.clone(), step, failure, children),
        }
        debug_assert!(matches!(self.expected.fates[&at], Fate::Emitted | Fate::Failed(_)), "an end is no filter");
    }
}
