//! The commands that read and write other programs' files.

use std::path::PathBuf;

use clap::Args;

const IMPORT_EXAMPLES: &str = "\
Examples:
  windlass import workflow.json
  windlass import workflow.json --to portraits.yaml
  windlass import picture.png                        the workflow that ComfyUI put into a picture
  windlass import workflow.json --object-info classes.json";

/// `windlass import`.
#[derive(Debug, Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct ImportArgs {
    /// The other program's file
    pub file: PathBuf,
    /// The graph to make; it must not exist yet [default: beside the file]
    #[arg(long, value_name = "GRAPH")]
    pub to: Option<PathBuf>,
    /// Whose file it is, where that cannot be told
    #[arg(long, value_name = "FORMAT")]
    pub from: Option<String>,
    /// For a workflow of ComfyUI: what a server answered to `/object_info`, in place of what the workspace keeps or of
    /// asking a server
    #[arg(long, value_name = "FILE")]
    pub object_info: Option<PathBuf>,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  windlass export --comfy portraits.yaml";

/// `windlass export`.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct ExportArgs {
    /// The graph file
    pub graph: PathBuf,
    /// Make a ComfyUI workflow
    #[arg(long, group = "format")]
    pub comfy: bool,
    /// For which program
    #[arg(long, value_name = "FORMAT", group = "format", required_unless_present = "comfy")]
    pub to: Option<String>,
    /// The file to make; it must not exist yet [default: beside the graph]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Use the workspace in this folder instead of the nearest `.windlass`
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}
