//! Two runs side by side: which items are in one alone, which fared otherwise, which values and written files differ.
//!
//! Items are compared by step and stable name, so that a new file in a folder changes none but its own. Values are compared by
//! what stands for them and, where both are kept, by their bytes. Deliberately absent: graphs (core compares plans).

mod account;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use blake3::Hash;
use serde::Serialize;
use serde_json::Value as Json;
use windlass_core::event::StepState;
use windlass_core::value::Value;
use windlass_core::value::difference::{Difference, by_row};

use crate::artifacts::{Artifacts, Stored};
use crate::journal::Wrote;
pub use account::{Account, Gave, Item};

/// What differs between what two runs came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunDifference {
    /// The steps that both have and that differ in something, by name.
    pub steps: Vec<StepItems>,
    /// The graph outputs that differ.
    pub outputs: Vec<OutputDifference>,
    /// How both fared, step by step.
    pub figures: Vec<StepFigures>,
}

/// What differs between the items of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StepItems {
    /// The step.
    pub step: String,
    /// How many items fared alike, in all that is known of them.
    pub alike: usize,
    /// Items that only the first run has.
    pub gone: Vec<String>,
    /// Items that only the second run has.
    pub added: Vec<String>,
    /// Items that left otherwise.
    pub fates: Vec<FateChange>,
    /// Values that differ, or may do so.
    pub values: Vec<ValueChange>,
    /// Files that are elsewhere, have another content, or were written in one run alone. What an item gave is not compared where
    /// it wrote some.
    pub files: Vec<FileChange>,
}

/// An item that left otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FateChange {
    /// The item.
    pub item: String,
    /// How it left in the first run: `emitted`, or why not.
    pub old: String,
    /// How it left in the second.
    pub new: String,
}

/// A value that is not known to be alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueChange {
    /// The item.
    pub item: String,
    /// The port that it was given on.
    pub port: String,
    /// Whether both are kept, and differ. Else they were made in different ways, and may be alike all the same.
    pub is_known: bool,
    /// Where both are kept, if they are.
    #[serde(skip)]
    pub kept: Option<(Stored, Stored)>,
}

/// A file that is not where it was, or not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileChange {
    /// The item that was written.
    pub item: String,
    /// What the first run wrote.
    pub old: Option<Wrote>,
    /// What the second run wrote.
    pub new: Option<Wrote>,
}

/// A graph output that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputDifference {
    /// Its name.
    pub output: String,
    /// How.
    pub difference: Difference,
}

/// How a step fared in both runs; `None` where a run has no such step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepFigures {
    /// The step.
    pub step: String,
    /// In the first run.
    pub old: Option<Figures>,
    /// In the second.
    pub new: Option<Figures>,
}

/// How a step fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Items that left with a value.
    pub emitted: u64,
    /// Items that left without one.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Time of all tries together, in milliseconds.
    pub busy_ms: f64,
}

/// Compares two runs.
pub fn difference(old: &Account, new: &Account) -> RunDifference {
    let in_order = new.state.steps.iter().map(|step| &step.info.name);
    let both = in_order.filter_map(|step| Some((step, old.items.get(step)?, new.items.get(step)?)));
    let steps = both.map(|(step, old, new)| items(step, old, new)).filter(StepItems::is_any);
    RunDifference { steps: steps.collect(), outputs: outputs(old, new), figures: figures(old, new) }
}

fn items(step: &str, old: &BTreeMap<String, Item>, new: &BTreeMap<String, Item>) -> StepItems {
    let mut found = StepItems { step: step.to_owned(), ..StepItems::default() };
    for (name, before) in old {
        let Some(after) = new.get(name) else {
            found.gone.push(name.clone());
            continue;
        };
        if !found.compare(name, before, after) {
            found.alike += 1;
        }
    }
    found.added = new.keys().filter(|name| !old.contains_key(*name)).cloned().collect();
    found
}

impl FileChange {
    /// Returns whether the content is the same, and lies elsewhere.
    pub fn is_moved(&self) -> bool {
        self.old.as_ref().zip(self.new.as_ref()).is_some_and(|(old, new)| old.content == new.content)
    }
}

impl StepItems {
    fn is_any(&self) -> bool {
        let lists = [self.gone.len(), self.added.len(), self.fates.len(), self.values.len(), self.files.len()];
        lists.iter().any(|length| *length > 0)
    }

    /// Adds what differs about an item; returns whether anything does.
    fn compare(&mut self, name: &str, old: &Item, new: &Item) -> bool {
        let before = (self.fates.len(), self.values.len(), self.files.len());
        if old.left != new.left {
            let fate = |item: &Item| item.left.as_deref().unwrap_or("emitted").to_owned();
            self.fates.push(FateChange { item: name.to_owned(), old: fate(old), new: fate(new) });
        }
        if old.wrote.is_empty() && new.wrote.is_empty() {
            self.values.extend(values(name, old, new));
        }
        // What a sink gives is where it wrote: its files say that, and what is in them.
        self.files.extend(files(name, &old.wrote, &new.wrote));
        before != (self.fates.len(), self.values.len(), self.files.len())
    }
}

fn values(item: &str, old: &Item, new: &Item) -> Vec<ValueChange> {
    let in_both = new.gave.iter().filter_map(|(port, after)| {
        let (_, before) = old.gave.iter().find(|(known, _)| known == port)?;
        value(item, port, before, after)
    });
    in_both.collect()
}

fn value(item: &str, port: &str, old: &Gave, new: &Gave) -> Option<ValueChange> {
    let kept = old.stored.as_ref().zip(new.stored.as_ref());
    if old.identity == new.identity || kept.is_some_and(|(old, new)| old.hash() == new.hash()) {
        return None;
    }
    let kept = kept.map(|(old, new)| (old.clone(), new.clone()));
    Some(ValueChange { item: item.to_owned(), port: port.to_owned(), is_known: kept.is_some(), kept })
}

fn files(item: &str, old: &[Wrote], new: &[Wrote]) -> Vec<FileChange> {
    let pairs = (0..old.len().max(new.len())).map(|at| (old.get(at), new.get(at)));
    let changed = pairs.filter(|(old, new)| old != new);
    changed.map(|(old, new)| FileChange { item: item.to_owned(), old: old.cloned(), new: new.cloned() }).collect()
}

/// An output of many items is compared as a table of them: a new one does not move the others.
fn outputs(old: &Account, new: &Account) -> Vec<OutputDifference> {
    let values = |account: &Account, name: &str| -> Vec<Json> {
        account.outputs.get(name).map(|values| values.values().cloned().collect()).unwrap_or_default()
    };
    let names: BTreeSet<_> = old.outputs.keys().chain(new.outputs.keys()).collect();
    let of = |name: &&String| (values(old, name), values(new, name));
    let differing = names.iter().map(|name| (*name, of(name))).filter(|(_, (old, new))| old != new);
    differing
        .map(|(name, (old, new))| OutputDifference { output: name.clone(), difference: of_output(&old, &new) })
        .collect()
}

fn of_output(old: &[Json], new: &[Json]) -> Difference {
    match (old, new) {
        ([old], [new]) => Value::from_constant(old).difference(&Value::from_constant(new)),
        _ => by_row(old, new),
    }
}

fn figures(old: &Account, new: &Account) -> Vec<StepFigures> {
    let of = |account: &Account, name: &str| {
        account.state.steps.iter().find(|step| step.info.name == name).map(|step: &StepState| Figures {
            emitted: step.emitted,
            skipped: step.skipped,
            failed: step.failed,
            busy_ms: step.busy_ms,
        })
    };
    let names =
        |account: &Account| -> Vec<String> { account.state.steps.iter().map(|step| step.info.name.clone()).collect() };
    let (before, after) = (names(old), names(new));
    let gone = before.into_iter().filter(|name| !after.contains(name)).collect::<Vec<_>>();
    let all = after.into_iter().chain(gone);
    all.map(|step| StepFigures { old: of(old, &step), new: of(new, &step), step }).collect()
}

/// Returns what a run wrote, where that still stands or is kept.
pub fn content(wrote: &Wrote, artifacts: Option<&Artifacts>) -> Option<Vec<u8>> {
    let hash = Hash::from_hex(&wrote.content).ok()?;
    let is_short = |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.len() == wrote.size_bytes);
    let standing = is_short(&wrote.path).then(|| std::fs::read(&wrote.path).ok()).flatten();
    let standing = standing.filter(|bytes| blake3::hash(bytes) == hash);
    standing.or_else(|| artifacts?.bytes(&Stored::Blob { hash, size_bytes: wrote.size_bytes }).ok())
}
