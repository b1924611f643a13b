//! `windlass gc`: what nobody needs any more, said and then deleted.

mod pin;
mod show;

use std::thread;
use std::time::Duration;

use windlass_core::node::explain_io;
use windlass_store::gc::{Gc, GcError, Held, Plan, Policy};
use windlass_store::{Settings, Workspace};

use crate::cli::GcArgs;
use crate::exit::{Exit, Trouble, without_workspace};
use crate::terminal::{self, err_line, printable};
use crate::{packs, settings};

/// What is kept where nothing is said.
const KEEP_RUNS: u64 = 100;
const KEEP_DAYS: u64 = 30;

/// How often it is looked whether the workspace is free.
const LOOK: Duration = Duration::from_millis(200);

/// Pins, or says what would be deleted, or deletes it.
///
/// # Errors
/// The workspace cannot be used, is in use, or the disk refuses.
pub fn run(args: &GcArgs) -> anyhow::Result<Exit> {
    let here = crate::origin::here()?;
    let named = super::named_workspace(args.workspace.as_deref());
    let found = Workspace::find_for_run(&here, named.as_deref()).map_err(without_workspace)?;
    let settings = match settings::for_run(found.as_ref()) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let registry = packs::registry()?;
    let Some((workspace, gc)) = found.and_then(|found| found.gc(registry.codecs().clone()).map(|gc| (found, gc)))
    else {
        err_line("there is no workspace here, so there is nothing to delete");
        return Ok(Exit::Done);
    };
    if !args.pin.is_empty() || !args.unpin.is_empty() {
        return pin::run(args, &workspace, &gc);
    }
    let policy = policy(args, &settings);
    let plan = if args.apply { delete(&gc, args, &policy)? } else { gc.plan(&policy).map_err(explained)? };
    terminal::print(&if args.json { show::json(&plan, args.apply) } else { show::text(&plan, args.apply) })?;
    Ok(Exit::Done)
}

fn delete(gc: &Gc, args: &GcArgs, policy: &Policy) -> anyhow::Result<Plan> {
    let held = hold(gc, args)?;
    let plan = gc.sweep(&held, policy).map_err(explained)?;
    if let Err(error) = gc.forget(&held, &plan) {
        err_line(&format!("note: {error}; it is made anew or mended by the run that needs it next"));
    }
    Ok(plan)
}

/// What is typed stands alone; else the settings count, each with its own default.
fn policy(args: &GcArgs, settings: &Settings) -> Policy {
    let is_typed = args.keep.is_some() || args.older.is_some();
    let or_set = |typed: Option<u64>, name: &str, otherwise: u64| {
        typed.or_else(|| (!is_typed).then(|| settings.value(name).unwrap_or(otherwise)))
    };
    Policy {
        newest: or_set(args.keep, "keep_runs", KEEP_RUNS),
        days: or_set(args.older, "keep_days", KEEP_DAYS),
        cache_bytes: settings.value("cache_size"),
        now_unix_ms: crate::journal::now_unix_ms(),
    }
}

/// Takes the right to delete, once nobody works in the workspace.
fn hold(gc: &Gc, args: &GcArgs) -> anyhow::Result<Held> {
    let mut said = Vec::new();
    loop {
        match gc.hold() {
            Err(GcError::Busy(who)) if !args.no_wait => {
                if who != said {
                    err_line(&format!("waiting: {}", printable(&who.join("; "))));
                    said = who;
                }
                thread::sleep(LOOK);
            }
            held => return held.map_err(explained),
        }
    }
}

/// Returns the error of a workspace from which nothing, or not everything, could be deleted.
fn explained(error: GcError) -> anyhow::Error {
    match error {
        GcError::Busy(_) => Trouble::store(error.to_string()).hint("wait for its end, or leave out `--no-wait`").into(),
        GcError::NoLocks(_) => {
            let hint = "copy the workspace to a disk of this machine, and delete there";
            Trouble::store(error.to_string()).hint(hint).into()
        }
        GcError::Disk(path, cause) => {
            let cause = explain_io("delete", &path, &cause);
            Trouble::store("not everything could be deleted").hint("what is left is planned anew").because(cause)
        }
        GcError::Unknown(..) | GcError::Value(_) => {
            let hint = "`windlass doctor` says more; a journal of a newer program needs that program";
            Trouble::store("nothing was deleted").hint(hint).because(error)
        }
    }
}
