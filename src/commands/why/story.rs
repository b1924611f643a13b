//! What a run tells of something: its journal, its plan, and the firings that take part.

use std::sync::Arc;

use clap::Parser;
use windlass_core::plan::{Mode, Plan};
use windlass_core::problem::Severity;
use windlass_store::Past;
use windlass_store::artifacts::Artifacts;
use windlass_store::journal::Began;
use windlass_store::lineage::{Hit, Lineage, Start, Trace};
use windlass_store::runs::Run;

use super::asked::{Asked, Found};
use crate::batch::Batch;
use crate::cli::{Cli, Command, RunArgs};
use crate::commands::shape;
use crate::earlier::Earlier;
use crate::load::load_varying;
use crate::origin::Origin;
use crate::packs;
use crate::past::unreadable;

/// Which way what is asked about is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To what it was made of.
    Up,
    /// To what became of it.
    Down,
}

/// All that is to be told.
pub struct Telling<'a> {
    /// What is asked about.
    pub asked: &'a Asked,
    /// Where runs speak of it.
    pub found: &'a Found,
    /// What they tell, oldest first.
    pub stories: &'a [Story],
    /// Which way it is followed.
    pub direction: Direction,
    /// Where values are kept.
    pub artifacts: Option<&'a Artifacts>,
}

/// What a run tells.
pub struct Story {
    /// The run.
    pub run: Run,
    /// What it is; nothing where that is lost.
    pub began: Began,
    /// What it did.
    pub past: Arc<Past>,
    /// Its plan, or why there is none any more.
    pub plan: Result<Plan, String>,
    /// Where it speaks of what is asked about.
    pub hits: Vec<Hit>,
    /// What is damaged in its journal, in words.
    pub damage: Vec<String>,
}

impl Story {
    /// Reads the journal of a run, and compiles its graph as it was.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn read(run: Run, hits: Vec<Hit>) -> anyhow::Result<Self> {
        let (past, damage) = Past::read(&run).map_err(|error| unreadable(&run, &error))?;
        let (past, began) = (Arc::new(past), run.began().ok().flatten());
        let began = began.or_else(|| run.last_began().ok().flatten());
        let plan = match &began {
            Some(began) => plan(&past, began),
            None => Err("the journal does not say any more what the run is".into()),
        };
        Ok(Self { run, began: began.unwrap_or_default(), past, plan, hits, damage })
    }

    /// Returns what takes part in a hit; `None` where there is no plan to know it by.
    pub fn lineage(&self, hit: &Hit, direction: Direction) -> Option<Lineage> {
        let plan = self.plan.as_ref().ok()?;
        let step = plan.steps.iter().position(|step| step.name == hit.step)?;
        Some(match (direction, &hit.trace) {
            (Direction::Up, _) => Lineage::up(plan, &self.past, step, &hit.key),
            (Direction::Down, Trace::Found(_)) => Lineage::down(plan, &self.past, &Start::Child(step, hit.key.clone())),
            (Direction::Down, _) => Lineage::down(plan, &self.past, &Start::Firing(step, hit.key.clone())),
        })
    }
}

/// Compiles the graph of a run as it was, rows included. Secrets are not looked up.
fn plan(past: &Arc<Past>, began: &Began) -> Result<Plan, String> {
    let call = called(began)?;
    let origin = Origin::journal(Earlier { past: past.clone(), began: began.clone(), call: call.clone() });
    let words = |error: anyhow::Error| format!("{error:#}");
    let registry = packs::registry().and_then(|registry| origin.pinned(registry)).map_err(words)?;
    let batch = Batch::read(&call, &origin).map_err(|problem| problem.message.clone())?;
    let loaded = load_varying(&call.graph, (&call.changes, &batch.columns()), Mode::Check, &registry, &origin);
    let first = loaded.problems.iter().find(|problem| problem.severity == Severity::Error);
    let why_not = first.map_or_else(|| "its graph has errors now".into(), |problem| problem.message.clone());
    let mut plan = loaded.plan.ok_or(why_not)?;
    shape(&mut plan, batch, &call).map_err(|problem| problem.message.clone())?;
    Ok(plan)
}

/// Returns how the run was called. A secret in it stays hidden.
fn called(began: &Began) -> Result<RunArgs, String> {
    let typed = std::iter::once("windlass".to_owned()).chain(began.call.args.iter().cloned());
    match Cli::try_parse_from(typed) {
        Ok(Cli { command: Command::Run(args) }) => Ok(*args),
        Ok(_) | Err(_) => Err(format!("its call is not understood: windlass {}", began.call.args.join(" "))),
    }
}
