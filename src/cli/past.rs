//! The commands about runs of the past: going on with one, running again what failed in one, lists, what became of one, telling it again.

use std::path::PathBuf;

use clap::Args;

use super::{Manner, Telling};

const RESUME_EXAMPLES: &str = "\
Examples:
  windlass resume                      the last run that did not finish
  windlass resume 19a6f2 --jobs 4
  windlass resume --wait-for-answers 10m";

/// `windlass resume`.
#[derive(Debug, Args)]
#[command(
    after_help = RESUME_EXAMPLES,
    long_about = "Go on with a run that did not finish.\n\n\
        Exactly the missing work is done, in the same run: with the graph, the tables of its rows and the listings of its \
        sources as they were when it began, whatever they say now. What differs from that on the disk is said. The flags \
        of the run count again, unless others are given here.\n\n\
        A run that `windlass pause` has paused goes on in its own process."
)]
pub struct ResumeArgs {
    /// The run; its first letters are enough [default: the last one that did not finish]
    pub run: Option<String>,
    #[command(flatten)]
    pub manner: Manner,
}

const RETRY_EXAMPLES: &str = "\
Examples:
  windlass retry 19a6f2                  all that failed
  windlass retry 19a6f2 --node fetch     what failed in one node";

/// `windlass retry`.
#[derive(Debug, Args)]
#[command(
    after_help = RETRY_EXAMPLES,
    long_about = "Run the failed items of a run again, and what depends on them, with the graph as it is now.\n\n\
        It is a new run, called as the old one was, over the items that the old one found. What had not failed keeps what \
        it came to, also where the graph would make something else of it now, which is said; only light steps, whose \
        results nobody keeps, are computed anew for all items. Notes of firings are not handed over."
)]
pub struct RetryArgs {
    /// The run; its first letters are enough
    pub run: String,
    /// Take only what failed in this node, `outer/inner` inside subgraphs, also where something took the failure up
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    #[command(flatten)]
    pub manner: Manner,
}

const RUNS_EXAMPLES: &str = "\
Examples:
  windlass runs
  windlass runs --limit 5 --json
  windlass runs --sqlite runs.db         everything that is remembered, for your own queries";

/// `windlass runs`.
#[derive(Debug, Args)]
#[command(after_help = RUNS_EXAMPLES)]
pub struct RunsArgs {
    /// List the last N alone
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Print each run as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// Write all runs, with their items, values and lineage, into an SQLite database instead; it must not exist yet
    #[cfg(feature = "sqlite")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["limit", "json"])]
    pub sqlite: Option<PathBuf>,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  windlass show                          the last run
  windlass show 19a6f2 --node thumb      the items of one of its nodes
  windlass show --causes                 why the last run computed what it computed
  windlass show --json | jq '.steps[] | select(.failed > 0)'";

/// `windlass show`.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct ShowArgs {
    /// The run; its first letters are enough [default: the last one]
    pub run: Option<String>,
    /// List the items of this node, `outer/inner` inside subgraphs
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    /// Say for each step why it computed results instead of finding them: what is not as it was in an earlier run
    #[arg(long, conflicts_with = "node")]
    pub causes: bool,
    /// As one JSON object; with `--node` the event of each item on a line
    #[arg(long)]
    pub json: bool,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const REPLAY_EXAMPLES: &str = "\
Examples:
  windlass replay
  windlass replay 19a6f2 --json | jq 'select(.event == \"done\")'";

/// `windlass replay`.
#[derive(Debug, Args)]
#[command(after_help = REPLAY_EXAMPLES)]
pub struct ReplayArgs {
    /// The run; its first letters are enough [default: the last one]
    pub run: Option<String>,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    #[command(flatten)]
    pub telling: Telling,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  windlass diff 19a6f2 19a6f7
  windlass diff 19a6f2 19a6f7 --json | jq '.graph.changed'";

/// `windlass diff`.
#[derive(Debug, Args)]
#[command(
    after_help = DIFF_EXAMPLES,
    long_about = "Show what differs between two runs.\n\n\
        Graphs are compared as they were when the runs began, items by step and stable name. Values and files are compared by \
        content; texts are shown by line, tables by row, pictures by their samples, where both are still there."
)]
pub struct DiffArgs {
    /// The earlier run; its first letters are enough
    pub old: String,
    /// The later one
    pub new: String,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}
