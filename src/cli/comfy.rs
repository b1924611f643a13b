//! The commands about ComfyUI.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const CONVERT_EXAMPLES: &str = "\
Examples:
  curl -s http://127.0.0.1:8188/object_info > classes.json
  windlass comfy convert portrait.json --object-info classes.json > portrait.api.json";

/// `windlass comfy`.
#[derive(Debug, Args)]
pub struct ComfyArgs {
    /// What to do
    #[command(subcommand)]
    pub command: ComfyCommand,
}

/// What is done about ComfyUI.
#[derive(Debug, Subcommand)]
pub enum ComfyCommand {
    /// Print the API form of a workflow, as a server runs it
    Convert(ConvertArgs),
}

/// `windlass comfy convert`.
#[derive(Debug, Args)]
#[command(
    after_help = CONVERT_EXAMPLES,
    long_about = "Print the API form of a workflow, as a server runs it.\n\n\
        A workflow as ComfyUI saves it keeps values by position; which position means what, only the classes of a server say. \
        Nodes that cannot be converted are named with the reason, and then nothing is printed."
)]
pub struct ConvertArgs {
    /// The workflow as ComfyUI saved it
    pub workflow: PathBuf,
    /// What a server answered to `/object_info`
    #[arg(long, value_name = "FILE")]
    pub object_info: PathBuf,
}
