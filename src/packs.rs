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
    ];
    Registry::new(packs).context("the packs do not go together")
}
