//! The pack `process`: programs that are run for items.
//!
//! Deliberately absent: how a program is started, watched and ended with all that it started (the engine's door does
//! that), and shells.

mod run;
mod shared;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("process").kind::<run::Run>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::{compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises_and_every_file_is_registered() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        assert_eq!(compliance(&Registry::new([super::pack()]).unwrap()), [""; 0]);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [""; 0]);
    }
}
