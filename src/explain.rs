//! What a run would compute and what it would find, and why: found out by a run that computes nothing.

mod after;
mod causes;
mod old;
mod show;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use windlass_core::event::RunState;
use windlass_core::key::Place;
use windlass_core::plan::{Plan, StepId};
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Explain, Known, Machine, RunOptions};
use windlass_store::{Ledger, OutputFiles, Workspace};

use crate::results;
use crate::warnings::Warnings;
pub use after::{After, Computed, after};
use causes::Causes;
use old::Old;
pub use show::{causes_in_words, json, text};

/// What would happen in each step.
pub struct Explanation {
    /// The graph.
    pub title: String,
    /// The steps.
    pub steps: Vec<Explained>,
    /// How many cores there are.
    pub cores: u32,
}

/// What would happen in a step.
pub struct Explained {
    /// Its name.
    pub name: String,
    /// Items whose result is found.
    pub cached: u64,
    /// Items that would be computed, by cause.
    pub missed: BTreeMap<String, u64>,
    /// Items of which that is not known before others are computed.
    pub depends: u64,
    /// Items that are computed each time, because that costs less than a record.
    pub light: u64,
    /// How long the code took for an item in the last run, in microseconds, where that is known.
    pub took_us: Option<u64>,
}

/// Why all is computed where no result counts.
const FRESH: &str = "`--fresh`";

/// Gathers what would be computed.
struct Gathering {
    causes: Causes,
    is_fresh: bool,
    missed: Mutex<Vec<BTreeMap<String, u64>>>,
}

impl Gathering {
    fn missed(&self) -> MutexGuard<'_, Vec<BTreeMap<String, u64>>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Explain for Gathering {
    fn missed(&self, step: StepId, place: &Place, known: Option<&Known>) {
        let cause = match self.is_fresh {
            true => FRESH.to_owned(),
            false => self.causes.of(step, place.name(), known.map(|known| &known.inputs)),
        };
        *self.missed()[step].entry(cause).or_default() += 1;
    }
}

/// Finds out what a run of the plan would compute; a fresh one finds no result. Nothing is written but what the index learns.
///
/// # Errors
/// The engine cannot be started.
pub fn explain(
    plan: Plan,
    (workspace, is_fresh): (Option<&Workspace>, bool),
    machine: Machine,
    registry: &Registry,
) -> anyhow::Result<Explanation> {
    let plan = Arc::new(plan);
    let olds = workspace.map(|workspace| Old::all(&workspace.runs(), &plan, registry, None)).unwrap_or_default();
    let took = olds.first().map(Old::took).unwrap_or_default();
    let gathering = Arc::new(Gathering {
        causes: Causes::new(plan.clone(), olds),
        is_fresh,
        missed: Mutex::new(vec![BTreeMap::new(); plan.steps.len()]),
    });
    let cores = machine.cores;
    let state = simulate(&plan, workspace, machine, registry, gathering.clone())?;
    let missed = std::mem::take(&mut *gathering.missed());
    let steps = plan.steps.iter().zip(&state.steps).zip(missed);
    let explained = |((step, state), missed): ((&windlass_core::plan::Step, _), _)| {
        explained(step, state, missed, took.get(&step.name).copied())
    };
    Ok(Explanation { title: state.graph.clone(), steps: steps.map(explained).collect(), cores })
}

fn explained(
    step: &windlass_core::plan::Step,
    state: &windlass_core::event::StepState,
    missed: BTreeMap<String, u64>,
    took_us: Option<u64>,
) -> Explained {
    let runs: u64 = missed.values().sum();
    Explained {
        name: step.name.clone(),
        cached: state.recalled,
        depends: state.open().saturating_sub(runs),
        light: state.done().saturating_sub(state.recalled),
        missed,
        took_us,
    }
}

fn simulate(
    plan: &Arc<Plan>,
    workspace: Option<&Workspace>,
    machine: Machine,
    registry: &Registry,
    explain: Arc<Gathering>,
) -> anyhow::Result<RunState> {
    let results = match workspace {
        Some(workspace) => results::open(workspace, registry, (explain.is_fresh, None), &Warnings::default()),
        None => Some(results::nowhere(registry)),
    };
    let nowhere = Workspace::none();
    let graph = plan.path.as_deref().unwrap_or(Path::new(""));
    let files = OutputFiles::new(workspace.unwrap_or(&nowhere), Arc::new(Ledger::in_memory()), graph);
    let options = RunOptions {
        granted: plan.permissions.clone(),
        fail_fast: Some(false),
        codecs: registry.codecs().clone(),
        results,
        explain: Some(explain),
        ..RunOptions::new("explain", Arc::new(files))
    };
    let engine = Engine::new(machine).context("cannot start the threads of the engine")?;
    let run = engine.start(plan.clone(), options).context("cannot find out what would run")?;
    Ok(run.wait())
}
