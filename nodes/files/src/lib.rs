//! The pack `files`: finding, opening, reading and writing files.
//!
//! Deliberately absent: how a file is written without halves and who may have a path (the engine's door does that),
//! and whatever looks inside media.

mod glob;
mod listing;
mod media;
mod open;
mod read;
mod write;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("files").kind::<glob::Glob>().kind::<open::Open>().kind::<read::Read>().kind::<write::Write>()
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
