//! `windlass resume`: goes on with a run that did not finish, or lets one go on that is paused.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use windlass_core::event::Outcome;
use windlass_store::journal::Began;
use windlass_store::runs::{Run, Runs, Stand};
use windlass_store::{Past, Workspace};

use super::run::run_from;
use super::runs::words;
use crate::cli::{Cli, Command, ResumeArgs, RunArgs};
use crate::exit::{Exit, Trouble};
use crate::origin::{Origin, folder_of};
use crate::panics::Panics;
use crate::past::{self, unreadable};
use crate::report::count;
use crate::steer;
use crate::terminal::{err_line, printable};

/// More files that have changed are counted, not named.
const MAX_NAMED: usize = 3;

/// Goes on with a run.
///
/// # Errors
/// There is no such run, another process works on it, its journal says too little, or what kept it from going on.
pub fn run(args: &ResumeArgs, panics: &Panics) -> anyhow::Result<Exit> {
    let workspace = past::workspace(args.manner.workspace.as_deref())?;
    let Some((run, stand)) = choose(&workspace.runs(), args.run.as_deref())? else {
        err_line("nothing is to be done: every run that is remembered here has finished");
        return Ok(Exit::Done);
    };
    match &stand {
        Stand::GoesOn if steer::let_go_on(&run)? => return Ok(Exit::Done),
        Stand::GoesOn => return Err(goes_on(&run)),
        Stand::Ended(ended) if ended.outcome == Outcome::Finished => {
            err_line(&format!("nothing is to be done: the run `{}` {}", printable(&run.name), words(&stand)));
            return Ok(Exit::Done);
        }
        _ => {}
    }
    let (past, damage) = Past::read(&run).map_err(|error| unreadable(&run, &error))?;
    damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    let began = past.began().cloned().ok_or_else(|| nameless(&run))?;
    let folder = folder_of(&began.graph);
    if !folder.is_dir() {
        return Err(elsewhere(&run, &folder));
    }
    let recorded = recorded(&began)?;
    let origin = Origin::journal(Arc::new(past), &began, &recorded.graph);
    tell(&run, &stand, &began, &origin);
    run_from(&asked(args, recorded, &workspace), &origin, panics)
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

fn goes_on(run: &Run) -> anyhow::Error {
    let who = match run.last_began() {
        Ok(Some(began)) => format!("process {} on {}", began.pid, began.host),
        Ok(None) | Err(_) => "another process".to_owned(),
    };
    Trouble::store(format!("the run `{}` goes on: {who} works on it", run.name)).into()
}

fn nameless(run: &Run) -> anyhow::Error {
    Trouble::store(format!("the journal of the run `{}` does not say any more what the run is", run.name))
        .hint("run the graph anew; files that this run wrote are known to be its own")
        .into()
}

fn elsewhere(run: &Run, folder: &Path) -> anyhow::Error {
    let message = format!("the folder of the graph of the run `{}` is not here: `{}`", run.name, folder.display());
    Trouble::wrong(message).hint("a run goes on where it began; run the graph anew elsewhere").into()
}

/// Returns how the run was called.
pub fn recorded(began: &Began) -> anyhow::Result<RunArgs> {
    let not_understood = || {
        let typed = began.call.args.join(" ");
        let message = format!("this program does not understand how the run was called: windlass {typed}");
        Trouble::wrong(message).hint(format!("it was begun with windlass {}", began.windlass))
    };
    let args = began.call.args.iter().map(|arg| with_secrets(arg)).collect::<anyhow::Result<Vec<_>>>()?;
    match Cli::try_parse_from(std::iter::once("windlass".to_owned()).chain(args)) {
        Ok(Cli { command: Command::Run(args) }) => Ok(*args),
        Ok(_) | Err(_) => Err(not_understood().into()),
    }
}

/// Puts secrets back that a journal never says.
fn with_secrets(arg: &str) -> anyhow::Result<String> {
    const HIDDEN: &str = "[secret ";
    let (mut text, mut rest) = (String::new(), arg);
    while let Some((before, behind)) = rest.split_once(HIDDEN) {
        let Some((name, after)) = behind.split_once(']') else { break };
        let secret = std::env::var(name).map_err(|_| {
            Trouble::wrong(format!("the run was called with the secret `{name}`, which is not in the environment now"))
                .hint("set it, and resume the run again")
        })?;
        text.extend([before, secret.as_str()]);
        rest = after;
    }
    Ok(text + rest)
}

/// Returns what is to be run: what was typed when the run began, carried out as is asked now.
fn asked(args: &ResumeArgs, recorded: RunArgs, workspace: &Workspace) -> RunArgs {
    let mut manner = args.manner.clone().behind(&recorded.manner);
    manner.workspace = workspace.home().map(Path::to_owned);
    RunArgs { manner, dry_run: false, ..recorded }
}

/// Says which run goes on, and what is not any more as it was when it began.
fn tell(run: &Run, stand: &Stand, began: &Began, origin: &Origin) {
    let graph = began.graph.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("goes on with the run `{}` of `{graph}`, which {}", run.name, words(stand));
    err_line(&printable(&line));
    if began.windlass != env!("CARGO_PKG_VERSION") {
        err_line(&printable(&format!("it was begun with windlass {}", began.windlass)));
    }
    let changed = changed(origin, &folder_of(&began.graph));
    if !changed.is_empty() {
        let named: Vec<_> = changed.iter().take(MAX_NAMED).map(|path| format!("`{path}`")).collect();
        let more = match changed.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {}", count(more as u64, "more file")),
        };
        let line = format!("changed since it began, and taken as it was then: {}{more}", named.join(", "));
        err_line(&printable(&line));
    }
}

/// Returns the files of the run that say something else now, or are gone.
fn changed(origin: &Origin, folder: &Path) -> Vec<String> {
    let files = origin.past().into_iter().flat_map(|past| past.files());
    let differs = |(path, bytes): &(&std::path::PathBuf, &Vec<u8>)| {
        std::fs::read(folder.join(path)).map_or(true, |now| now != **bytes)
    };
    files.filter(differs).map(|(path, _)| path.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_a_call_is_taken_from_the_environment_again() {
        assert_eq!(with_secrets("word=[1, 2]").unwrap(), "word=[1, 2]");
        assert_eq!(with_secrets("[secret half").unwrap(), "[secret half");
        let path = std::env::var("PATH").unwrap();
        assert_eq!(with_secrets("a[secret PATH]b").unwrap(), format!("a{path}b"));
        let error = with_secrets("key=[secret NOBODY_HAS_SET_THIS]").unwrap_err().to_string();
        assert!(error.contains("`NOBODY_HAS_SET_THIS`"), "{error}");
    }
}
