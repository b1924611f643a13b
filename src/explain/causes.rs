//! Why a result is missing: which part of what it depends on is not as it was in the earlier run that it differs least from.

use std::sync::Arc;

use windlass_core::doc::Cache as Policy;
use windlass_core::plan::{Plan, Step, StepId};
use windlass_core::spec::Purity;
use windlass_core::value::Value;

use super::old::{Inputs, Old};

/// Finds causes.
pub struct Causes {
    plan: Arc<Plan>,
    /// The last run first.
    olds: Vec<Old>,
    of_steps: Vec<OfStep>,
}

/// What is true of all items of a step.
struct OfStep {
    /// Why none has a result that counts, whatever there was.
    always: Option<String>,
    /// What has changed since each of the earlier runs; `None` where that one had no such step.
    since: Vec<Option<Vec<String>>>,
}

impl Causes {
    /// Compares a plan with earlier runs of the graph, the last one first.
    pub fn new(plan: Arc<Plan>, olds: Vec<Old>) -> Self {
        let of_steps = plan.steps.iter().map(|step| OfStep::new(step, &plan, &olds)).collect();
        Self { plan, olds, of_steps }
    }

    /// Returns why there is no result for an item that is given this; `None`: that cannot be read.
    pub fn of(&self, step: StepId, name: &str, inputs: Option<&Inputs>) -> String {
        let (plan, of_step) = (&self.plan.steps[step], &self.of_steps[step]);
        if let Some(cause) = &of_step.always {
            return cause.clone();
        }
        let Some(inputs) = inputs else { return "what it takes cannot be read".to_owned() };
        let firings = self.olds.iter().zip(&of_step.since).filter_map(|(old, since)| {
            let before = old.firing(&plan.name, name)?;
            let changed = since.iter().flatten().cloned().chain(changed_inputs(&before.inputs, inputs));
            Some((changed.collect::<Vec<_>>(), before.has_failed))
        });
        match firings.min_by_key(|(changed, has_failed)| (changed.len(), *has_failed)) {
            None => "new".to_owned(),
            Some((changed, _)) if !changed.is_empty() => changed.join(", "),
            Some((_, true)) => "it had failed".to_owned(),
            Some((_, false)) => gone(plan).to_owned(),
        }
    }
}

impl OfStep {
    fn new(step: &Step, plan: &Plan, olds: &[Old]) -> Self {
        let since: Vec<_> = olds.iter().map(|old| changes(step, plan, old)).collect();
        let is_new = since.iter().all(Option::is_none);
        let always = match () {
            () if step.policy.cache == Policy::Never => Some("`cache: never`"),
            () if step.spec.purity == Purity::Reads && step.policy.cache != Policy::Always => {
                Some("it depends on the world")
            }
            () if olds.iter().all(|old| old.plan.is_none()) => Some("no earlier run of this graph"),
            () => is_new.then_some("the step is new"),
        };
        Self { always: always.map(str::to_owned), since }
    }
}

/// Returns what is not as it was in an earlier run, for all items of a step; `None` where that had no such step.
fn changes(step: &Step, plan: &Plan, old: &Old) -> Option<Vec<String>> {
    let old_plan = old.plan.as_ref()?;
    let before = old_plan.steps.iter().find(|before| before.name == step.name)?;
    if before.spec.kind != step.spec.kind {
        return Some(vec![format!("it was `{}`, and is `{}`", before.spec.kind, step.spec.kind)]);
    }
    let is_other_version = before.spec.version != step.spec.version;
    let version = || format!("version {} of `{}`, was {}", step.spec.version, step.spec.kind, before.spec.version);
    let constants = step.constants.iter().filter_map(|(name, value)| changed_param(step, before, name, value));
    let is_gone = |name: &str| {
        !step.constants.iter().any(|(known, _)| **known == *name)
            && !step.inputs.iter().any(|input| *input.name == *name)
    };
    let gone = before.constants.iter().filter(|(name, _)| is_gone(name));
    let gone = gone.map(|(name, _)| format!("`{name}` is not set any more"));
    let statics = step.statics.iter().filter_map(|(name, value)| changed_static(step, before, name, value));
    let is_other_seed = step.spec.seeded && old_plan.seed != plan.seed;
    let seed = is_other_seed.then(|| format!("seed {}, was {}", plan.seed, old_plan.seed));
    Some(is_other_version.then(version).into_iter().chain(statics).chain(constants).chain(gone).chain(seed).collect())
}

fn changed_param(step: &Step, before: &Step, name: &str, value: &Value) -> Option<String> {
    let is_secret = |step: &Step| step.secrets.iter().any(|(known, _)| **known == *name);
    let old = before.constants.iter().find(|(known, _)| **known == *name).map(|(_, value)| value);
    let Some(old) = old else { return Some(format!("`{name}` is {}, and was not set", value.summary())) };
    let same = old.to_json() == value.to_json() && old.summary() == value.summary();
    let hides = is_secret(step) || is_secret(before);
    (!same && !hides).then(|| format!("`{name}` is {}, was {}", value.summary(), old.summary()))
}

/// What constants are static as well is said of them.
fn changed_static(step: &Step, before: &Step, name: &str, value: &serde_json::Value) -> Option<String> {
    let is_constant = step.constants.iter().any(|(known, _)| **known == *name);
    let old = before.statics.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    if old != Some(value) {
        return (!is_constant).then(|| format!("`{name}` has changed"));
    }
    (before.statics.file(name) != step.statics.file(name)).then(|| format!("the file of `{name}` has changed"))
}

fn changed_inputs(old: &Inputs, new: &Inputs) -> impl Iterator<Item = String> {
    let is_other = |(name, identity): &&(String, blake3::Hash)| {
        old.iter().find(|(known, _)| known == name).is_none_or(|(_, before)| before != identity)
    };
    new.iter().filter(is_other).map(|(name, _)| format!("`{name}` has changed")).collect::<Vec<_>>().into_iter()
}

fn gone(step: &Step) -> &'static str {
    match step.spec.purity {
        Purity::Writes => "what it had written is gone or was changed",
        Purity::Pure | Purity::Reads => "its result is not kept any more",
    }
}
