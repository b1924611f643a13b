//! How a run is carried out, whatever it runs: what each command is asked that runs something.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use windlass_core::units::{parse_duration, parse_size};

use super::Telling;

/// How a run is carried out.
///
/// The flags about trouble are switches by nature; each is turned into a named choice at once.
#[derive(Clone, Debug, Args)]
pub struct Manner {
    /// Use this many processor cores [default: all]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub jobs: Option<u32>,
    /// Keep values in flight under this size, like 2GiB [default: half of what is available]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Go on after failed items, whatever the graph says
    #[arg(long, conflicts_with = "fail_fast")]
    keep_going: bool,
    /// End the run at the first failed item, whatever the graph says
    #[arg(long)]
    fail_fast: bool,
    /// Grant what the graph asks for, like `process` or `net:HOST`; remembered until the graph changes
    #[arg(long, value_name = "PERMISSION")]
    pub allow: Vec<String>,
    /// End the run when the disk is full, instead of waiting for room
    #[arg(long)]
    pub no_wait: bool,
    /// Wait so long for answers when nothing else can be done, like 10m; else the run ends with 5 at once
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait_for_answers: Option<Duration>,
    /// Keep what windlass remembers in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    #[command(flatten)]
    pub telling: Telling,
}

impl Manner {
    /// Returns whether the first failed item ends the run; `None` where the graph says so.
    pub fn ends_at_failure(&self) -> Option<bool> {
        match self {
            Self { fail_fast: true, .. } => Some(true),
            Self { keep_going: true, .. } => Some(false),
            _ => None,
        }
    }

    /// Fills in what a run was asked for before. What it was allowed counts no more: the workspace remembers what does.
    pub fn behind(self, before: &Self) -> Self {
        let says_so = self.ends_at_failure().is_some();
        Self {
            jobs: self.jobs.or(before.jobs),
            memory: self.memory.or(before.memory),
            keep_going: if says_so { self.keep_going } else { before.keep_going },
            fail_fast: if says_so { self.fail_fast } else { before.fail_fast },
            no_wait: self.no_wait || before.no_wait,
            wait_for_answers: self.wait_for_answers.or(before.wait_for_answers),
            ..self
        }
    }
}
