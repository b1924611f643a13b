//! The servers that a command is about: the one that is named, or those of the settings.

use std::path::Path;

use anyhow::Context;
use windlass_comfy::exchange::Queue;
use windlass_comfy::server::{System, wait};
use windlass_comfy::{Server, ServerError, ServerSetting};
use windlass_store::Workspace;

use crate::cli::ServerArgs;
use crate::commands::named_workspace;
use crate::exit::{Exit, Trouble, without_workspace};
use crate::terminal::{err_line, print, printable};
use crate::{comfy, settings};

/// Returns the servers.
///
/// # Errors
/// Says what is wrong with the settings or the address.
pub fn named(args: &ServerArgs) -> anyhow::Result<Vec<Server>> {
    let servers = match &args.server {
        Some(address) => vec![ServerSetting::at(address)],
        None => of_settings()?,
    };
    let server = |setting: &ServerSetting| {
        setting.server().map_err(|error| {
            let trouble = Trouble::wrong(error.to_string());
            error.hint_text().into_iter().fold(trouble, Trouble::hint).into()
        })
    };
    servers.iter().map(server).collect()
}

fn of_settings() -> anyhow::Result<Vec<ServerSetting>> {
    let workspace = Workspace::find_for_run(Path::new("."), named_workspace(None).as_deref());
    match settings::for_run(workspace.map_err(without_workspace)?.as_ref()) {
        Ok(settings) => Ok(comfy::pool(&settings).servers),
        // What is wrong with them has been shown.
        Err(_) => Err(Trouble::wrong("the settings cannot be used").into()),
    }
}

/// Says how the servers are.
///
/// # Errors
/// Says what is wrong with the settings.
pub fn status(args: &ServerArgs) -> anyhow::Result<Exit> {
    of_each(args, async |server| Ok(told(server, &server.system().await?, &server.queue().await?)))
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

/// Lets the servers forget.
///
/// # Errors
/// Says what is wrong with the settings.
pub fn free(args: &ServerArgs) -> anyhow::Result<Exit> {
    of_each(args, async |server| {
        server.free().await?;
        Ok(format!("{} forgets its models and what it remembers of nodes\n", server.address()))
    })
}

/// Asks each server, and prints what is told of it; those that do not answer are named.
fn of_each(args: &ServerArgs, ask: impl AsyncFn(&Server) -> Result<String, ServerError>) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for server in named(args)? {
        match waited(ask(&server))? {
            Ok(told) => print(&told)?,
            Err(error) => {
                err_line(&format!("error: {}\nhint: {}", printable(&error.to_string()), hint(&error)));
                exit = Exit::Wrong;
            }
        }
    }
    Ok(exit)
}

/// Asks the servers one after the other until one answers.
///
/// # Errors
/// Says why none of them does.
pub fn first<T>(args: &ServerArgs, ask: impl AsyncFn(&Server) -> Result<T, ServerError>) -> anyhow::Result<T> {
    let mut last = Trouble::wrong("the settings name no server");
    for server in named(args)? {
        match waited(ask(&server))? {
            Ok(answer) => return Ok(answer),
            Err(error) => last = Trouble::wrong(error.to_string()).hint(hint(&error)),
        }
    }
    Err(last.into())
}

/// Waits for a server.
///
/// # Errors
/// The system refuses what waiting needs.
pub fn waited<T>(answer: impl Future<Output = T>) -> anyhow::Result<T> {
    wait(answer).context("cannot wait for the server")
}

fn hint(error: &ServerError) -> &'static str {
    match error {
        ServerError::Unreachable { .. } => "start ComfyUI, or name another server with `--server` or in the settings",
        _ => "look whether it is ComfyUI that answers there",
    }
}
