//! The pack `text`: texts that are made, taken apart, searched, changed, counted and compared.
//!
//! Deliberately absent: files and their encodings, which are the pack `files`'.

mod case;
mod count;
mod diff;
mod format_number;
mod join;
mod lines;
mod r#match;
mod parse_number;
mod pattern;
mod replace;
mod sentences;
mod split;
mod template;
mod tokens;
mod trim;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("text")
        .kind::<case::Case>()
        .kind::<count::Count>()
        .kind::<diff::Diff>()
        .kind::<format_number::FormatNumber>()
        .kind::<join::Join>()
        .kind::<lines::Lines>()
        .kind::<r#match::Match>()
        .kind::<parse_number::ParseNumber>()
        .kind::<replace::Replace>()
        .kind::<sentences::Sentences>()
        .kind::<split::Split>()
        .kind::<template::Template>()
        .kind::<trim::Trim>()
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
