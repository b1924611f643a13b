//! `windlass retry`: a new run of the failed items of an old one, and of what depends on them, with the graph as it is now.

use std::collections::BTreeMap;

use windlass_core::key::Key;
use windlass_core::problem::nearest;
#[cfg(feature = "window")]
use windlass_core::registry::Registry;
use windlass_store::Past;
use windlass_store::runs::{Run, Stand};

use super::run::run_from;
use crate::cli::RetryArgs;
use crate::earlier;
#[cfg(feature = "window")]
use crate::earlier::Earlier;
use crate::exit::{Exit, Trouble};
use crate::origin::Origin;
use crate::packs;
use crate::panics::Panics;
use crate::past::{self, unreadable};
use crate::report::count;
use crate::retry::Retried;
use crate::terminal::{err_line, printable};

/// Runs them.
///
/// # Errors
/// There is no such run or node, another process works on it, its journal says too little, or what kept the new one from
/// running.
pub fn run(args: &RetryArgs, panics: &Panics) -> anyhow::Result<Exit> {
    let workspace = past::workspace(args.manner.workspace.as_deref())?;
    let run = past::find(&workspace.runs(), Some(&args.run))?;
    if run.stand().map_err(|error| unreadable(&run, &error))? == Stand::GoesOn {
        return Err(earlier::goes_on(&run));
    }
    let earlier = earlier::read(&run)?;
    let items = items(&earlier.past, args.node.as_deref())?;
    if items.is_empty() {
        err_line(&printable(&nothing(&run, args.node.as_deref())));
        return Ok(Exit::Done);
    }
    tell(&run, &items);
    let retried = Retried { run: run.name.clone(), items, plan: earlier.plan(&packs::registry()?) };
    let asked = earlier.asked(&args.manner, &workspace);
    run_from(&asked, &Origin::anew(earlier, retried), panics)
}

/// Returns what is run again in a window: all that failed and that nothing has taken up, or one item alone.
///
/// # Errors
/// Another process works on the run, its journal says too little, or nothing is to be done.
#[cfg(feature = "window")]
pub fn retried(run: &Run, item: Option<&(String, String)>, registry: &Registry) -> anyhow::Result<(Earlier, Retried)> {
    if run.stand().map_err(|error| unreadable(run, &error))? == Stand::GoesOn {
        return Err(earlier::goes_on(run));
    }
    let earlier = earlier::read(run)?;
    let node = item.map(|(step, _)| step.as_str());
    let mut items = items(&earlier.past, node)?;
    items.retain(|(_, key)| item.is_none_or(|(_, wanted)| key.to_string() == *wanted));
    if items.is_empty() {
        return Err(Trouble::wrong(nothing(run, node)).into());
    }
    let plan = earlier.plan(registry);
    Ok((earlier, Retried { run: run.name.clone(), items, plan }))
}

/// Returns the failed items: those of one node, or all of which nothing has taken the failure up.
fn items(past: &Past, node: Option<&str>) -> anyhow::Result<Vec<(String, Key)>> {
    if let Some(node) = node.filter(|node| past.step(node).is_none()) {
        let near = nearest(node, past.steps().map(|(name, _)| name));
        let hint =
            near.map_or_else(|| "`windlass show` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Trouble::wrong(format!("the run has no node `{node}`")).hint(hint).into());
    }
    let failures = past.failures().filter(|failure| node.map_or(!failure.is_handled, |node| failure.step == node));
    Ok(failures.filter_map(|failure| Some((failure.step.to_owned(), failure.key.parse().ok()?))).collect())
}

fn nothing(run: &Run, node: Option<&str>) -> String {
    let of = node.map(|node| format!(" of `{node}`")).unwrap_or_default();
    format!("nothing is to be done: no item{of} has failed in the run `{}`", run.name)
}

fn tell(run: &Run, items: &[(String, Key)]) {
    let mut by_step = BTreeMap::<&str, u64>::new();
    items.iter().for_each(|(step, _)| *by_step.entry(step).or_default() += 1);
    let steps: Vec<_> =
        by_step.iter().map(|(step, number)| format!("{} of `{step}`", count(*number, "item"))).collect();
    err_line(&printable(&format!("runs again what failed in the run `{}`: {}", run.name, steps.join(", "))));
}
