//! Journals, values and index: read byte by byte where repairs are asked for, since that takes as long as the disk does.

use windlass_core::node::explain_io;
use windlass_store::Workspace;
use windlass_store::gc::GcError;
use windlass_store::mend::{Damage, Mended, mend};

use super::checks::WORKSPACE;
use super::{Finding, State};
use crate::cli::DoctorArgs;
use crate::packs;
use crate::report::{count, size};

/// Says what is damaged of what is kept, and sets it aside, where repairs are asked for.
///
/// # Errors
/// The packs do not go together, which is a bug of ours.
pub fn look(workspace: &Workspace, args: &DoctorArgs) -> anyhow::Result<Vec<Finding>> {
    if !args.repair {
        let text = "journals and kept values: `windlass doctor --repair` reads every byte of them";
        return Ok(vec![Finding::new(WORKSPACE, State::NotChecked, text)]);
    }
    let registry = packs::registry()?;
    let Some(gc) = workspace.gc(registry.codecs().clone()) else { return Ok(Vec::new()) };
    let mended = gc.hold().and_then(|held| mend(&gc, &held));
    Ok(mended.map_or_else(|error| vec![not_read(error)], |mended| findings(&mended)))
}

fn findings(mended: &Mended) -> Vec<Finding> {
    let what = [(mended.runs, "journal"), (mended.blobs, "large value"), (mended.packs, "pack")];
    let what = what.map(|(number, noun)| count(number, noun)).join(", ");
    let read = Finding::new(WORKSPACE, State::Ok, format!("read {what}; {} in all", size(mended.bytes)));
    std::iter::once(read).chain(mended.damage.iter().map(finding)).collect()
}

fn finding(damage: &Damage) -> Finding {
    let lost = |bytes: &u64| count(*bytes, "byte");
    let (state, text) = match damage {
        Damage::Blob(path) => (
            State::Ok,
            format!("set a damaged value aside, to be computed again where it is needed: {}", path.display()),
        ),
        Damage::Pack(path, bytes) => (
            State::Ok,
            format!("took {} of damaged small values out, and kept a copy: {}", lost(bytes), path.display()),
        ),
        Damage::Index(why) => {
            (State::Ok, format!("set the index aside ({why}); it is made anew by the run that needs it next"))
        }
        Damage::Journal(run, bytes) => (
            State::Warning,
            format!("{} of the journal of `{run}` are damaged, and what stood there is lost", lost(bytes)),
        ),
        Damage::Unreadable(path, error) => (State::Problem, explain_io("read", path, error).to_string()),
    };
    Finding::new(WORKSPACE, state, text)
}

fn not_read(error: GcError) -> Finding {
    let text = format!("journals and kept values were not read: {error}");
    match error {
        GcError::Busy(_) => Finding::new(WORKSPACE, State::Warning, text).hint("wait for its end"),
        GcError::Disk(path, cause) => {
            Finding::new(WORKSPACE, State::Problem, explain_io("repair", &path, &cause).to_string())
        }
        GcError::NoLocks(_) => Finding::new(WORKSPACE, State::Warning, text),
        GcError::Unknown(..) | GcError::Value(_) => Finding::new(WORKSPACE, State::Problem, text),
    }
}
