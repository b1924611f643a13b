//! What can be typed: commands, flags, and their help with examples.

mod comfy;
mod exchange;
mod keep;
mod manner;
mod past;
mod steer;
mod telling;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::assign::{Assignment, Setting};
use crate::batch::{Each, Sweep};
pub use comfy::{CheckWorkflowArgs, ComfyArgs, ComfyCommand, ConvertArgs, NodesOfServerArgs, ServerArgs};
pub use exchange::{ExportArgs, ImportArgs};
pub use keep::GcArgs;
pub use manner::Manner;
pub use past::{DiffArgs, ReplayArgs, ResumeArgs, RetryArgs, RunsArgs, ShowArgs};
pub use steer::{AttachArgs, PauseArgs, StopArgs};
pub use telling::Telling;
pub use why::WhyArgs;

const EXAMPLES: &str = "\
Examples:
  windlass new sheet.yaml                      start a graph from a template
  windlass check sheet.yaml                    all its problems, and how often each node runs
  windlass run sheet.yaml --in folder=photos   run it
  windlass nodes image.resize                  what a node does

Exit codes:
  0 all items done   1 some items failed   2 wrong graph or call   3 not allowed
  4 workspace unusable, or disk full       5 waits for answers
  70 a bug of windlass                     130 interrupted";

/// Runs graphs of nodes over folders of media, tables and texts.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a graph
    Run(Box<RunArgs>),
    /// Say what a run would compute, what it would find, and why; takes what `run` takes, and runs nothing
    Explain(Box<RunArgs>),
    /// Go on with a run that did not finish, or let a paused one go on: exactly the missing work is done
    Resume(ResumeArgs),
    /// Run the failed items of a run again, and what depends on them, with the graph as it is now
    Retry(RetryArgs),
    /// Answer a question of a run that goes on, or list what is asked
    Answer(AnswerArgs),
    /// Let a run that goes on start nothing new
    Pause(PauseArgs),
    /// End a run that goes on, as Ctrl-C would
    Stop(StopArgs),
    /// Watch a run that goes on
    Attach(AttachArgs),
    /// Open the window, with a graph or without
    #[cfg(feature = "window")]
    Edit(EditArgs),
    /// List the runs of a workspace, and how each stands
    Runs(RunsArgs),
    /// Show what became of a run: nodes, items, times, errors, outputs
    Show(ShowArgs),
    /// Show what differs between two runs: graphs, parameters, items, outputs
    Diff(DiffArgs),
    /// Tell a run again from its journal
    Replay(ReplayArgs),
    /// Say where a file or a value comes from, or what became of it
    Why(WhyArgs),
    /// Say what old runs and their values take, and delete them
    Gc(GcArgs),
    /// Show all problems of graphs at once, and how often each node runs
    Check(CheckArgs),
    /// Show the compiled plan of a graph
    Plan(PlanArgs),
    /// List the kinds of nodes, or explain one
    Nodes(NodesArgs),
    /// Start a graph from a template
    New(NewArgs),
    /// Say what is found on this machine, what is damaged, and which setting comes from where
    Doctor(DoctorArgs),
    /// Make a graph of another program's file
    Import(ImportArgs),
    /// Make another program's file of a graph
    Export(ExportArgs),
    /// Do something about workflows of ComfyUI
    Comfy(ComfyArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
}

/// What a caller changes about a graph without touching its file.
#[derive(Clone, Debug, Default, Args)]
pub struct Changes {
    /// Set a graph input; paths are relative to the current folder
    #[arg(long = "in", value_name = "NAME=VALUE")]
    pub inputs: Vec<Assignment>,
    /// Set a parameter of a node, whatever the graph says
    #[arg(long = "set", value_name = "NODE.PARAM=VALUE")]
    pub settings: Vec<Setting>,
    /// Write relative outputs under this folder instead of the graph's own
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Root of all randomness, in place of the graph's
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = seed)]
    pub seed: Option<u64>,
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

const RUN_EXAMPLES: &str = "\
Examples:
  windlass run sheet.yaml
  windlass run sheet.yaml --in folder=$HOME/Pictures --in size=128 --out /tmp/sheets
  windlass run resize.yaml --set thumb.width=640 --jobs 4 --memory 2GiB
  windlass run resize.yaml --limit 3 --until thumb
  windlass run resize.yaml --sweep width=320,640 --sweep save.quality=70,90
  windlass run letter.yaml --each customers.csv --each photo='portraits/*.jpg'
  windlass run sheet.yaml --json | jq 'select(.event == \"done\")'";

/// `windlass run`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = RUN_EXAMPLES,
    long_about = "Run a graph.\n\n\
        Every item ends as emitted, skipped or failed; a failed one is set aside with its cause and the rest goes on. \
        The summary at the end says how many there were of each, why items failed, and where the files are.\n\n\
        With `--each` and `--sweep` one run goes through all rows. What does not depend on a row is done once. What a \
        row writes by a relative path lies in a folder named after the row: by the column `name` or `id` of a table, \
        else by its number from 0, by the file, or by the value. Relative paths in a table are relative to it. \
        `--each` comes around `--sweep`, and of several of the same the first comes around the others.\n\n\
        Ctrl-C lets what is under way finish; a second one ends at once and leaves nothing half-written. What was done \
        is kept either way, and `windlass resume` does the rest."
)]
pub struct RunArgs {
    /// The graph file
    pub graph: PathBuf,
    #[command(flatten)]
    pub changes: Changes,
    /// Run once for each row of a CSV or JSON Lines file, its columns being graph inputs, or for each file that matches
    #[arg(long, value_name = "FILE|NAME=GLOB")]
    pub each: Vec<Each>,
    /// Run with each of several values of a graph input or a parameter; several sweeps multiply
    #[arg(long, value_name = "NAME=A,B,C")]
    pub sweep: Vec<Sweep>,
    /// Take only the first N items of each source
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Run only what this node needs, and the node
    #[arg(long, value_name = "NODE")]
    pub until: Option<String>,
    /// Take no result of other runs
    #[arg(long)]
    pub fresh: bool,
    /// Replace files that stand where outputs are written, whosever they are
    #[arg(long)]
    pub overwrite: bool,
    /// Say what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Whether what would run is all that is asked.
    #[arg(skip)]
    pub explains: bool,
    #[command(flatten)]
    pub manner: Manner,
}

#[cfg(feature = "window")]
const EDIT_EXAMPLES: &str = "\
Examples:
  windlass edit
  windlass edit sheet.yaml";

/// `windlass edit`.
#[cfg(feature = "window")]
#[derive(Debug, Args)]
#[command(after_help = EDIT_EXAMPLES)]
pub struct EditArgs {
    /// The graph file
    pub graph: Option<PathBuf>,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const ANSWER_EXAMPLES: &str = "\
Examples:
  windlass answer                              what is asked now
  windlass answer 19a6f2-3c1 keep 7 true       answer node `keep` about item 7
  windlass answer 19a6f2-3c1 keep b.jpg true   the same by the item's name";

/// `windlass answer`.
#[derive(Debug, Args)]
#[command(after_help = ANSWER_EXAMPLES)]
pub struct AnswerArgs {
    /// The run; its first letters are enough
    pub run: Option<String>,
    /// The node that asks
    #[arg(requires = "key")]
    pub node: Option<String>,
    /// The key or the name of the item; `''` for what is asked once
    #[arg(requires = "value")]
    pub key: Option<String>,
    /// The answer
    #[arg(allow_hyphen_values = true)]
    pub value: Option<String>,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  windlass check sheet.yaml
  windlass check graphs/*.yaml --json";

/// `windlass check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct CheckArgs {
    /// The graph files
    #[arg(required = true)]
    pub graphs: Vec<PathBuf>,
    #[command(flatten)]
    pub changes: Changes,
    /// Print each problem as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// Say nothing but the problems
    #[arg(long, short)]
    pub quiet: bool,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  windlass plan sheet.yaml
  windlass plan sheet.yaml --dot | dot -Tsvg > sheet.svg";

/// `windlass plan`.
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanArgs {
    /// The graph file
    pub graph: PathBuf,
    #[command(flatten)]
    pub changes: Changes,
    /// As a Graphviz picture
    #[arg(long, group = "form")]
    pub dot: bool,
    /// As a Mermaid picture
    #[arg(long, group = "form")]
    pub mermaid: bool,
    /// As JSON
    #[arg(long, group = "form")]
    pub json: bool,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const NODES_EXAMPLES: &str = "\
Examples:
  windlass nodes
  windlass nodes image
  windlass nodes image.resize
  windlass nodes --markdown > nodes.md";

/// `windlass nodes`.
#[derive(Debug, Args)]
#[command(after_help = NODES_EXAMPLES)]
pub struct NodesArgs {
    /// A kind, or a category
    pub kind: Option<String>,
    /// As a JSON list
    #[arg(long, group = "form")]
    pub json: bool,
    /// As a reference in Markdown
    #[arg(long, group = "form")]
    pub markdown: bool,
    /// As a reference in Markdown, a page for each category, written into a folder; pictures that lie in its `images/`,
    /// named after kinds, are shown
    #[arg(long, value_name = "DIR", group = "form")]
    pub pages: Option<PathBuf>,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const NEW_EXAMPLES: &str = "\
Examples:
  windlass new sheet.yaml
  windlass new letters.yaml --template mail-merge";

/// `windlass new`.
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub struct NewArgs {
    /// The file to make; it must not exist yet
    pub graph: PathBuf,
    /// What to start from
    #[arg(long, value_enum, default_value_t = Template::ContactSheet)]
    pub template: Template,
}

/// What a new graph starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// A folder of pictures as one sheet of thumbnails
    ContactSheet,
    /// A folder of pictures, each made smaller
    Resize,
    /// A text for each row of a table
    MailMerge,
    /// The frame of a graph, without nodes that do anything
    Empty,
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  windlass doctor
  windlass doctor --repair
  windlass doctor --json | jq '.settings'";

/// `windlass doctor`.
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub struct DoctorArgs {
    /// Read every byte that the workspace keeps, and set aside or take out what is damaged
    #[arg(long)]
    pub repair: bool,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
    /// Look at the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  windlass schema graph > windlass.schema.json
  windlass schema events";

/// `windlass schema`.
#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Graph files
    Graph,
    /// The lines of `windlass run --json`
    Events,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  windlass completions bash > ~/.local/share/bash-completion/completions/windlass
  windlass completions fish > ~/.config/fish/completions/windlass.fish";

/// `windlass completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.clone().render_help().to_string();
            assert!(help.contains("Examples:\n  windlass "), "{help}");
        }
    }
}
