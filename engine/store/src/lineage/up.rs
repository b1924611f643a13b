//! From what was made back to what it was made of.

use windlass_core::key::Key;
use windlass_core::plan::{Plan, Step, StepId, StepInput};

use super::{Keys, Lineage, Use, hides, scope_before};
use crate::past::Past;

impl Lineage {
    /// Returns what a firing depends on, and the firing.
    pub fn up(plan: &Plan, past: &Past, step: StepId, key: &Key) -> Self {
        let mut lineage = Self::default();
        lineage.uses.insert(step, Use { firings: Keys::of(key), ..Use::default() });
        // Each step follows what feeds it, so that all that is asked of a step is known when its turn comes.
        for at in (0..=step).rev() {
            let Some(part) = plan.steps.get(at) else { continue };
            let Some(this) = lineage.uses.get_mut(&at) else { continue };
            this.narrow(part, past);
            let this = this.clone();
            part.inputs.iter().for_each(|input| lineage.ask(plan, input, part, &this));
        }
        lineage
    }

    /// Asks what feeds a wire for what these firings of a step took from it.
    fn ask(&mut self, plan: &Plan, input: &StepInput, step: &Step, this: &Use) {
        let Some(from) = plan.steps.get(input.from) else { return };
        let values = this.firings.carried(&step.scope, &input.scope).without(input.replays);
        // Nobody knows which items such a step let through.
        let may_drop = !this.is_recorded && this.firings.count().is_none();
        let before = scope_before(input);
        let asked = self.uses.entry(input.from).or_default();
        asked.firings.extend(values.carried(&before, &from.scope));
        asked.ports.insert(input.from_port.clone());
        asked.is_at_most |= this.is_at_most || may_drop || hides(from, input, step);
        if before.contains(&input.from) {
            asked.children.extend(values);
        }
    }
}
