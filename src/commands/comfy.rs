//! `windlass comfy`: servers and workflows of ComfyUI.

mod check;
pub mod classes;
mod servers;

use std::path::Path;

use windlass_comfy::{Converted, Definitions, Grade, ReadError, Workflow, convert};

use crate::cli::{ComfyArgs, ComfyCommand, ConvertArgs};
use crate::exit::{Exit, Trouble};
use crate::load::read_file;
use crate::terminal::{err_line, print, printable};

/// What may be given in place of asking a server.
const SAVED: &str = "a server answers it to `/object_info`: save that answer as it is";

/// Does it.
///
/// # Errors
/// Says what cannot be read.
pub fn run(args: &ComfyArgs) -> anyhow::Result<Exit> {
    match &args.command {
        ComfyCommand::Status(args) => servers::status(args),
        ComfyCommand::Free(args) => servers::free(args),
        ComfyCommand::Nodes(args) => classes::run(args),
        ComfyCommand::Check(args) => check::run(args),
        ComfyCommand::Convert(args) => print_converted(args),
    }
}

fn print_converted(args: &ConvertArgs) -> anyhow::Result<Exit> {
    let definitions = match &args.object_info {
        Some(file) => read(file, SAVED, Definitions::read)?,
        None => servers::first(&args.server, async |server| server.classes().await)?,
    };
    let hint = "it takes a workflow as ComfyUI saves it, not an export in API format";
    let made = convert(&read(&args.workflow, hint, Workflow::read)?, &definitions);
    tell(&made);
    if !made.is_whole() {
        return Ok(Exit::Wrong);
    }
    print(&format!("{:#}\n", made.workflow.to_json()))?;
    Ok(Exit::Done)
}

/// Says what could not be converted, or is in doubt.
fn tell(made: &Converted) {
    for finding in &made.findings {
        let word = if finding.grade == Grade::Refused { "error" } else { "warning" };
        err_line(&format!("{word}: {}", printable(&finding.to_string())));
    }
}

fn read<T>(path: &Path, hint: &str, as_what: impl Fn(&[u8]) -> Result<T, ReadError>) -> anyhow::Result<T> {
    let bytes = read_file(path).map_err(|error| Trouble::wrong(error.to_string()))?;
    let wrong = |error: ReadError| Trouble::wrong(format!("`{}` cannot be used: {error}", path.display())).hint(hint);
    as_what(&bytes).map_err(|error| wrong(error).into())
}
