//! The pack `json`: documents that are read, looked into, changed, compared and checked.
//!
//! Deliberately absent: rows, which are the pack `table`'s, and whatever lies behind an address: nothing is fetched.

mod diff;
mod flatten;
mod format;
mod get;
mod merge;
mod parse;
mod patch;
mod path_cost;
mod set;
mod shared;
mod unflatten;
mod validate;
mod validate_cost;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("json")
        .kind::<diff::Diff>()
        .kind::<flatten::Flatten>()
        .kind::<format::Format>()
        .kind::<get::Get>()
        .kind::<merge::Merge>()
        .kind::<parse::Parse>()
        .kind::<patch::Patch>()
        .kind::<set::Set>()
        .kind::<unflatten::Unflatten>()
        .kind::<validate::Validate>()
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
