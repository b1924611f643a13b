//! Whether a step that wants no more of a group may cut the group short.

use super::{Plan, Step, StepId, StepInput};
use crate::spec::{Purity, Tolerance};

impl Plan {
    /// Returns whether the group that an ordered step goes through may end as soon as the step wants no more of it.
    ///
    /// It may where nobody can tell: every sink, collect and output of the group lies behind the step, so that whatever
    /// is left out would have been skipped there, and nothing behind it fires on a skip. Where the group's items were
    /// parked on the way, or are handed out again under rows, its source goes on.
    pub fn may_cut(&self, step: StepId) -> bool {
        let Some(cutter) = self.steps.get(step).filter(|step| step.spec.is_ordered()) else { return false };
        let is_cut_alone = |split: &StepId| {
            let opener = &self.steps[*split];
            opener.spec.is_split() && !opener.is_loop_head() && !self.is_handed_out_again(*split)
        };
        if !cutter.scope.last().is_some_and(is_cut_alone) || self.is_parked_before(step) {
            return false;
        }
        let behind = self.behind(step);
        let mut inside = self.steps.iter().enumerate().filter(|(_, other)| other.scope.starts_with(&cutter.scope));
        let outputs = self.outputs.iter().filter(|output| output.scope.starts_with(&cutter.scope));
        inside.all(|(at, other)| behind[at] && !fires_on_skips(other) || !behind[at] && !has_effects(other, cutter))
            && self.steps.iter().all(|other| collects_behind(other, cutter, &behind))
            && outputs.map(|output| &output.from).all(|from| match from {
                super::OutputSource::Port { step, .. } => behind[*step],
                super::OutputSource::Constant { .. } => true,
            })
    }

    /// Returns whether a split may have one of its groups cut short.
    pub fn may_be_cut(&self, split: StepId) -> bool {
        let cutters = self.steps.iter().enumerate().filter(|(_, step)| step.scope.last() == Some(&split));
        cutters.map(|(at, _)| at).any(|at| self.may_cut(at))
    }

    /// Returns whether rows of a batch share the groups of a split.
    fn is_handed_out_again(&self, split: StepId) -> bool {
        let mut inputs = self.steps.iter().flat_map(|step| &step.inputs);
        inputs.any(|input| input.replays.is_some() && input.scope.contains(&split))
    }

    /// Tells the steps of a step's group that skip what it skips, itself among them.
    fn behind(&self, step: StepId) -> Vec<bool> {
        let scope = &self.steps[step].scope;
        let mut behind = vec![false; self.steps.len()];
        for (at, other) in self.steps.iter().enumerate() {
            let reaches = |input: &StepInput| behind[input.from] && input.scope_inside().starts_with(scope);
            behind[at] = at == step || other.inputs.iter().any(reaches);
        }
        behind
    }

    /// Returns whether items of a step's group are parked on their way to it: they have then left their window.
    fn is_parked_before(&self, step: StepId) -> bool {
        let scope = &self.steps[step].scope;
        let mut before = vec![false; self.steps.len()];
        before[step] = true;
        let mut parks = false;
        for (at, other) in self.steps.iter().enumerate().rev().filter(|(_, other)| other.scope.starts_with(scope)) {
            if before[at] {
                parks |= other.inputs.iter().any(|input| input.parks.is_some_and(|kept| kept < scope.len()));
                other.inputs.iter().for_each(|input| before[input.from] = true);
            }
        }
        parks
    }
}

fn fires_on_skips(step: &Step) -> bool {
    step.spec.tolerates != Tolerance::Nothing
}

/// Tells a step that would do something else if its group had fewer items.
fn has_effects(step: &Step, cutter: &Step) -> bool {
    let gives_total = step.spec.fires_at_end() && step.scope == cutter.scope;
    step.spec.outputs.is_empty() || step.spec.purity == Purity::Writes || gives_total
}

/// Tells whether a step takes no whole group of the cutter's but what lies behind it. Ports that collect in one scope
/// drop a member together, but not those of a pairing.
fn collects_behind(step: &Step, cutter: &Step, behind: &[bool]) -> bool {
    let mut whole = step.inputs.iter().filter(|input| input.collect && input.scope == cutter.scope);
    let together = |input: &StepInput| {
        if step.spec.is_pairing() {
            return false;
        }
        let mut same = step.inputs.iter().filter(|other| other.collect && other.scope == input.scope);
        same.any(|other| behind[other.from])
    };
    whole.all(|input| behind[input.from] || together(input))
}
