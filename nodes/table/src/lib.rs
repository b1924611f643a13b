//! The pack `table`: tables in memory and in files, their rows as items, and what is usually done to them.
//!
//! Deliberately absent: tables that do not fit in memory; `table.read` gives the rows of a file of any length, one by one.

mod compute;
mod concat;
mod decode;
mod delimited;
mod filter;
mod from_items;
mod group;
mod join;
mod key;
mod lines;
mod open;
mod pivot;
mod quotes;
mod read;
mod save;
mod select;
mod shared;
mod sort;
#[cfg(feature = "sqlite")]
mod sql;
mod to_items;
mod unpivot;

pub use quotes::Quotes;
use windlass_core::registry::Pack;

/// Returns the pack; `table.sql` is in it where the feature `sqlite` is on.
pub fn pack() -> Pack {
    let pack = Pack::new("table")
        .kind::<read::Read>()
        .kind::<open::Open>()
        .kind::<save::Save>()
        .kind::<from_items::FromItems>()
        .kind::<to_items::ToItems>()
        .kind::<select::Select>()
        .kind::<filter::Filter>()
        .kind::<compute::Compute>()
        .kind::<sort::Sort>()
        .kind::<join::Join>()
        .kind::<group::Group>()
        .kind::<pivot::Pivot>()
        .kind::<unpivot::Unpivot>()
        .kind::<concat::Concat>();
    #[cfg(feature = "sqlite")]
    let pack = pack.kind::<sql::Sql>();
    pack
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
