//! From something that a run took or made to what became of it.

use windlass_core::plan::{Plan, StepId, StepInput};

use super::{Keys, Lineage, Start, Use, hides, knows, scope_before};
use crate::past::Past;

impl Lineage {
    /// Returns what a run made of something, and where it began.
    pub fn down(plan: &Plan, past: &Past, start: &Start) -> Self {
        let mut lineage = Self::default();
        let (begin, first) = match start {
            Start::Firing(step, key) => (*step, Use { firings: Keys::of(key), ..Use::default() }),
            Start::Child(step, key) => (*step, Use { children: Keys::of(key), ..Use::default() }),
        };
        lineage.uses.insert(begin, first);
        for at in begin + 1..plan.steps.len() {
            lineage.reach(plan, past, at);
        }
        if let Some(this) = lineage.uses.get_mut(&begin) {
            this.is_recorded = knows(past, &plan.steps[begin].name);
        }
        lineage
    }

    /// Finds the firings of a step that took something of what is followed.
    fn reach(&mut self, plan: &Plan, past: &Past, at: StepId) {
        let step = &plan.steps[at];
        let mut this = Use::default();
        for input in &step.inputs {
            let Some(from) = self.uses.get(&input.from) else { continue };
            let values = values(from, input, &plan.steps[input.from].scope);
            this.is_at_most |= from.is_at_most || hides(&plan.steps[input.from], input, step);
            this.firings.extend(values.with(input.replays).carried(&input.scope, &step.scope));
        }
        if this.firings.is_empty() {
            return;
        }
        this.narrow(step, past);
        // A step that leaves records and has none for these items never fired for them.
        let never_fired = !this.is_recorded && knows(past, &step.name) && !step.spec.is_split();
        if !never_fired {
            self.uses.insert(at, this);
        }
    }
}

/// Returns the keys of what a wire brings of a step.
fn values(from: &Use, input: &StepInput, scope: &[StepId]) -> Keys {
    let before = scope_before(input);
    let mut inside = scope.to_vec();
    inside.push(input.from);
    match before.starts_with(&inside) && !from.children.is_empty() {
        true => from.children.carried(&inside, &before),
        false => from.firings.carried(scope, &before),
    }
}
