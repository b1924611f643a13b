//! `windlass comfy nodes`: what a server says of its classes is kept in the workspace, where kinds are made of it.

use std::fs;
use std::path::{Path, PathBuf};

use windlass_comfy::{Definitions, ServerSetting, Shelf};
use windlass_core::node::NodeError;
use windlass_store::{Layout, Workspace};

use crate::cli::NodesOfServerArgs;
use crate::commands::named_workspace;
use crate::exit::{Exit, Trouble};
use crate::packs;
use crate::terminal::{print, printable};

/// Asks a server, or takes the file that is named, and keeps what it says.
///
/// # Errors
/// Says why nobody answers, or why it cannot be kept.
pub fn run(args: &NodesOfServerArgs) -> anyhow::Result<Exit> {
    let here = Path::new(".");
    let named = named_workspace(args.workspace.as_deref());
    let (_, known) = packs::registry_knowing(here, named.as_deref(), args.object_info.clone())?;
    let servers = match &args.server {
        Some(server) => vec![ServerSetting::at(server)],
        None => known.servers.clone(),
    };
    let shelf = Shelf::new(args.object_info.clone(), None, servers);
    let listing = shelf.listing().map_err(|error| in_words(&error))?;
    let count = Definitions::of(&listing).map_or(0, |classes| classes.names().count());
    let kept = keep(&shelf, here, named.as_deref())?;
    print(&format!("{count} classes are kept in {}\n", printable(&kept.display().to_string())))?;
    Ok(Exit::Done)
}

/// Keeps what is known of classes in the workspace of graphs in a folder, which is made where there is none.
///
/// # Errors
/// Says why it cannot be written.
pub fn keep(shelf: &Shelf, folder: &Path, workspace: Option<&Path>) -> anyhow::Result<PathBuf> {
    let workspace = Workspace::open_or_create(folder, workspace);
    let workspace = workspace.map_err(|error| Trouble::store(error.to_string()).hint(error.hint()))?;
    let place = workspace.layout().map(Layout::comfy_classes).ok_or_else(|| Trouble::store("there is no workspace"))?;
    let listing = shelf.listing().map_err(|error| in_words(&error))?;
    let unfinished = place.with_extension(format!("unfinished-{}", std::process::id()));
    let written = fs::write(&unfinished, listing.to_string()).and_then(|()| fs::rename(&unfinished, &place));
    let refused = |error| Trouble::store(format!("cannot write `{}`", place.display())).because(error);
    written.map_err(refused)?;
    Ok(place)
}

fn in_words(error: &NodeError) -> Trouble {
    let trouble = Trouble::wrong(error.to_string());
    error.hint_text().into_iter().fold(trouble, Trouble::hint)
}
