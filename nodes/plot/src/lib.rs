//! The pack `plot`: charts of tables, as pictures and as SVG.
//!
//! Deliberately absent: a window to look at them, animation, and maps.

mod bar;
mod heatmap;
mod histogram;
mod line;
mod scatter;
mod shared;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("plot")
        .kind::<line::Line>()
        .kind::<scatter::Scatter>()
        .kind::<bar::Bar>()
        .kind::<histogram::Histogram>()
        .kind::<heatmap::Heatmap>()
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
