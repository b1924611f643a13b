//! `windlass resume`: goes on with a run that did not finish, or lets one go on that is paused.

use std::path::{Path, PathBuf};

use windlass_core::event::Outcome;
use windlass_store::runs::{Run, Runs, Stand};

use super::run::run_from;
use super::runs::words;
use crate::cli::ResumeArgs;
use crate::earlier::{self, Earlier};
use crate::exit::{Exit, Trouble};
use crate::origin::{Origin, folder_of};
use crate::panics::Panics;
use crate::past::{self, unreadable};
use crate::report::count;
use crate::steer;
use crate::terminal::{err_line, one_line, printable};

/// More files that have changed are counted, not named.
const MAX_NAMED: usize = 3;

/// Goes on with a run.
///
/// # Errors
/// There is no such run, another process works on it, its journal says too little, or what kept it from going on.
pub fn run(args: &ResumeArgs, panics: &Panics) -> anyhow::Result<Exit> {
    let workspace = past::workspace(args.manner.workspace.as_deref())?;
    if workspace.home().is_none() {
        return Err(past::no_workspace());
    }
    let Some((run, stand)) = choose(&workspace.runs(), args.run.as_deref())? else {
        err_line("nothing is to be done: every run that is remembered here has finished");
        return Ok(Exit::Done);
    };
    match &stand {
        Stand::GoesOn if steer::let_go_on(&run)? => return Ok(Exit::Done),
        Stand::GoesOn => return Err(earlier::goes_on(&run)),
        Stand::Ended(ended) if ended.outcome == Outcome::Finished => {
            err_line(&printable(&format!("nothing is to be done: the run `{}` {}", run.name, words(&stand))));
            return Ok(Exit::Done);
        }
        _ => {}
    }
    let earlier = earlier::read(&run)?;
    tell(&run, &stand, &earlier);
    let asked = earlier.asked(&args.manner, &workspace);
    run_from(&asked, &Origin::journal(earlier), panics)
}

/// Reads a run to go on with it in a window.
///
/// # Errors
/// Another process works on it, nothing is to be done, or its journal says too little.
#[cfg(feature = "window")]
pub fn unfinished(run: &Run) -> anyhow::Result<Earlier> {
    let stand = run.stand().map_err(|error| unreadable(run, &error))?;
    match &stand {
        Stand::GoesOn => Err(earlier::goes_on(run)),
        Stand::Ended(ended) if ended.outcome == Outcome::Finished => {
            Err(Trouble::wrong(format!("nothing is to be done: the run `{}` {}", run.name, words(&stand))).into())
        }
        Stand::Ended(_) | Stand::Killed => earlier::read(run),
    }
}

/// Returns the run that is meant, or the last one that has not finished and that nobody works on.
fn choose(runs: &Runs, named: Option<&str>) -> anyhow::Result<Option<(Run, Stand)>> {
    let with_stand = |run: Run| match run.stand() {
        Ok(stand) => Ok((run, stand)),
        Err(error) => Err(unreadable(&run, &error)),
    };
    if named.is_some() {
        return past::find(runs, named).and_then(with_stand).map(Some);
    }
    let all = runs.all().map_err(|error| Trouble::store("the runs cannot be read").because(error))?;
    let mut goes_on = None;
    // Of a run that was killed before its journal said anything there is nothing to go on with.
    let has_begun = |run: &Run| run.read().and_then(|mut reader| reader.next()).is_ok_and(|told| told.is_some());
    for run in all.into_iter().rev().filter(has_begun) {
        let (run, stand) = with_stand(run)?;
        match &stand {
            Stand::Ended(ended) if ended.outcome == Outcome::Finished => {}
            Stand::GoesOn => drop(goes_on.get_or_insert((run, stand))),
            Stand::Killed | Stand::Ended(_) => return Ok(Some((run, stand))),
        }
    }
    Ok(goes_on)
}

/// Says which run goes on, and what is not any more as it was when it began.
fn tell(run: &Run, stand: &Stand, earlier: &Earlier) {
    let began = &earlier.began;
    let graph = one_line(&began.graph.file_name().unwrap_or_default().to_string_lossy());
    let line = format!("goes on with the run `{}` of `{graph}`, which {}", run.name, words(stand));
    err_line(&printable(&line));
    if began.windlass != env!("CARGO_PKG_VERSION") {
        err_line(&printable(&format!("it was begun with windlass {}", began.windlass)));
    }
    let changed = changed(earlier, &folder_of(&began.graph));
    if !changed.is_empty() {
        let named: Vec<_> = changed.iter().take(MAX_NAMED).map(|path| format!("`{}`", one_line(path))).collect();
        let more = match changed.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {}", count(more as u64, "more file")),
        };
        let line = format!("changed since it began, and taken as it was then: {}{more}", named.join(", "));
        err_line(&printable(&line));
    }
}

/// Returns the files of the run that say something else now, or are gone.
fn changed(earlier: &Earlier, folder: &Path) -> Vec<String> {
    let differs =
        |(path, bytes): &(&PathBuf, &Vec<u8>)| std::fs::read(folder.join(path)).map_or(true, |now| now != **bytes);
    earlier.past.files().iter().filter(differs).map(|(path, _)| path.display().to_string()).collect()
}
