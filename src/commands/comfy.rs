//! `windlass comfy`: workflows of ComfyUI.

pub mod classes;

use std::path::Path;

use anyhow::Context;
use windlass_comfy::exchange::Queue;
use windlass_comfy::server::{System, wait};
use windlass_comfy::{Address, Definitions, Grade, ReadError, Server, ServerError, Workflow, convert};

use crate::cli::{ComfyArgs, ComfyCommand, ConvertArgs, ServerArgs};
use crate::exit::{Exit, Trouble};
use crate::load::read_file;
use crate::terminal::{err_line, print, printable};

/// Does it.
///
/// # Errors
/// Says what cannot be read.
pub fn run(args: &ComfyArgs) -> anyhow::Result<Exit> {
    match &args.command {
        ComfyCommand::Status(args) => print_status(args),
        ComfyCommand::Free(args) => free(args),
        ComfyCommand::Nodes(args) => classes::run(args),
        ComfyCommand::Convert(args) => print_converted(args),
    }
}

fn print_status(args: &ServerArgs) -> anyhow::Result<Exit> {
    let server = server(args)?;
    let (system, queue) = asked(async { Ok((server.system().await?, server.queue().await?)) })?;
    print(&told(&server, &system, &queue))?;
    Ok(Exit::Done)
}

fn told(server: &Server, system: &System, queue: &Queue) -> String {
    let Queue { running, waiting } = queue;
    let version = printable(&system.version);
    let mut told =
        format!("{}: ComfyUI {version}, {} running, {} waiting\n", server.address(), running.len(), waiting.len());
    for device in &system.devices {
        let [free, memory] = [device.free, device.memory].map(|bytes| bytes as f64 / f64::from(1 << 30));
        told.push_str(&format!("  {}: {free:.1} of {memory:.1} GiB free\n", printable(&device.name)));
    }
    told
}

fn free(args: &ServerArgs) -> anyhow::Result<Exit> {
    let server = server(args)?;
    asked(server.free())?;
    print(&format!("{} forgets its models and what it remembers of nodes\n", server.address()))?;
    Ok(Exit::Done)
}

fn server(args: &ServerArgs) -> anyhow::Result<Server> {
    let address = Address::read(&args.server).map_err(Trouble::wrong)?;
    Ok(Server::at(address)?)
}

/// Waits for a server.
fn asked<T>(what: impl Future<Output = Result<T, ServerError>>) -> anyhow::Result<T> {
    let answer = wait(what).context("cannot wait for the server")?;
    answer.map_err(|error| {
        let hint = match error {
            ServerError::Unreachable { .. } => "start ComfyUI, or name another server with `--server`",
            _ => "look whether it is ComfyUI that answers there",
        };
        Trouble::wrong(error.to_string()).hint(hint).into()
    })
}

fn print_converted(args: &ConvertArgs) -> anyhow::Result<Exit> {
    let hint = "a server answers it to `/object_info`: save that answer as it is";
    let definitions = match &args.object_info {
        Some(file) => read(file, hint, Definitions::read)?,
        None => asked(server(&args.server)?.classes())?,
    };
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
