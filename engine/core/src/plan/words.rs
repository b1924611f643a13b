//! Scopes in words.

use super::{LoopPart, Plan, Step, StepId};

impl Plan {
    /// Returns the scope as words: `once`, ``for each file of `find` ``, ``for each tile of `cut` of each file of `find` ``.
    pub fn scope_in_words(&self, scope: &[StepId]) -> String {
        if scope.is_empty() {
            return "once".into();
        }
        let names: Vec<_> = scope.iter().rev().map(|step| self.child_in_words(*step)).collect();
        format!("for {}", names.join(" of "))
    }

    fn child_in_words(&self, step: StepId) -> String {
        match self.steps.get(step) {
            Some(Step { in_loop: Some(LoopPart::Head { result, .. }), .. }) => {
                format!("each round of `{}`", self.steps.get(*result).map_or("", |step| &step.name))
            }
            Some(step) => format!("each {} of `{}`", item_name(step), step.name),
            None => "each item".into(),
        }
    }
}

/// Names a child of a split by its first *many* port; a name that no port of a graph can have stands in parentheses.
fn item_name(step: &Step) -> String {
    let first = step.spec.outputs.iter().find(|port| port.many);
    first.map_or_else(|| "item".into(), |port| port.name.trim_matches(['(', ')']).replace('_', " "))
}
