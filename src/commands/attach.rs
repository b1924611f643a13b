//! `windlass attach`: watches a run of another process, by its journal, as it grows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use windlass_core::event::RunState;
use windlass_runtime::Watcher;
use windlass_store::journal::{Record, Told};
use windlass_store::runs::{Run, Runs, Sight as Seen, Stand, Watch};

use super::words;
use crate::cli::AttachArgs;
use crate::exit::{Exit, Trouble, bug};
use crate::past::{self, unreadable};
use crate::report::{Folder, Report, summary};
use crate::terminal::{Paint, err_line, printable};
use crate::{signals, steer};

/// How often it is looked whether the journal has grown.
const LOOK: Duration = Duration::from_millis(50);

/// How the watching ended.
enum End {
    /// With the run.
    Run,
    /// The process of the run is gone, and has not said how it ended.
    Killed,
    /// By a person, or because nobody listens any more.
    Detached,
}

/// A run as it is watched.
struct Sight {
    watch: Watch,
    watchers: Vec<Box<dyn Watcher>>,
    state: RunState,
    damage: Vec<String>,
}

/// Watches a run until it ends, and ends as it does.
///
/// # Errors
/// There is no such run, its journal cannot be read, or it is killed.
pub fn run(args: &AttachArgs) -> anyhow::Result<Exit> {
    let run = find(&past::runs(args.workspace.as_deref())?, args.run.as_deref())?;
    let mut report = Report::new(args.telling.style(), &past::flag(run.home()))?;
    let detach = signals::watch(report.speaker())?;
    let mut sight = Sight::of(&run, report.watchers());
    let end = sight.watch(&run, || detach.load(Ordering::SeqCst) || report.is_unheard());
    let Sight { watchers, state, damage, .. } = sight;
    drop(watchers);
    report.finish()?;
    damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    let end = end?;
    if !args.telling.json && !matches!(end, End::Detached) {
        let here = std::env::current_dir().unwrap_or_default();
        err_line(summary(&state, Folder(&here), Paint::stderr()).trim_end());
    }
    exit(&run, &end, &state)
}

fn exit(run: &Run, end: &End, state: &RunState) -> anyhow::Result<Exit> {
    match end {
        End::Killed => Err(steer::killed(run).into()),
        End::Detached => {
            let stand = run.stand().map_err(|error| unreadable(run, &error))?;
            err_line(&printable(&format!("detached; {} {}", run.name, words(&stand))));
            Ok(Exit::Interrupted)
        }
        End::Run => match Exit::of_run(state) {
            Exit::Bug => Err(bug(state.ended.as_ref().and_then(|(_, cause)| cause.as_deref()))),
            exit => Ok(exit),
        },
    }
}

/// Returns the run whose name begins with `start`; without one, the last one that goes on.
fn find(runs: &Runs, start: Option<&str>) -> anyhow::Result<Run> {
    if start.is_some() {
        return past::find(runs, start);
    }
    let mut all = runs.all().map_err(|error| Trouble::store("the runs cannot be read").because(error))?;
    while let Some(run) = all.pop() {
        if run.stand().map_err(|error| unreadable(&run, &error))? == Stand::GoesOn {
            return Ok(run);
        }
    }
    Err(Trouble::wrong("no run of the workspace goes on").hint("`windlass runs` says how each ended").into())
}

impl Sight {
    fn of(run: &Run, watchers: Vec<Box<dyn Watcher>>) -> Self {
        Self { watch: run.watch(), watchers, state: RunState::default(), damage: Vec::new() }
    }

    /// Tells what is there, and what comes, until the end or until that is not wanted any more.
    fn watch(&mut self, run: &Run, is_over: impl Fn() -> bool) -> anyhow::Result<End> {
        while !is_over() {
            match self.watch.next().map_err(|error| unreadable(run, &error))? {
                Seen::Told(Told::Record(record)) => self.take(record),
                Seen::Told(told) => self.damage.extend(told.damage()),
                Seen::Quiet => std::thread::sleep(LOOK),
                Seen::Ended => return Ok(End::Run),
                Seen::Killed => return Ok(End::Killed),
            }
        }
        Ok(End::Detached)
    }

    fn take(&mut self, record: Record) {
        if let Some(event) = past::event(record) {
            self.watchers.iter_mut().for_each(|watcher| watcher.event(&event));
            self.state.apply(&event);
        }
    }
}
