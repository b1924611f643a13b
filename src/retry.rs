//! Failed items that a new run takes up: what of the old run still counts is handed over to it, so that it stands alone.

use std::io;
use std::str::FromStr;
use std::sync::Arc;

use windlass_core::key::Key;
use windlass_core::node::explain_io;
use windlass_core::plan::{Affected, Plan, Step, StepId};
use windlass_core::spec::{Cost, Purity};
use windlass_store::journal::{Journal, Listed, Record};
use windlass_store::{Past, Workspace};

use crate::exit::Trouble;
use crate::terminal::{err_line, printable};

/// How many children of a listing are handed over at once.
const LOT: usize = 256;

/// What is run again of an old run.
pub struct Retried {
    /// Its name.
    pub run: String,
    /// The items: step and key.
    pub items: Vec<(String, Key)>,
    /// The plan that it had, where this program can tell.
    pub plan: Option<Plan>,
}

/// Nodes that are not what they were in the old run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Their items keep what they came to, unless they are run again.
    pub kept: Vec<String>,
    /// Their items are cheap to compute, so nobody knows any more what they came to; they are computed anew.
    pub anew: Vec<String>,
}

impl Retried {
    /// Returns what the new plan has to do: what is run again and what depends on it, and nodes that the old one had not.
    pub fn affected(&self, plan: &Plan, past: &Past) -> Affected {
        let number = |name: &str| plan.steps.iter().position(|step| step.name == name);
        let items = self.items.iter().filter_map(|(name, key)| Some((number(name)?, key.clone())));
        let new = (0..plan.steps.len()).filter(|step| !was_there(plan, *step, past)).map(|step| (step, Key::root()));
        let unlisted =
            (0..plan.steps.len()).flat_map(|step| listed_in_part(&plan.steps[step], past).map(move |key| (step, key)));
        plan.affected(items.chain(new).chain(unlisted))
    }

    /// Returns the nodes that were there and are something else now, but for those of which all is done anew.
    pub fn changed(&self, plan: &Plan, affected: &Affected) -> Changed {
        let mut changed = Changed::default();
        let Some(before) = &self.plan else { return changed };
        let is_partly = |(number, _): &(usize, &Step)| !affected.has(*number, &Key::root());
        for (_, step) in plan.steps.iter().enumerate().filter(is_partly) {
            let old = before.steps.iter().find(|old| old.name == step.name);
            if old.is_some_and(|old| differs(old, before, step, plan)) && step.in_loop.is_none() {
                let is_anew = step.spec.cost == Cost::Light;
                if is_anew { &mut changed.anew } else { &mut changed.kept }.push(step.name.clone());
            }
        }
        changed
    }
}

/// Returns whether the old run had the step with the same kind in the same place.
fn was_there(plan: &Plan, number: StepId, past: &Past) -> bool {
    let step = &plan.steps[number];
    let Some(info) = past.step(&step.name).and_then(|step| step.info()) else { return false };
    info.kind == step.spec.kind && info.scope.len() == step.scope.len()
}

/// Returns the groups of a split that are listed again: their keys may come to mean other items.
fn listed_in_part<'a>(step: &Step, past: &'a Past) -> impl Iterator<Item = Key> + use<'a> {
    let listings = past.step(&step.name).filter(|_| is_listed(step)).into_iter().flat_map(|done| done.listings());
    listings.filter(|(_, listing)| !listing.is_whole()).filter_map(|(group, _)| group.parse().ok())
}

/// Returns whether what a split finds stands in the journal: another firing need not find the same.
fn is_listed(step: &Step) -> bool {
    step.spec.is_split() && step.spec.purity != Purity::Pure
}

/// Returns whether a key means the item that it meant in the old run.
fn stands(plan: &Plan, step: &Step, key: &Key, past: &Past) -> bool {
    let mut splits =
        step.scope.iter().zip(key.places()).enumerate().map(|(depth, it)| (depth, &plan.steps[*it.0], *it.1));
    splits.all(|(depth, split, place)| {
        let listing = || past.listing(&split.name, &key.prefix(depth).to_string());
        !is_listed(split) || listing().is_some_and(|listing| listing.is_whole() && place < listing.len())
    })
}

fn differs(old: &Step, of: &Plan, new: &Step, in_plan: &Plan) -> bool {
    let wires = |step: &Step, plan: &Plan| {
        let wire = |input: &windlass_core::plan::StepInput| {
            (input.name.clone(), input.position, plan.steps[input.from].name.clone(), input.from_port.clone())
        };
        step.inputs.iter().map(wire).collect::<Vec<_>>()
    };
    let constants = |step: &Step| -> Vec<_> {
        step.constants.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    };
    old.spec.version != new.spec.version
        || constants(old) != constants(new)
        || old.statics != new.statics
        || wires(old, of) != wires(new, in_plan)
}

/// Hands what of the old run still counts over to a new one, and returns it as the past of that. Says what the graph would
/// make something else of.
///
/// # Errors
/// The journal cannot be written or read.
pub fn handed_over(
    retried: &Retried,
    past: &Past,
    plan: &Plan,
    journal: &Journal,
    workspace: &Workspace,
) -> anyhow::Result<Arc<Past>> {
    let affected = retried.affected(plan, past);
    retried.changed(plan, &affected).say();
    let folder = journal.path().parent().unwrap_or(journal.path());
    let refused = |error: &io::Error| {
        let error = explain_io("write", journal.path(), error);
        Trouble::store("what the old run came to cannot be handed over").because(error)
    };
    hand_over(past, plan, &affected, journal).map_err(|error| refused(&error))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let run = crate::past::find(&workspace.runs(), Some(&name))?;
    let (past, _) = Past::read(&run).map_err(|error| refused(&error))?;
    Ok(Arc::new(past))
}

impl Changed {
    fn say(&self) {
        let named = |nodes: &[String]| nodes.iter().map(|node| format!("`{node}`")).collect::<Vec<_>>().join(", ");
        if !self.kept.is_empty() {
            let nodes = named(&self.kept);
            err_line(&printable(&format!("changed since that run, and used for what is run again alone: {nodes}")));
        }
        if !self.anew.is_empty() {
            let nodes = named(&self.anew);
            err_line(&printable(&format!("changed since that run, and computed anew for all items: {nodes}")));
        }
    }
}

/// Hands over to the journal of a new run what the old one came to, but for what is affected.
///
/// # Errors
/// The journal cannot be written.
fn hand_over(past: &Past, plan: &Plan, affected: &Affected, journal: &Journal) -> io::Result<()> {
    for (number, step) in plan.steps.iter().enumerate() {
        let Some(done) = past.step(&step.name) else { continue };
        let still = |key: Key| !affected.has(number, &key) && stands(plan, step, &key, past);
        let counts = |key: &str| Key::from_str(key).is_ok_and(still);
        for (group, listing) in done.listings().filter(|(group, listing)| listing.is_whole() && counts(group)) {
            for first in (0..listing.len()).step_by(LOT) {
                let children = listing.from(first).take(LOT).collect();
                let listed = Listed { step: number, group: group.to_owned(), first, children };
                journal.append(&Record::Listed(listed))?;
            }
        }
        for mut result in done.results().filter(|result| counts(&result.key)) {
            result.step = number;
            journal.append(&Record::Result(result))?;
        }
    }
    journal.commit_all()
}
