//! The pack `files`: finding, reading, writing, moving and packing files.
//!
//! Deliberately absent: how a file is written without halves and who may have a path (the engine's door does that),
//! and whatever looks inside media.

mod copy;
mod delete;
mod glob;
mod hash;
mod listing;
mod media;
mod metadata;
mod r#move;
mod open;
mod read;
mod shared;
mod tar;
mod untar;
mod unzip;
mod watch;
mod write;
mod zip;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("files")
        .kind::<copy::Copy>()
        .kind::<delete::Delete>()
        .kind::<glob::Glob>()
        .kind::<hash::Hash>()
        .kind::<metadata::FileMetadata>()
        .kind::<r#move::Move>()
        .kind::<open::Open>()
        .kind::<read::Read>()
        .kind::<tar::Tar>()
        .kind::<untar::Untar>()
        .kind::<unzip::Unzip>()
        .kind::<watch::Watch>()
        .kind::<write::Write>()
        .kind::<zip::Zip>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::{compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises_and_every_file_is_registered() {
        assert_eq!(compliance(&Registry::new([super::pack()]).unwrap()), [""; 0]);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [""; 0]);
    }
}
