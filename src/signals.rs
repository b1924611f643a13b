//! Ctrl-C and its like: once lets what is under way finish, twice ends at once.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use windlass_core::event::{Outcome, RunState};
use windlass_runtime::{Files, Run};

use crate::exit::Exit;
use crate::report::{BY_CTRL_C, Speaker, count};

/// Where the run is put once it has begun, for the handler to find.
pub type RunSlot = Arc<OnceLock<Run>>;

/// Takes over Ctrl-C, and what a closing terminal or a service manager sends, until the program ends.
///
/// # Errors
/// Says why the system does not let it.
pub fn take_over(files: Arc<dyn Files>, speaker: Speaker) -> anyhow::Result<RunSlot> {
    let slot = RunSlot::default();
    let found = slot.clone();
    let mut asked_before = false;
    let handler = move || {
        let again = std::mem::replace(&mut asked_before, true);
        match found.get() {
            Some(run) if !again => stop(run, &speaker),
            _ => end_at_once(&*files, &speaker),
        }
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")?;
    Ok(slot)
}

fn stop(run: &Run, speaker: &Speaker) {
    let state = run.state();
    let firings: usize = state.steps.iter().map(|step| step.running.len()).sum();
    speaker.say(&format!(
        "stopping: {} under way; Ctrl-C again ends at once; `windlass resume` does the rest",
        count(firings as u64, "firing")
    ));
    run.stop(outcome(&state), BY_CTRL_C);
}

/// A run that waits for room on the disk ends as what it waits for.
fn outcome(state: &RunState) -> Outcome {
    if state.paused.is_some() { Outcome::DiskFull } else { Outcome::Interrupted }
}

#[expect(clippy::disallowed_methods, reason = "nothing else ends a program whose threads are busy")]
fn end_at_once(files: &dyn Files, speaker: &Speaker) {
    files.abandon();
    speaker.last_word("ended at once; what was done is kept, and nothing is half-written");
    std::process::exit(Exit::Interrupted.code().into());
}
