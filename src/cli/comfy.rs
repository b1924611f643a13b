//! The commands about ComfyUI.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const CONVERT_EXAMPLES: &str = "\
Examples:
  windlass comfy convert portrait.json > portrait.api.json
  windlass comfy convert portrait.json --server gpu-box:8188 > portrait.api.json
  windlass comfy convert portrait.json --object-info classes.json > portrait.api.json";

const COMFY_EXAMPLES: &str = "\
Examples:
  windlass comfy status
  windlass comfy status --server gpu-box:8188
  windlass comfy free
  windlass comfy nodes
  windlass comfy check portrait.json
  windlass comfy convert portrait.json > portrait.api.json";

const CHECK_EXAMPLES: &str = "\
Examples:
  windlass comfy check portrait.json
  windlass comfy check portrait.api.json --server gpu-box:8188
  windlass comfy check portrait.json --object-info classes.json";

const SERVER_EXAMPLES: &str = "\
Examples:
  windlass comfy status --server gpu-box:8188
  windlass comfy free --server http://127.0.0.1:8188";

const NODES_EXAMPLES: &str = "\
Examples:
  windlass comfy nodes
  windlass comfy nodes --server gpu-box:8188
  windlass comfy nodes --object-info classes.json";

/// `windlass comfy`.
#[derive(Debug, Args)]
#[command(after_help = COMFY_EXAMPLES)]
pub struct ComfyArgs {
    /// What to do
    #[command(subcommand)]
    pub command: ComfyCommand,
}

/// What is done about ComfyUI.
#[derive(Debug, Subcommand)]
pub enum ComfyCommand {
    /// Say how servers are: their version, where they compute, what runs and what waits
    #[command(after_help = SERVER_EXAMPLES)]
    Status(ServerArgs),
    /// Let servers forget their models and what they remember of nodes
    #[command(after_help = SERVER_EXAMPLES)]
    Free(ServerArgs),
    /// Keep what a server says of its classes, so that each of them is a kind of node
    Nodes(NodesOfServerArgs),
    /// Say what keeps a workflow from running, and which ports `comfy.workflow` would have
    Check(CheckWorkflowArgs),
    /// Print the API form of a workflow, as a server runs it
    Convert(ConvertArgs),
}

/// Which server.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// Where the server is [default: those of the settings]
    #[arg(long, value_name = "ADDRESS")]
    pub server: Option<String>,
}

/// `windlass comfy check`.
#[derive(Debug, Args)]
#[command(
    after_help = CHECK_EXAMPLES,
    long_about = "Say what keeps a workflow from running, and which ports `comfy.workflow` would have.\n\n\
        It names what cannot be converted, what would bring a server down, and for each server the classes and models that it \
        lacks. Nothing is posted."
)]
pub struct CheckWorkflowArgs {
    /// The workflow, as ComfyUI saves it or as it exports it for its API
    pub workflow: PathBuf,
    #[command(flatten)]
    pub server: ServerArgs,
    /// What a server answered to `/object_info`, in place of asking servers
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub object_info: Option<PathBuf>,
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
    #[command(flatten)]
    pub server: ServerArgs,
    /// What a server answered to `/object_info`, in place of asking one
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub object_info: Option<PathBuf>,
}

/// `windlass comfy nodes`.
#[derive(Debug, Args)]
#[command(
    after_help = NODES_EXAMPLES,
    long_about = "Keep what a server says of its classes, so that each of them is a kind of node: `comfy.KSampler`.\n\n\
        It is kept in the workspace, so that graphs are checked while no server runs. Do it again after installing models or \
        nodes there."
)]
pub struct NodesOfServerArgs {
    /// Where the server is [default: those of the settings]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "object_info")]
    pub server: Option<String>,
    /// What a server answered to `/object_info`, in place of asking one
    #[arg(long, value_name = "FILE")]
    pub object_info: Option<PathBuf>,
    /// The folder of the workspace [default: the nearest `.windlass`, else one made here]
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}
