//! The packs that this program is built with.

use std::path::Path;

use anyhow::Context;
use windlass_core::registry::Registry;
use windlass_store::Workspace;

use crate::commands::named_workspace;
use crate::{comfy, settings};

/// Gathers what all packs bring, with the settings that hold in the current folder.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry() -> anyhow::Result<Registry> {
    registry_beside(&std::env::current_dir().unwrap_or_default(), named_workspace(None).as_deref())
}

/// Gathers what all packs bring, with the settings that hold for graphs of a folder. What is wrong with settings is said where
/// something is run.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry_beside(folder: &Path, workspace: Option<&Path>) -> anyhow::Result<Registry> {
    let workspace = Workspace::find_for_run(folder, workspace).ok().flatten();
    let settings = settings::gather(workspace.as_ref()).settings;
    let packs = [
        windlass_flow::pack(),
        windlass_files::pack(),
        windlass_text::pack(),
        windlass_table::pack(),
        windlass_image::pack(),
        windlass_comfy::pack(comfy::pool(&settings)),
    ];
    Registry::new(packs).context("the packs do not go together")
}
