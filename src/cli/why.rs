//! The command about where things come from.

use std::path::PathBuf;

use clap::Args;

const WHY_EXAMPLES: &str = "\
Examples:
  windlass why out/sheet.png               what it was made of, and how
  windlass why ~/Desktop/copy.png          the same of a copy, whatever it is called now
  windlass why photos/a.jpg --down         what became of it
  windlass why 4b3f09aa1c52 --json | jq '.made[].steps[].name'
  windlass why out/sheet.png --dot | dot -Tsvg > sheet.svg
  windlass why out/sheet.png --crate sheet-crate";

/// `windlass why`.
#[derive(Debug, Args)]
#[command(
    after_help = WHY_EXAMPLES,
    long_about = "Say where a file or a value comes from: the run, the firings, their parameters, and the files it all began with.\n\n\
        A file is found by its content, so that a copy with another name is known too; where the content is not known, by its \
        path. A hash is that of a file or of a value, as `--json` tells them; its first eight digits are enough."
)]
pub struct WhyArgs {
    /// A file, or the first digits of a hash
    #[arg(value_name = "PATH|HASH")]
    pub what: String,
    /// Say what became of it instead
    #[arg(long)]
    pub down: bool,
    /// As one JSON object
    #[arg(long, group = "form")]
    pub json: bool,
    /// As a Graphviz picture
    #[arg(long, group = "form")]
    pub dot: bool,
    /// Make a folder with the file, what it was made of, and a description that other programs read: a Workflow Run RO-Crate
    #[arg(long = "crate", value_name = "DIR", group = "form", conflicts_with = "down")]
    pub crate_folder: Option<PathBuf>,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}
