//! What differs between two plans: steps, what they are given, where that comes from, how they are run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{OutputSource, Plan, Step, StepInput, StepPolicy, print};

/// What differs between two plans.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlanDifference {
    /// Differences that belong to no step: the seed, the rows, where outputs come from.
    pub whole: Vec<Change>,
    /// Steps that only the second has, in its order.
    pub added: Vec<String>,
    /// Steps that only the first has, in its order.
    pub gone: Vec<String>,
    /// Steps that both have, and that differ, in the order of the second.
    pub changed: Vec<StepDifference>,
}

/// What differs between two steps of the same name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepDifference {
    /// Its name.
    pub step: String,
    /// What differs, by name.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What it is: a parameter or port by its name, `kind`, `version`, `policy.retries`, …
    pub what: String,
    /// What the first says; `null` where it says nothing. A wire is an object with `wire`, where it comes from.
    pub old: Json,
    /// What the second says.
    pub new: Json,
}

/// What a plan says about something, by name.
type Facts = BTreeMap<String, Json>;

impl PlanDifference {
    /// Returns whether nothing differs.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares two plans. Secrets of both are hidden.
pub fn difference(old: &Plan, new: &Plan) -> PlanDifference {
    let (before, after) = (steps(old), steps(new));
    let only = |plan: &Plan, other: &BTreeMap<&str, Facts>| {
        let names = plan.steps.iter().map(|step| step.name.as_str());
        names.filter(|name| !other.contains_key(name)).map(str::to_owned).collect()
    };
    let both =
        new.steps.iter().filter_map(|step| Some((&step.name, before.get(&*step.name)?, after.get(&*step.name)?)));
    let changed = both.map(|(name, old, new)| StepDifference { step: name.clone(), changes: changes(old, new) });
    PlanDifference {
        whole: changes(&of_whole(old), &of_whole(new)),
        added: only(new, &before),
        gone: only(old, &after),
        changed: changed.filter(|step| !step.changes.is_empty()).collect(),
    }
}

fn changes(old: &Facts, new: &Facts) -> Vec<Change> {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let said = |facts: &Facts, name: &String| facts.get(name).cloned().unwrap_or_default();
    let change = |name: &&String| Change { what: (*name).clone(), old: said(old, name), new: said(new, name) };
    names.iter().map(change).filter(|change| change.old != change.new).collect()
}

fn steps(plan: &Plan) -> BTreeMap<&str, Facts> {
    plan.steps.iter().map(|step| (step.name.as_str(), hidden(plan, of_step(plan, step)))).collect()
}

fn hidden(plan: &Plan, mut facts: Facts) -> Facts {
    facts.values_mut().for_each(|fact| plan.secrets.hide_in_json(fact));
    facts
}

fn of_whole(plan: &Plan) -> Facts {
    let mut facts = Facts::from([("seed".to_owned(), plan.seed.into())]);
    for output in &plan.outputs {
        let from = match &output.from {
            OutputSource::Port { step, port } => {
                json!({ "wire": format!("{}.{port}", plan.steps.get(*step).map_or("?", |step| &step.name)) })
            }
            OutputSource::Constant { value, .. } => value.to_json().unwrap_or_else(|| value.summary().into()),
        };
        facts.insert(format!("output {}", output.name), from);
    }
    let rows = plan.rows.iter().filter(|rows| !rows.is_empty()).enumerate();
    facts.extend(rows.map(|(level, rows)| (format!("rows {}", level + 1), json!(rows))));
    hidden(plan, facts)
}

fn of_step(plan: &Plan, step: &Step) -> Facts {
    let mut facts = of_policy(&step.policy);
    facts.insert("kind".into(), step.spec.kind.clone().into());
    facts.insert("version".into(), step.spec.version.into());
    for (name, value) in &step.constants {
        let secret = step.secrets.iter().any(|(secret, _)| secret == name);
        let shown = value.to_json().filter(|_| !secret);
        facts.insert(name.to_string(), shown.unwrap_or_else(|| print::constant_of(step, name, value).into()));
    }
    facts.extend(step.inputs.iter().map(|input| (port(input), json!({ "wire": print::feed(plan, input) }))));
    facts
}

fn port(input: &StepInput) -> String {
    if input.variadic { format!("{}[{}]", input.name, input.position) } else { input.name.to_string() }
}

fn of_policy(policy: &StepPolicy) -> Facts {
    let StepPolicy { retries, backoff, backoff_max, timeout, on_error, incomplete, .. } = policy;
    let StepPolicy { slots, queue, window, cache, device, mute, .. } = policy;
    let facts = [
        ("retries", json!(retries)),
        ("backoff", format!("{backoff:?}").into()),
        ("backoff_max", format!("{backoff_max:?}").into()),
        ("timeout", timeout.map(|timeout| format!("{timeout:?}")).into()),
        ("on_error", format!("{on_error:?}").to_lowercase().into()),
        ("incomplete", format!("{incomplete:?}").to_lowercase().into()),
        ("slots", json!(slots)),
        ("queue", json!(queue)),
        ("window", json!(window)),
        ("cache", format!("{cache:?}").to_lowercase().into()),
        ("device", json!(device)),
        ("mute", json!(mute)),
    ];
    facts.into_iter().map(|(name, fact)| (format!("policy.{name}"), fact)).collect()
}
