//! `windlass pause`: lets a run of another process start nothing new.

use windlass_store::steering::{Ask, Taken};

use crate::cli::PauseArgs;
use crate::exit::Exit;
use crate::terminal::{err_line, printable};
use crate::{past, steer};

/// Pauses it.
///
/// # Errors
/// There is no such run, or it does not go on.
pub fn run(args: &PauseArgs) -> anyhow::Result<Exit> {
    let run = past::find(&past::runs(args.workspace.as_deref())?, Some(&args.run))?;
    let taken = steer::ask(&run, Ask::Pause)?;
    let already = if taken == Taken::AlreadySo { " already" } else { "" };
    let next = format!("`windlass resume {}` lets it go on", past::called(&run));
    let text = format!("{} is paused{already}: what is under way finishes; {next}", run.name);
    err_line(&printable(&text));
    Ok(Exit::Done)
}
