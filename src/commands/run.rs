//! `windlass run`: compiles a graph, runs it, and tells what became of it.

use std::sync::Arc;

use anyhow::Context;
use windlass_core::context::{Files, Notes};
use windlass_core::event::RunState;
use windlass_core::permission::Permissions;
use windlass_core::plan::{Mode, Plan, print};
use windlass_core::problem::{Problem, render};
use windlass_core::registry::Registry;
use windlass_core::value::Value;
use windlass_runtime::{Engine, Machine, NotesInJournal, NotesInMemory, RunOptions};
use windlass_store::journal::Journal;
use windlass_store::workspace::ForRun;
use windlass_store::{OutputFiles, Settings, Workspace};

use super::named_workspace;
use crate::batch::Batch;
use crate::cli::RunArgs;
use crate::exit::{Exit, Trouble, bug, without_workspace};
use crate::load::load_varying;
use crate::machine::machine;
use crate::panics::Panics;
use crate::questions::Desk;
use crate::report::{Folder, Report, summary};
use crate::terminal::{Paint, err_line, printable};
use crate::{grant, journal, packs, settings, signals, terminal};

/// Runs the graph.
///
/// # Errors
/// Says what kept it from running at all.
pub fn run(args: &RunArgs, panics: &Panics) -> anyhow::Result<Exit> {
    let registry = packs::registry()?;
    let flags = grant::read(&args.allow, &std::env::current_dir().unwrap_or_default())?;
    let batch = match Batch::read(args, &std::env::current_dir().unwrap_or_default()) {
        Ok(batch) => batch,
        Err(problem) => return Ok(refused(&problem)),
    };
    let mut loaded = load_varying(&args.graph, &args.changes, &batch.columns(), Mode::Run, &registry)?;
    let content = loaded.content;
    let files = std::mem::take(&mut loaded.files);
    let mut plan = match loaded.into_plan(&args.graph) {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    panics.hide(&plan.secrets);
    if let Err(problem) = narrow(&mut plan, args).and_then(|()| put_under(&mut plan, batch, args)) {
        return Ok(refused(&problem));
    }
    if args.overwrite {
        overwrite(&mut plan);
    }
    if args.dry_run {
        terminal::print(&print::text(&plan))?;
        return Ok(Exit::Done);
    }
    let known = found_workspace(&plan, args)?;
    let settings = match settings::for_run(known.as_ref()) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let granted = grant::check(&plan.permissions, &flags, &content, known.as_ref())?;
    let opened = workspace(&plan, args)?;
    grant::remember(&plan.permissions, &flags, &content, &opened.workspace);
    let name = journal::new_name();
    let journal = journal::begin(&opened.workspace, &name, &plan, files)?;
    let engine = Engine::with_services(machine_for(args, &settings), registry.services());
    let engine = engine.context("cannot start the threads of the engine")?;
    let prepared = Prepared { name, plan, opened, granted, journal: journal.clone() };
    let state = fire(prepared, args, &engine, &registry)?;
    tell(&state, args);
    if journal.is_some_and(|journal| journal.commit_all().is_err()) {
        let hint = "what was written is kept; make room or give permission in the workspace, and run it again";
        return Err(Trouble::store("not all of what happened could be kept").hint(hint).into());
    }
    match Exit::of_run(&state) {
        Exit::Bug => Err(bug(state.ended.as_ref().and_then(|(_, cause)| cause.as_deref()))),
        exit => Ok(exit),
    }
}

fn refused(problem: &Problem) -> Exit {
    err_line(render(problem, Paint::stderr().is_on()).trim_end());
    Exit::Wrong
}

/// Lets the plan run under the rows of a batch or a sweep.
fn put_under(plan: &mut Plan, batch: Batch, args: &RunArgs) -> Result<(), Box<Problem>> {
    for note in batch.apply(plan, &args.changes)? {
        err_line(render(&note, Paint::stderr().is_on()).trim_end());
    }
    Ok(())
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

/// A run that may begin.
struct Prepared {
    name: String,
    plan: Plan,
    opened: ForRun,
    granted: Permissions,
    journal: Option<Arc<Journal>>,
}

/// Runs a plan to its end.
fn fire(prepared: Prepared, args: &RunArgs, engine: &Engine, registry: &Registry) -> anyhow::Result<RunState> {
    let Prepared { name, plan, opened: ForRun { workspace, ledger, .. }, granted, journal } = prepared;
    let graph = plan.path.as_deref().unwrap_or(&plan.folder);
    let files: Arc<dyn Files> = Arc::new(OutputFiles::new(&workspace, ledger, graph));
    let mut report = Report::new(args.telling.style()).context("cannot start the thread that draws")?;
    let slot = signals::take_over(files.clone(), report.speaker())?;
    let mut watchers = report.watchers();
    let mut desk = Desk::new(&workspace);
    watchers.extend(desk.watcher());
    let notes = journal.clone().map(|journal| Arc::new(NotesInJournal::new(journal, plan.secrets.clone())));
    let notes: Arc<dyn Notes> = notes.map_or_else(|| Arc::new(NotesInMemory::default()) as _, |notes| notes as _);
    let options = RunOptions {
        granted,
        notes,
        fail_fast: fail_fast(args),
        wait_for_room: !args.no_wait,
        codecs: registry.codecs().clone(),
        spill_folder: workspace.spill_folder(),
        journal,
        watchers,
        wait_for_answers: args.wait_for_answers.unwrap_or_default(),
        ..RunOptions::new(name, files)
    };
    let run = engine.start(Arc::new(plan), options).context("cannot start the run")?;
    let open = desk.open(run.clone()).context("cannot start the thread that takes answers")?;
    let state = slot.get_or_init(|| run).wait();
    open.close();
    report.finish()?;
    Ok(state)
}

/// Returns what the engine may use: flags first, then settings.
fn machine_for(args: &RunArgs, settings: &Settings) -> Machine {
    let jobs = settings.value("jobs").and_then(|jobs| u32::try_from(jobs).ok());
    machine(args.jobs.or(jobs), args.memory.or(settings.value("memory")))
}

/// Opens the workspace, which knows what earlier runs of the graph wrote.
fn workspace(plan: &Plan, args: &RunArgs) -> anyhow::Result<ForRun> {
    let opened = Workspace::for_run(&plan.folder, named_workspace(args.workspace.as_deref()).as_deref())
        .map_err(without_workspace)?;
    for notice in &opened.notices {
        err_line(&format!("warning: {}", printable(notice)));
    }
    Ok(opened)
}

/// Returns the workspace as far as it exists: a graph that is refused leaves nothing behind.
fn found_workspace(plan: &Plan, args: &RunArgs) -> anyhow::Result<Option<Workspace>> {
    Workspace::find_for_run(&plan.folder, named_workspace(args.workspace.as_deref()).as_deref())
        .map_err(without_workspace)
}

fn fail_fast(args: &RunArgs) -> Option<bool> {
    match args {
        RunArgs { fail_fast: true, .. } => Some(true),
        RunArgs { keep_going: true, .. } => Some(false),
        _ => None,
    }
}

/// Shows the summary; the events of `--json` say all of it already.
fn tell(state: &RunState, args: &RunArgs) {
    if !args.telling.json {
        let here = std::env::current_dir().unwrap_or_default();
        err_line(summary(state, Folder(&here), Paint::stderr()).trim_end());
    }
}
