//! From what was made back to what it was made of.

use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId, StepInput};

use super::{Keys, Lineage, Use, scope_before};
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
            let firings = this.firings.clone();
            part.inputs.iter().for_each(|input| lineage.ask(plan, input, &part.scope, &firings));
        }
        lineage
    }

    /// Asks what feeds a wire for what these firings took from it.
    fn ask(&mut self, plan: &Plan, input: &StepInput, scope: &[StepId], firings: &Keys) {
        let Some(from) = plan.steps.get(input.from) else { return };
        let values = firings.carried(scope, &input.scope).without(input.replays);
        let before = scope_before(input);
        let asked = self.uses.entry(input.from).or_default();
        asked.firings.extend(values.carried(&before, &from.scope));
        asked.ports.insert(input.from_port.clone());
        if before.contains(&input.from) {
            asked.children.extend(values);
        }
    }
}
