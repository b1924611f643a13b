//! The settings of this call: files, environment, flags, each over the one before.

use std::path::PathBuf;

use windlass_core::problem::{Problem, Severity, render};
use windlass_store::settings::{Gathered, files, user_file};
use windlass_store::{Settings, Workspace};

use crate::exit::Exit;
use crate::terminal::{Paint, err_line};

/// Returns the files that are read, whether they exist or not.
pub fn places(workspace: Option<&Workspace>) -> Vec<PathBuf> {
    files(user_file(|name| std::env::var_os(name)), workspace.and_then(Workspace::home))
}

/// Reads files and environment.
pub fn gather(workspace: Option<&Workspace>) -> Gathered {
    Settings::gather(&places(workspace), std::env::vars_os())
}

/// Reads files and environment for a run; what is wrong with them is shown, and nothing runs then.
///
/// # Errors
/// Says how the program ends where something is wrong.
pub fn for_run(workspace: Option<&Workspace>) -> Result<Settings, Exit> {
    let Gathered { settings, problems } = gather(workspace);
    show(&problems);
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    if wrong { Err(Exit::Wrong) } else { Ok(settings) }
}

fn show(problems: &[Problem]) {
    let paint = Paint::stderr();
    problems.iter().for_each(|problem| err_line(render(problem, paint.is_on()).trim_end()));
}
