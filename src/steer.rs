//! Asking something of a run that another process works on, and what is said when nothing comes of it.

use windlass_core::event::Outcome;
use windlass_core::node::explain_io;
use windlass_store::runs::{Run, Stand};
use windlass_store::steering::{Ask, Became, Taken};

use crate::commands::words;
use crate::exit::Trouble;
use crate::past::called;
use crate::terminal::{err_line, printable};

/// Asks something of the process that works on a run, and waits until it has taken that. Returns what it did.
///
/// # Errors
/// No process works on the run, it is coming to its end, or it has not taken the request.
pub fn ask(run: &Run, what: Ask) -> anyhow::Result<Taken> {
    let became = run.ask(what).map_err(|error| {
        let hint = "make room or give permission in the workspace, or press Ctrl-C where the run was started";
        let error = explain_io("write", run.name.as_ref(), &error);
        Trouble::store("the request cannot be left for the run").hint(hint).because(error)
    })?;
    let trouble = match became {
        Became::Taken(Taken::NotUnderstood) => {
            Trouble::wrong(format!("the run `{}` belongs to an older `windlass`, which cannot do that", run.name))
        }
        Became::Taken(Taken::Ending) => Trouble::wrong(format!("the run `{}` is coming to its end", run.name)),
        Became::Taken(taken) => return Ok(taken),
        Became::NotAlive(stand) => not_alive(run, &stand),
        Became::Waits => Trouble::wrong(format!("the run `{}` has not taken the request within ten seconds", run.name))
            .hint("its process may be stopped (Ctrl-Z), or busy; the request lies there, and is taken when it can be"),
    };
    Err(trouble.into())
}

/// Lets a run go on that was paused, and says so. Returns whether it was paused.
///
/// # Errors
/// No process works on the run, a full disk holds it back, or it has not taken the request.
pub fn let_go_on(run: &Run) -> anyhow::Result<bool> {
    match ask(run, Ask::GoOn)? {
        Taken::AlreadySo => return Ok(false),
        Taken::HeldBack(cause) => {
            return Err(Trouble::store(format!("the run `{}` cannot go on yet: {cause}", run.name)).into());
        }
        _ => err_line(&printable(&format!("{} goes on", run.name))),
    }
    Ok(true)
}

/// Returns the error about a run whose process was killed while somebody watched.
pub fn killed(run: &Run) -> Trouble {
    Trouble::interrupted(format!("the run `{}` {}", run.name, words(&Stand::Killed)))
        .hint(format!("`windlass resume {}` does what is missing", called(run)))
}

/// Returns the error about a run that nobody works on.
fn not_alive(run: &Run, stand: &Stand) -> Trouble {
    let (called, stood) = (called(run), words(stand));
    Trouble::wrong(format!("no process works on the run `{}`: it {stood}", run.name)).hint(match stand {
        Stand::Ended(ended) if ended.outcome == Outcome::Finished => {
            format!("`windlass show {called}` says what it did")
        }
        _ => format!("`windlass resume {called}` does what is missing"),
    })
}
