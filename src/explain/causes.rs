//! Why a result is missing: which part of what it depends on is not as it was in the last run.

use std::sync::Arc;

use windlass_core::doc::Cache as Policy;
use windlass_core::plan::{Plan, Step, StepId};
use windlass_core::spec::Purity;
use windlass_core::value::Value;
use windlass_runtime::Known;

use super::old::{Inputs, Old};

/// Finds causes.
pub struct Causes {
    plan: Arc<Plan>,
    old: Old,
    /// What is true of all items of a step.
    of_steps: Vec<Option<String>>,
}

impl Causes {
    /// Compares a plan with the last run.
    pub fn new(plan: Arc<Plan>, old: Old) -> Self {
        let of_steps = plan.steps.iter().map(|step| of_step(step, &plan, &old)).collect();
        Self { plan, old, of_steps }
    }

    /// Returns why there is no result for an item.
    pub fn of(&self, step: StepId, name: &str, known: Option<&Known>) -> String {
        let plan = &self.plan.steps[step];
        let Some(known) = known else { return "what it takes cannot be read".to_owned() };
        if let Some(cause) = &self.of_steps[step] {
            return cause.clone();
        }
        match self.old.inputs(&plan.name, name) {
            None => "new".to_owned(),
            Some(old) => changed_input(old, &known.inputs).unwrap_or_else(|| gone(plan)),
        }
    }
}

/// Returns why no item of a step has a result, where that is so for one cause.
fn of_step(step: &Step, plan: &Plan, old: &Old) -> Option<String> {
    if step.policy.cache == Policy::Never {
        return Some("`cache: never`".to_owned());
    }
    if step.spec.purity == Purity::Reads && step.policy.cache != Policy::Always {
        return Some("it depends on the world".to_owned());
    }
    let Some(old_plan) = &old.plan else { return Some("no earlier run of this graph".to_owned()) };
    let Some(before) = old_plan.steps.iter().find(|before| before.name == step.name) else {
        return Some("the step is new".to_owned());
    };
    if before.spec.kind != step.spec.kind {
        return Some(format!("it was `{}`, and is `{}`", before.spec.kind, step.spec.kind));
    }
    if before.spec.version != step.spec.version {
        return Some(format!("version {} of `{}`, was {}", step.spec.version, step.spec.kind, before.spec.version));
    }
    let changed = step.constants.iter().find_map(|(name, value)| changed_param(step, before, name, value));
    changed.or_else(|| {
        let is_other_seed = step.spec.seeded && old_plan.seed != plan.seed;
        is_other_seed.then(|| format!("seed {}, was {}", plan.seed, old_plan.seed))
    })
}

fn changed_param(step: &Step, before: &Step, name: &str, value: &Value) -> Option<String> {
    let is_secret = |step: &Step| step.secrets.iter().any(|(known, _)| **known == *name);
    let old = before.constants.iter().find(|(known, _)| **known == *name).map(|(_, value)| value);
    let Some(old) = old else { return Some(format!("`{name}` is {}, and was not set", value.summary())) };
    let same = old.to_json() == value.to_json() && old.summary() == value.summary();
    let hides = is_secret(step) || is_secret(before);
    (!same && !hides).then(|| format!("`{name}` is {}, was {}", value.summary(), old.summary()))
}

fn changed_input(old: &Inputs, new: &Inputs) -> Option<String> {
    let is_other = |(name, identity): &&(String, blake3::Hash)| {
        old.iter().find(|(known, _)| known == name).is_none_or(|(_, before)| before != identity)
    };
    new.iter().find(is_other).map(|(name, _)| format!("`{name}` has changed"))
}

fn gone(step: &Step) -> String {
    match step.spec.purity {
        Purity::Writes => "what it had written is gone or was changed",
        Purity::Pure | Purity::Reads => "its result is not kept any more",
    }
    .to_owned()
}
