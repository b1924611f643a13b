//! Runs of the past, and of other processes, as their journals tell of them.

use std::path::Path;

use windlass_core::event::Event;
use windlass_core::node::explain_io;
use windlass_store::Workspace;
use windlass_store::journal::{Record, Told};
use windlass_store::runs::{FindError, Run, Runs};

use crate::commands::named_workspace;
use crate::exit::{Trouble, without_workspace};
use crate::origin::here;
use crate::terminal::{as_typed, one_line};

/// Returns the workspace that the caller means; none, where there is none.
///
/// # Errors
/// It cannot be used.
pub fn workspace(named: Option<&Path>) -> anyhow::Result<Workspace> {
    let here = here()?;
    let found = Workspace::find_for_run(&here, named_workspace(named).as_deref()).map_err(without_workspace)?;
    Ok(found.unwrap_or_else(Workspace::none))
}

/// What to do where the workspace that is meant is another one.
pub const WHERE: &str =
    "a run is remembered in the workspace beside its graph; go there, or name it with `--workspace DIR`";

/// Returns how a command from this folder calls a run: by its name, and where need be by its workspace.
pub fn called(run: &Run) -> String {
    format!("{}{}", run.name, flag(run.home()))
}

/// Returns what a command has to be given, with a blank before it, to find the workspace of this folder `.windlass` from here:
/// nothing where it does so by itself.
pub fn flag(home: Option<&Path>) -> String {
    let Some(home) = home else { return String::new() };
    let Ok(here) = std::env::current_dir() else { return String::new() };
    let found = Workspace::find_for_run(&here, named_workspace(None).as_deref()).ok().flatten();
    let real = |home: &Path| home.canonicalize().ok();
    if found.is_some_and(|found| found.home().and_then(real) == real(home)) {
        return String::new();
    }
    format!(" --workspace {}", as_typed(&one_line(&home.display().to_string())))
}

/// Returns the error of a caller who means a run, where there is no workspace.
pub fn no_workspace() -> anyhow::Error {
    Trouble::wrong("there is no workspace here, nor above").hint(WHERE).into()
}

/// Returns the runs of the workspace that the caller means; of none, where there is no workspace.
///
/// # Errors
/// The workspace cannot be used.
pub fn runs(named: Option<&Path>) -> anyhow::Result<Runs> {
    Ok(workspace(named)?.runs())
}

/// Returns the run whose name begins with `start`; without one, the last run.
///
/// # Errors
/// None does, or several.
pub fn find(runs: &Runs, start: Option<&str>) -> anyhow::Result<Run> {
    runs.find(start).map_err(|error| {
        let hint = match &error {
            FindError::None(_) => "`windlass runs` lists them",
            FindError::Empty => WHERE,
            FindError::Several(..) => "write more of its name",
            FindError::Unreadable(..) => return Trouble::store("the runs cannot be read").because(error),
        };
        Trouble::wrong(error.to_string()).hint(hint).into()
    })
}

/// Tells a run's journal from its beginning. Returns what is damaged, in words.
///
/// # Errors
/// It cannot be read, or what is told cannot be taken.
pub fn tell(run: &Run, mut take: impl FnMut(Record) -> anyhow::Result<()>) -> anyhow::Result<Vec<String>> {
    let refused = |error| unreadable(run, &error);
    let mut reader = run.read().map_err(refused)?;
    let mut damage = Vec::new();
    while let Some(told) = reader.next().map_err(refused)? {
        damage.extend(told.damage());
        if let Told::Record(record) = told {
            take(record)?;
        }
    }
    Ok(damage)
}

/// Returns the event that a record tells, where it tells one.
pub fn event(record: Record) -> Option<Event> {
    match record {
        Record::Event(event) => Some(event),
        _ => None,
    }
}

/// Returns the error of a journal that cannot be read.
pub fn unreadable(run: &Run, error: &std::io::Error) -> anyhow::Error {
    let path = Path::new(&run.name);
    Trouble::store("the journal of a run cannot be read").because(explain_io("read", path, error))
}
