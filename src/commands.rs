//! The commands, one file each.

mod answer;
mod attach;
mod check;
mod comfy;
mod completions;
mod diff;
mod doctor;
#[cfg(feature = "window")]
mod edit;
mod export;
mod gc;
mod import;
mod new;
mod nodes;
mod pause;
mod plan;
mod replay;
mod resume;
mod retry;
mod run;
mod runs;
mod schema;
mod show;
mod stop;
mod why;

use std::path::{Path, PathBuf};

#[cfg(feature = "window")]
pub use answer::answered;
#[cfg(feature = "window")]
pub use diff::sections as compared;
pub use new::text as template;
#[cfg(feature = "window")]
pub use resume::unfinished;
#[cfg(feature = "window")]
pub use retry::retried;
pub use run::shape;
#[cfg(feature = "window")]
pub use run::{past, sources};
pub use runs::words;
#[cfg(feature = "window")]
pub use why::{Direction, seen};

use crate::cli::Command;
use crate::exit::Exit;
use crate::panics::Panics;

/// Runs a command.
///
/// # Errors
/// Hands on what the command says; an error without a [`crate::exit::Trouble`] is a bug of ours.
pub fn run(command: Command, panics: &Panics) -> anyhow::Result<Exit> {
    match command {
        Command::Run(args) => run::run(&args, panics),
        Command::Explain(args) => run::explain(*args, panics),
        Command::Resume(args) => resume::run(&args, panics),
        Command::Retry(args) => retry::run(&args, panics),
        Command::Answer(args) => answer::run(&args),
        Command::Pause(args) => pause::run(&args),
        Command::Stop(args) => stop::run(&args),
        Command::Attach(args) => attach::run(&args),
        #[cfg(feature = "window")]
        Command::Edit(args) => edit::run(args, panics),
        Command::Runs(args) => runs::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Gc(args) => gc::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Nodes(args) => nodes::run(&args),
        Command::New(args) => new::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Comfy(args) => comfy::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

const WORKSPACE_VARIABLE: &str = "WINDLASS_WORKSPACE";

/// Returns the workspace that the caller names, by a flag or by the environment.
pub fn named_workspace(flag: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os(WORKSPACE_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.map(Path::to_owned).or_else(variable)
}
