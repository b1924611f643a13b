//! `windlass stop`: ends a run of another process, as Ctrl-C would there.

use std::time::Duration;

use windlass_store::runs::{Run, Stand};
use windlass_store::steering::Ask;

use super::words;
use crate::cli::StopArgs;
use crate::exit::Exit;
use crate::past::{self, unreadable};
use crate::steer;
use crate::terminal::{err_line, printable};

/// How often it is looked whether the run has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Ends it, and waits for its end.
///
/// # Errors
/// There is no such run, it does not go on, or its process is killed meanwhile.
pub fn run(args: &StopArgs) -> anyhow::Result<Exit> {
    let run = past::find(&past::runs(args.workspace.as_deref())?, Some(&args.run))?;
    steer::ask(&run, Ask::Stop)?;
    err_line(&printable(&format!("{} is stopping: what is under way finishes", run.name)));
    let stand = end_of(&run)?;
    if stand == Stand::Killed {
        return Err(steer::killed(&run).into());
    }
    let next = format!("`windlass resume {}` does what is missing", past::called(&run));
    err_line(&printable(&format!("{} {}; {next}", run.name, words(&stand))));
    Ok(Exit::Done)
}

/// The engine gives what is under way a limited time to finish, so that this has an end.
fn end_of(run: &Run) -> anyhow::Result<Stand> {
    loop {
        match run.stand().map_err(|error| unreadable(run, &error))? {
            Stand::GoesOn => std::thread::sleep(LOOK),
            stand => return Ok(stand),
        }
    }
}
