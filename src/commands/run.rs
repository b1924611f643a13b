//! `windlass run`: compiles a graph, runs it, and tells what became of it.

use std::sync::Arc;

use windlass_core::plan::{Mode, Plan, print};
use windlass_core::problem::{Problem, render};
use windlass_core::registry::Registry;
use windlass_core::value::Value;
use windlass_store::journal::Journal;
use windlass_store::{Past, Settings, Workspace};

use super::named_workspace;
use crate::batch::Batch;
use crate::cli::RunArgs;
use crate::exit::{Exit, without_workspace};
use crate::go::{Prepared, go};
use crate::journal::Sources;
use crate::load::{Loaded, load_varying};
use crate::machine::machine;
use crate::origin::{Origin, folder_of};
use crate::panics::Panics;
use crate::terminal::{Paint, err_line};
use crate::warnings::Warnings;
use crate::{grant, journal, packs, retry, settings, terminal};

/// Runs the graph.
///
/// # Errors
/// Says what kept it from running at all.
pub fn run(args: &RunArgs, panics: &Panics) -> anyhow::Result<Exit> {
    run_from(args, &Origin::disk()?, panics)
}

/// Says what a run would compute, and why.
///
/// # Errors
/// Says what keeps it from running at all.
pub fn explain(args: RunArgs, panics: &Panics) -> anyhow::Result<Exit> {
    run(&RunArgs { explains: true, ..args }, panics)
}

/// Runs what was typed, now or when the run began that goes on.
///
/// # Errors
/// Says what kept it from running at all.
pub fn run_from(args: &RunArgs, origin: &Origin, panics: &Panics) -> anyhow::Result<Exit> {
    let folder = folder_of(&origin.full(&args.graph));
    let beside = packs::registry_beside(&folder, named_workspace(args.manner.workspace.as_deref()).as_deref())?;
    let registry = origin.pinned(beside)?;
    let flags = grant::read(&args.manner.allow, &std::env::current_dir().unwrap_or_default())?;
    let batch = match Batch::read(args, origin) {
        Ok(batch) => batch,
        Err(problem) => return Ok(refused(&problem)),
    };
    let mut loaded = load_varying(&args.graph, (&args.changes, &batch.columns()), Mode::Run, &registry, origin);
    let content = loaded.content;
    let sources = sources(&mut loaded, &batch, args, origin);
    let mut plan = match loaded.into_plan(&args.graph) {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    panics.hide(&plan.secrets);
    match shape(&mut plan, batch, args) {
        Ok(notes) => notes.iter().for_each(show),
        Err(problem) => return Ok(refused(&problem)),
    }
    if args.dry_run && !args.manner.telling.json {
        terminal::print(&print::text(&plan))?;
    }
    if args.dry_run || args.explains {
        return explained(plan, args, &registry);
    }
    let named = named_workspace(args.manner.workspace.as_deref());
    let known = Workspace::find_for_run(&plan.folder, named.as_deref()).map_err(without_workspace)?;
    let settings = match settings::for_run(known.as_ref()) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let granted = grant::check(&plan.permissions, &flags, &content, known.as_ref())?;
    let opened = Workspace::for_run(&plan.folder, named.as_deref()).map_err(without_workspace)?;
    let warnings = Warnings::default();
    opened.notices.iter().for_each(|notice| warnings.say(notice));
    grant::remember(&plan.permissions, &flags, &content, &opened.workspace, &warnings);
    let name = origin.began().map_or_else(journal::new_name, |began| began.run.clone());
    let journal = journal::begin(&opened.workspace, &name, &plan, sources, origin)?;
    let past = past(origin, &plan, journal.as_deref(), &opened.workspace)?;
    let (is_fresh, cache_bytes) = (args.fresh, settings.value("cache_size"));
    let prepared = Prepared { name, plan, opened, granted, journal, past, is_fresh, cache_bytes, warnings };
    go(prepared, &args.manner, machine_for(args, &settings), &registry)
}

/// Says what the plan would compute, and why.
///
/// # Errors
/// The workspace cannot be used, or the engine cannot be started.
fn explained(plan: Plan, args: &RunArgs, registry: &Registry) -> anyhow::Result<Exit> {
    let named = named_workspace(args.manner.workspace.as_deref());
    let workspace = Workspace::find_for_run(&plan.folder, named.as_deref()).map_err(without_workspace)?;
    let settings = match settings::for_run(workspace.as_ref()) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let explanation =
        crate::explain::explain(plan, (workspace.as_ref(), args.fresh), machine_for(args, &settings), registry)?;
    match args.manner.telling.json {
        true => terminal::print(&format!("{}\n", crate::explain::json(&explanation)))?,
        false => terminal::print(&crate::explain::text(&explanation))?,
    }
    Ok(Exit::Done)
}

/// Returns what was done for the run already, by earlier processes or by the run whose failed items it runs again.
///
/// # Errors
/// What the old run came to cannot be handed over.
pub fn past(
    origin: &Origin,
    plan: &Plan,
    journal: Option<&Journal>,
    workspace: &Workspace,
) -> anyhow::Result<Option<Arc<Past>>> {
    match (origin.retried(), journal) {
        (Some((retried, past)), Some(journal)) => retry::handed_over(retried, past, plan, journal, workspace).map(Some),
        (Some(_), None) => Ok(None),
        (None, _) => Ok(origin.past().cloned()),
    }
}

/// Returns what the journal keeps of what was read.
pub fn sources(loaded: &mut Loaded, batch: &Batch, args: &RunArgs, origin: &Origin) -> Sources {
    let (tables, matched) = batch.kept(&folder_of(&origin.full(&args.graph)));
    let mut files = std::mem::take(&mut loaded.files);
    files.extend(tables);
    Sources { files, matched }
}

fn refused(problem: &Problem) -> Exit {
    show(problem);
    Exit::Wrong
}

fn show(problem: &Problem) {
    err_line(render(problem, Paint::stderr().is_on()).trim_end());
}

/// Makes of the plan of a graph what the caller wants to run: a part of it, under rows, with other files in its way.
/// Returns what is worth knowing.
///
/// # Errors
/// Says what there is not in the plan, or cannot be set.
pub fn shape(plan: &mut Plan, batch: Batch, args: &RunArgs) -> Result<Vec<Problem>, Box<Problem>> {
    narrow(plan, args)?;
    let notes = batch.apply(plan, &args.changes)?;
    if args.overwrite {
        overwrite(plan);
    }
    Ok(notes)
}

/// Leaves out what the caller does not want to run.
fn narrow(plan: &mut Plan, args: &RunArgs) -> Result<(), Box<Problem>> {
    if let Some(node) = &args.until {
        plan.until(node)?;
    }
    if let Some(count) = args.limit {
        plan.limit(count as usize);
    }
    Ok(())
}

/// Lets every writer replace what stands in its way.
fn overwrite(plan: &mut Plan) {
    for step in &mut plan.steps {
        let writer = step.spec.param("if_exists").is_some();
        if !writer {
            continue;
        }
        step.inputs.retain(|input| &*input.name != "if_exists");
        step.constants.retain(|(name, _)| &**name != "if_exists");
        step.constants.push(("if_exists".into(), Value::text("overwrite")));
    }
}

/// Returns what the engine may use: flags first, then settings.
fn machine_for(args: &RunArgs, settings: &Settings) -> windlass_runtime::Machine {
    let jobs = settings.value("jobs").and_then(|jobs| u32::try_from(jobs).ok());
    machine(args.manner.jobs.or(jobs), args.manner.memory.or(settings.value("memory")))
}
