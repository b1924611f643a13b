//! The packs that this program is built with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use windlass_comfy::Shelf;
use windlass_core::registry::Registry;
use windlass_store::{Layout, Workspace};

use crate::commands::named_workspace;
use crate::{comfy, settings};

/// Gathers what all packs bring, with the settings that hold in the current folder.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry() -> anyhow::Result<Registry> {
    registry_beside(&std::env::current_dir().unwrap_or_default(), named_workspace(None).as_deref())
}

/// Gathers what all packs bring, for a graph: with the settings and what is kept of servers that hold for its folder, or for
/// the workspace that a flag names.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry_for(graph: &Path, flag: Option<&Path>) -> anyhow::Result<Registry> {
    registry_beside(beside(graph), named_workspace(flag).as_deref())
}

/// Gathers what all packs bring, with the settings that hold for graphs of a folder. What is wrong with settings is said where
/// something is run.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry_beside(folder: &Path, workspace: Option<&Path>) -> anyhow::Result<Registry> {
    registry_knowing(folder, workspace, None).map(|(registry, _)| registry)
}

/// Does the same where a file says what the classes of a server of ComfyUI are; returns what is known of them too.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry_knowing(
    folder: &Path,
    workspace: Option<&Path>,
    classes: Option<PathBuf>,
) -> anyhow::Result<(Registry, Arc<Shelf>)> {
    let workspace = Workspace::find_for_run(folder, workspace).ok().flatten();
    let servers = comfy::pool(&settings::gather(workspace.as_ref()).settings);
    let kept = workspace.as_ref().and_then(Workspace::layout).map(Layout::comfy_classes);
    let shelf = Arc::new(Shelf::new(classes, kept, servers.servers.clone()));
    let packs = [
        windlass_flow::pack(),
        windlass_files::pack(),
        windlass_text::pack(),
        windlass_json::pack(),
        windlass_table::pack(),
        windlass_plot::pack(),
        windlass_image::pack(),
        windlass_programs::pack(),
        windlass_http::pack(),
        windlass_comfy::pack(servers, shelf.clone()),
    ];
    Ok((Registry::new(packs).context("the packs do not go together")?, shelf))
}

/// Returns the folder of a file as it was named.
pub fn beside(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
