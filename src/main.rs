//! The command line: assembles everything, imported by nobody.

mod assign;
mod batch;
mod cli;
mod comfy;
mod commands;
mod earlier;
mod exit;
mod explain;
mod go;
mod grant;
mod journal;
mod load;
mod machine;
mod origin;
mod packs;
mod panics;
mod past;
mod questions;
mod report;
mod results;
mod retry;
mod settings;
mod signals;
mod steer;
mod terminal;
mod warnings;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Some(code) = windlass_runtime::guard_if_asked() {
        return code;
    }
    let panics = panics::Panics::hold_back();
    let cli = cli::Cli::parse();
    let ended = panics::caught(|| commands::run(cli.command, &panics));
    ended.unwrap_or_else(|error| exit::explain(&error, &panics)).into()
}
