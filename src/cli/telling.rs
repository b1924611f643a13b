//! How a run is told, while it goes on or again: what several commands are asked.

use clap::Args;

use crate::report::{Detail, Style};

/// How a run is told.
#[derive(Clone, Copy, Debug, Args)]
pub struct Telling {
    /// Print each event as one line of JSON (see `windlass schema events`)
    #[arg(long)]
    pub json: bool,
    /// Say nothing but failures and the summary
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Show the log lines of items too
    #[arg(long, short)]
    verbose: bool,
}

impl Telling {
    /// Returns the style that was asked for.
    pub fn style(&self) -> Style {
        match self {
            Self { json: true, .. } => Style::Json,
            Self { quiet: true, .. } => Style::Quiet,
            Self { verbose: true, .. } => Style::People(Detail::Logs),
            _ => Style::People(Detail::Steps),
        }
    }
}
