//! The commands about what is kept: deleting what nobody needs.

use std::path::PathBuf;

use clap::Args;

const GC_EXAMPLES: &str = "\
Examples:
  windlass gc                            what would be deleted
  windlass gc --keep 20 --apply          keep the 20 newest runs, and delete the others
  windlass gc --older 7 --apply          delete the runs that began more than a week ago
  windlass gc --pin 19a6f2               keep this run whatever its age";

/// `windlass gc`.
#[derive(Debug, Args)]
#[command(
    after_help = GC_EXAMPLES,
    long_about = "Say what old runs and their values take, and delete them.\n\n\
        A run that goes on or waits for answers is never deleted, nor one that is pinned; of the others, those that are \
        neither among the newest nor young enough: 100 runs and 30 days, unless the settings `keep_runs` and `keep_days` say \
        otherwise. Where `--keep` or `--older` is given, it alone counts, and of both, both must let a run go.\n\n\
        Values go with the last run that names them. The setting `cache_size` says how much room the values of finished runs \
        may take; above it, those go that save least computing for their size.\n\n\
        Nothing is deleted while anybody works in the workspace."
)]
pub struct GcArgs {
    /// Keep the N newest runs
    #[arg(long, value_name = "N")]
    pub keep: Option<u64>,
    /// Delete runs that began more than so many days ago
    #[arg(long, value_name = "DAYS")]
    pub older: Option<u64>,
    /// Delete it, once nobody works in the workspace
    #[arg(long)]
    pub apply: bool,
    /// Delete nothing where somebody works in the workspace, instead of waiting
    #[arg(long, requires = "apply")]
    pub no_wait: bool,
    /// Keep a run with all that it needs, or a value, whatever their age; first letters are enough
    #[arg(long, value_name = "RUN|HASH", conflicts_with = "apply")]
    pub pin: Vec<String>,
    /// Take such a pin away
    #[arg(long, value_name = "RUN|HASH", conflicts_with = "apply")]
    pub unpin: Vec<String>,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}
