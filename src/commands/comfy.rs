//! `windlass comfy`: workflows of ComfyUI.

use std::path::Path;

use windlass_comfy::{Definitions, Grade, ReadError, Workflow, convert};

use crate::cli::{ComfyArgs, ComfyCommand, ConvertArgs};
use crate::exit::{Exit, Trouble};
use crate::load::read_file;
use crate::terminal::{err_line, print, printable};

/// Does it.
///
/// # Errors
/// Says what cannot be read.
pub fn run(args: &ComfyArgs) -> anyhow::Result<Exit> {
    match &args.command {
        ComfyCommand::Convert(args) => print_converted(args),
    }
}

fn print_converted(args: &ConvertArgs) -> anyhow::Result<Exit> {
    let hint = "a server answers it to `/object_info`: save that answer as it is";
    let definitions = read(&args.object_info, hint, Definitions::read)?;
    let hint = "it takes a workflow as ComfyUI saves it, not an export in API format";
    let workflow = read(&args.workflow, hint, Workflow::read)?;
    let made = convert(&workflow, &definitions);
    for finding in &made.findings {
        let word = if finding.grade == Grade::Refused { "error" } else { "warning" };
        err_line(&format!("{word}: {}", printable(&finding.to_string())));
    }
    if !made.is_whole() {
        return Ok(Exit::Wrong);
    }
    print(&format!("{:#}\n", made.workflow.to_json()))?;
    Ok(Exit::Done)
}

fn read<T>(path: &Path, hint: &str, as_what: impl Fn(&[u8]) -> Result<T, ReadError>) -> anyhow::Result<T> {
    let bytes = read_file(path).map_err(|error| Trouble::wrong(error.to_string()))?;
    let wrong = |error: ReadError| Trouble::wrong(format!("`{}` cannot be used: {error}", path.display())).hint(hint);
    as_what(&bytes).map_err(|error| wrong(error).into())
}
