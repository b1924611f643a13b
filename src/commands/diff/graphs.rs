//! The graphs of two runs as they were when these began, compared as plans.

use std::collections::BTreeSet;
use std::path::PathBuf;

use windlass_core::plan::{Plan, PlanDifference, difference};
use windlass_core::secret::Secrets;
use windlass_store::Past;
use windlass_store::diff::Account;
use windlass_store::runs::Run;

use crate::earlier::Earlier;
use crate::packs;

/// The graphs of two runs.
pub struct Graphs {
    /// What differs between them; `None` where one of them makes no plan any more.
    pub plans: Option<PlanDifference>,
    /// Why not.
    pub trouble: Option<String>,
    secrets: Vec<Secrets>,
}

impl Graphs {
    /// Returns what nothing that is said may give away.
    pub fn secrets(&self) -> impl Iterator<Item = &Secrets> {
        self.secrets.iter()
    }
}

/// Compares the graphs of two runs.
pub fn compare(runs: [&Run; 2]) -> Graphs {
    let [old, new] = runs.map(|run| plan(run).map_err(|error| format!("the graph of `{}`: {error:#}", run.name)));
    let secrets = [&old, &new].into_iter().flatten().map(|plan| plan.secrets.clone()).collect();
    match (old, new) {
        (Ok(old), Ok(new)) => Graphs { plans: Some(difference(&old, &new)), trouble: None, secrets },
        (Err(trouble), _) | (_, Err(trouble)) => Graphs { plans: None, trouble: Some(trouble), secrets },
    }
}

/// Compiles the graph of a run as it was when the run began.
fn plan(run: &Run) -> anyhow::Result<Plan> {
    let (past, _) = Past::read(run)?;
    if past.began().is_none() {
        anyhow::bail!("its journal does not say what it was");
    }
    Earlier::of(past)?.planned(&packs::registry()?)
}

/// Returns the files of the graphs that do not say the same, those of one alone among them.
pub fn files(old: &Account, new: &Account) -> BTreeSet<PathBuf> {
    let all = old.files.keys().chain(new.files.keys());
    all.filter(|path| old.files.get(*path) != new.files.get(*path)).cloned().collect()
}
