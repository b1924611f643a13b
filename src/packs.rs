//! The packs that this program is built with.

use anyhow::Context;
use windlass_core::registry::Registry;

/// Gathers the kinds of all packs.
///
/// # Errors
/// Names a kind that two packs bring, which is a bug of ours.
pub fn registry() -> anyhow::Result<Registry> {
    let packs = [
        windlass_flow::pack(),
        windlass_files::pack(),
        windlass_text::pack(),
        windlass_table::pack(),
        windlass_image::pack(),
        windlass_comfy::pack(servers()?),
    ];
    Registry::new(packs).context("the packs do not go together")
}

/// Returns the servers of ComfyUI that are used where nobody names others.
fn servers() -> anyhow::Result<windlass_comfy::PoolSettings> {
    let usual = windlass_comfy::ServerSetting::at("http://127.0.0.1:8188").map_err(anyhow::Error::msg)?;
    Ok(windlass_comfy::PoolSettings::of(vec![usual]))
}
