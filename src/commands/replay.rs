//! `windlass replay`: tells a run again, as whoever watched it was told.

use windlass_core::event::RunState;

use crate::cli::ReplayArgs;
use crate::exit::Exit;
use crate::past;
use crate::report::{Folder, Report, summary};
use crate::terminal::{Paint, err_line, printable};

/// Tells a run again.
///
/// # Errors
/// There is no such run, or its journal cannot be read.
pub fn run(args: &ReplayArgs) -> anyhow::Result<Exit> {
    let runs = past::runs(args.workspace.as_deref())?;
    let run = past::find(&runs, args.run.as_deref())?;
    let mut report = Report::lines(args.telling.style(), &past::flag(run.home()));
    let mut watchers = report.watchers();
    let mut state = RunState::default();
    let damage = past::tell(&run, |record| {
        if let Some(event) = past::event(record) {
            watchers.iter_mut().for_each(|watcher| watcher.event(&event));
            state.apply(&event);
        }
        Ok(())
    })?;
    drop(watchers);
    report.finish()?;
    damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    if !args.telling.json {
        let here = std::env::current_dir().unwrap_or_default();
        err_line(summary(&state, Folder(&here), Paint::stderr()).trim_end());
    }
    Ok(Exit::Done)
}
