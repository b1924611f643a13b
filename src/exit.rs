//! How the program ends: exit codes, and every way in which an error or an outcome becomes one.

use std::fmt;
use std::process::ExitCode;

use windlass_core::event::{Outcome, RunState};
use windlass_store::WorkspaceError;

use crate::panics::Panics;
use crate::terminal::{self, Paint, err_line};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All items were emitted or skipped, or failed and were handled.
    Done,
    /// The run ended, and some items failed.
    Failures,
    /// The graph or the call is wrong; nothing ran.
    Wrong,
    /// Refused by a permission.
    Refused,
    /// The store is locked, damaged or full.
    Store,
    /// Some questions wait for a person.
    Waiting,
    /// A bug of ours.
    Bug,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failures => 1,
            Self::Wrong => 2,
            Self::Refused => 3,
            Self::Store => 4,
            Self::Waiting => 5,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// Returns how a program ends whose run came to this state.
    pub fn of_run(state: &RunState) -> Self {
        match state.ended {
            Some((Outcome::Finished, _)) if state.unhandled() == 0 => Self::Done,
            Some((Outcome::Finished | Outcome::Stopped, _)) => Self::Failures,
            Some((Outcome::Waiting, _)) => Self::Waiting,
            Some((Outcome::Interrupted, _)) => Self::Interrupted,
            Some((Outcome::DiskFull | Outcome::NotKept, _)) => Self::Store,
            Some((Outcome::Bug, _)) | None => Self::Bug,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// An error that knows how the program ends and what to do about it; causes stand below it in the chain.
#[derive(Debug)]
pub struct Trouble {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Trouble {
    /// Says what is wrong with the call or the graph.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::new(Exit::Wrong, message)
    }

    /// Says what was refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Says what the store could not do.
    pub fn store(message: impl Into<String>) -> Self {
        Self::new(Exit::Store, message)
    }

    /// Says what came to no end.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(Exit::Interrupted, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts this sentence above the error that caused it.
    pub fn because(self, cause: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
        anyhow::Error::new(cause).context(self)
    }
}

/// Returns the error of a program whose workspace cannot be used.
pub fn without_workspace(error: WorkspaceError) -> anyhow::Error {
    let hint = error.hint();
    Trouble::store("the workspace cannot be used").hint(hint).because(error)
}

/// Returns the error of a program whose run ended by a bug of ours.
pub fn bug(cause: Option<&str>) -> anyhow::Error {
    anyhow::anyhow!("{}", cause.unwrap_or("a run ended without saying why"))
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Trouble {}

/// Prints an error with its causes and its hint, and returns how the program ends.
pub fn explain(error: &anyhow::Error, panics: &Panics) -> Exit {
    let paint = Paint::stderr();
    match error.downcast_ref::<Trouble>() {
        Some(trouble) => {
            err_line(&sentence(error, paint));
            if let Some(hint) = &trouble.hint {
                err_line(&format!("{} {}", paint.bold("hint:"), terminal::paragraph(hint)));
            }
            trouble.exit
        }
        None => {
            panics.report(&format!("{error:#}"));
            Exit::Bug
        }
    }
}

fn sentence(error: &anyhow::Error, paint: Paint) -> String {
    let mut text = format!("{} {}", paint.red("error:"), terminal::paragraph(&error.to_string()));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {}", terminal::paragraph(&without_code(&cause.to_string()))));
    }
    text
}

/// Returns what the system said without its number, which tells people nothing.
fn without_code(cause: &str) -> String {
    match cause.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_lowercase(),
        None => cause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(outcome: Outcome) -> RunState {
        RunState { ended: Some((outcome, None)), ..RunState::default() }
    }

    #[test]
    fn outcomes_become_the_published_codes() {
        let code = |outcome| Exit::of_run(&ended(outcome)).code();
        assert_eq!(code(Outcome::Finished), 0);
        assert_eq!(code(Outcome::Stopped), 1);
        assert_eq!(code(Outcome::DiskFull), 4);
        assert_eq!(code(Outcome::NotKept), 4);
        assert_eq!(code(Outcome::Waiting), 5);
        assert_eq!(code(Outcome::Bug), 70);
        assert_eq!(code(Outcome::Interrupted), 130);
        assert_eq!(Exit::of_run(&RunState::default()).code(), 70);
    }

    #[test]
    fn causes_stand_below_the_sentence() {
        let error = Trouble::wrong("`a.yaml` cannot be read").because(std::io::Error::other("no such file"));
        let text = sentence(&error, Paint::off());
        assert_eq!(text, "error: `a.yaml` cannot be read\n  because: no such file");
        let error = Trouble::store("it cannot be written").because(std::io::Error::from_raw_os_error(28));
        assert!(!sentence(&error, Paint::off()).contains("os error"));
    }
}
