//! Runs a prepared plan to its end, and tells what became of it: what every command does that runs something.

use std::sync::Arc;

use anyhow::Context;
use windlass_core::context::{Files, Notes};
use windlass_core::event::{Outcome, RunState};
use windlass_core::permission::Permissions;
use windlass_core::plan::Plan;
use windlass_core::registry::Registry;
use windlass_runtime::{
    Engine, Machine, NotesInJournal, NotesInMemory, OpenSteering, Results, Run, RunOptions, Steering,
};
use windlass_store::journal::Journal;
use windlass_store::workspace::ForRun;
use windlass_store::{OutputFiles, Past, Workspace};

use crate::cli::Manner;
use crate::exit::{Exit, Trouble, bug};
use crate::questions::{Desk, OpenDesk};
use crate::report::{Folder, Report, summary};
use crate::terminal::{Paint, err_line};
use crate::warnings::Warnings;
use crate::{past, results, signals};

/// A run that may begin, or go on.
pub struct Prepared {
    /// Its name.
    pub name: String,
    /// What runs.
    pub plan: Plan,
    /// The workspace that remembers it.
    pub opened: ForRun,
    /// What the caller has granted.
    pub granted: Permissions,
    /// Its journal; `None` where nothing is remembered.
    pub journal: Option<Arc<Journal>>,
    /// What earlier processes did for it.
    pub past: Option<Arc<Past>>,
    /// Whether results of other runs count for nothing.
    pub is_fresh: bool,
    /// How many bytes kept values may take; `None`: as many as they do.
    pub cache_bytes: Option<u64>,
    /// Where it is said what goes wrong in the workspace.
    pub warnings: Warnings,
}

/// Runs a plan to its end.
///
/// # Errors
/// Says what kept it from running, or that not all of it could be kept.
pub fn go(prepared: Prepared, manner: &Manner, machine: Machine, registry: &Registry) -> anyhow::Result<Exit> {
    let engine = Engine::with_services(machine, registry.services());
    let engine = engine.context("cannot start the threads of the engine")?;
    let journal = prepared.journal.clone();
    let flag = past::flag(prepared.opened.workspace.home());
    let state = fire(prepared, manner, &flag, &engine, registry)?;
    tell(&state, manner, journal.is_some().then_some(&*flag));
    if journal.is_some_and(|journal| journal.commit_all().is_err()) {
        let hint = "what was written is kept; make room or give permission in the workspace, and run it again";
        return Err(Trouble::store("not all of what happened could be kept").hint(hint).into());
    }
    match Exit::of_run(&state) {
        Exit::Bug => Err(bug(state.ended.as_ref().and_then(|(_, cause)| cause.as_deref()))),
        exit => Ok(exit),
    }
}

fn fire(
    prepared: Prepared,
    manner: &Manner,
    flag: &str,
    engine: &Engine,
    registry: &Registry,
) -> anyhow::Result<RunState> {
    let files = prepared.files();
    let mut report = Report::new(manner.telling.style(), flag).context("cannot start the thread that draws")?;
    let slot = signals::take_over(files.clone(), report.speaker())?;
    let watchers = report.watchers();
    let going = begin(prepared, files, engine, registry, |options| RunOptions {
        fail_fast: manner.ends_at_failure(),
        wait_for_room: !manner.no_wait,
        wait_for_answers: manner.wait_for_answers.unwrap_or_default(),
        watchers: watchers.into_iter().chain(options.watchers).collect(),
        ..options
    })?;
    slot.get_or_init(|| going.run.clone()).wait();
    let state = going.end();
    report.finish()?;
    Ok(state)
}

impl Prepared {
    /// Returns what writes the files of its sinks.
    pub fn files(&self) -> Arc<dyn Files> {
        let graph = self.plan.path.as_deref().unwrap_or(&self.plan.folder);
        Arc::new(OutputFiles::new(&self.opened.workspace, self.opened.ledger.clone(), graph))
    }
}

/// A run under way, with what other processes ask of it.
pub struct Going {
    /// The run.
    pub run: Run,
    desk: OpenDesk,
    steering: OpenSteering,
    results: Option<Results>,
    workspace: Workspace,
    warnings: Warnings,
}

/// Begins a prepared run; `how` says what the caller wants beside that.
///
/// # Errors
/// Says what kept it from running.
pub fn begin(
    prepared: Prepared,
    files: Arc<dyn Files>,
    engine: &Engine,
    registry: &Registry,
    how: impl FnOnce(RunOptions) -> RunOptions,
) -> anyhow::Result<Going> {
    let notes = notes(&prepared);
    let Prepared { name, plan, opened, granted, journal, past, is_fresh, cache_bytes, warnings } = prepared;
    let ForRun { workspace, .. } = opened;
    let open = || results::open(&workspace, registry, (is_fresh, cache_bytes), &warnings);
    let results = journal.is_some().then(open).flatten();
    let mut desk = Desk::new(&workspace);
    let mut steering = Steering::new(journal.as_ref().map(|journal| workspace.runs().requests(journal)));
    let options = RunOptions {
        granted,
        notes,
        codecs: registry.codecs().clone(),
        leases: workspace.home().map(|_| Arc::new(workspace.leases())),
        spill_folder: workspace.spill_folder(),
        journal,
        past,
        results: results.clone(),
        watchers: desk.watcher().into_iter().chain(steering.watcher()).collect(),
        ..RunOptions::new(name.as_str(), files)
    };
    let run = engine.start(Arc::new(plan), how(options)).context("cannot start the run")?;
    let desk = desk.open(run.clone()).context("cannot start the thread that takes answers")?;
    let steering = steering.open(run.clone()).context("cannot start the thread that takes requests")?;
    Ok(Going { run, desk, steering, results, workspace, warnings })
}

impl Going {
    /// Waits for the end of the run, and puts it into the index.
    pub fn end(self) -> RunState {
        let state = self.run.wait();
        self.steering.close();
        self.desk.close();
        results::close(self.results, &self.workspace, &state.run, &self.warnings);
        state
    }
}

/// Returns where firings note something: in the journal, behind what was noted before.
fn notes(prepared: &Prepared) -> Arc<dyn Notes> {
    let Some(journal) = prepared.journal.clone() else { return Arc::new(NotesInMemory::default()) };
    let notes = NotesInJournal::new(journal, prepared.plan.secrets.clone());
    Arc::new(match &prepared.past {
        Some(past) => notes.behind(past),
        None => notes,
    })
}

/// Shows the summary, and how to go on where the run is remembered; the events of `--json` say all of it already.
fn tell(state: &RunState, manner: &Manner, flag: Option<&str>) {
    if manner.telling.json {
        return;
    }
    let here = std::env::current_dir().unwrap_or_default();
    err_line(summary(state, Folder(&here), Paint::stderr()).trim_end());
    if let Some(next) = flag.and_then(|flag| what_next(state, flag)) {
        err_line(&format!("{} {next}", Paint::stderr().bold("hint:")));
    }
}

/// Says what can be done about a run that did not finish, or in which items failed.
fn what_next(state: &RunState, flag: &str) -> Option<String> {
    let run = format!("{}{flag}", state.run);
    match state.ended {
        Some((Outcome::Finished, _)) if state.unhandled() == 0 => None,
        Some((Outcome::Finished, _)) => {
            Some(format!("once the cause is mended, `windlass retry {run}` does what failed, and nothing else"))
        }
        Some(_) | None => Some(format!("`windlass resume {run}` does what is missing")),
    }
}
