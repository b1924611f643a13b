//! Ctrl-C and its like: once lets what is under way finish, twice ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
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

/// Takes over Ctrl-C and its like for a program that only looks on: what is returned turns true, and a second one ends the
/// program at once.
///
/// # Errors
/// Says why the system does not let it.
pub fn watch(speaker: Speaker) -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::<AtomicBool>::default();
    let set = flag.clone();
    let handler = move || {
        if set.swap(true, Ordering::SeqCst) {
            exit_at_once(&speaker, "detached at once");
        }
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")?;
    Ok(flag)
}

fn stop(run: &Run, speaker: &Speaker) {
    let state = run.state();
    let firings: usize = state.steps.iter().map(|step| step.running.len()).sum();
    speaker.say(&format!(
        "stopping: {} under way; Ctrl-C again ends at once; `windlass resume` does the rest",
        count(firings as u64, "firing")
    ));
    run.interrupt(BY_CTRL_C);
}

fn end_at_once(files: &dyn Files, speaker: &Speaker) {
    files.abandon();
    exit_at_once(speaker, "ended at once; what was done is kept, and nothing is half-written");
}

#[expect(clippy::disallowed_methods, reason = "nothing else ends a program whose threads are busy")]
fn exit_at_once(speaker: &Speaker, last_word: &'static str) {
    speaker.last_word(last_word);
    std::process::exit(Exit::Interrupted.code().into());
}
