//! The commands, one file each.

mod check;
mod completions;
mod new;
mod nodes;
mod plan;
mod run;
mod schema;

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
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Nodes(args) => nodes::run(&args),
        Command::New(args) => new::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}
