//! The commands about runs of other processes: to pause, end or watch them.

use std::path::PathBuf;

use clap::Args;

use super::Telling;

const PAUSE_EXAMPLES: &str = "\
Examples:
  windlass pause 19a6f2";

/// `windlass pause`.
#[derive(Debug, Args)]
#[command(
    after_help = PAUSE_EXAMPLES,
    long_about = "Let a run that goes on start nothing new.\n\n\
        What is under way finishes, and its results are kept. It may be asked from any process on any machine that sees \
        the workspace."
)]
pub struct PauseArgs {
    /// The run; its first letters are enough
    pub run: String,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const STOP_EXAMPLES: &str = "\
Examples:
  windlass stop 19a6f2";

/// `windlass stop`.
#[derive(Debug, Args)]
#[command(
    after_help = STOP_EXAMPLES,
    long_about = "End a run that goes on, as Ctrl-C would, and wait for its end.\n\n\
        What is under way finishes, the rest stays open, and what was done is kept. The program that ran it ends with 130."
)]
pub struct StopArgs {
    /// The run; its first letters are enough
    pub run: String,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const ATTACH_EXAMPLES: &str = "\
Examples:
  windlass attach
  windlass attach 19a6f2 --json | jq 'select(.event == \"done\")'";

/// `windlass attach`.
#[derive(Debug, Args)]
#[command(
    after_help = ATTACH_EXAMPLES,
    long_about = "Watch a run that goes on, from its beginning.\n\n\
        It is told as `windlass run` tells it. When the run ends, this program ends with the exit code of the run. Ctrl-C \
        ends the watching, with 130, and leaves the run alone."
)]
pub struct AttachArgs {
    /// The run; its first letters are enough [default: the last one that goes on]
    pub run: Option<String>,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    #[command(flatten)]
    pub telling: Telling,
}
