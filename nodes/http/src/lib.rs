//! The pack `http`: asking servers, as if each of them were hostile.
//!
//! Deliberately absent: cookies, proxies, caches, and whatever would connect to a host or an address that nobody granted.

mod get;
mod post;
mod shared;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("http").kind::<get::Get>().kind::<post::Post>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::{compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises_but_for_a_server_that_a_test_does_not_have() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _inside = runtime.enter();
        // The samples ask at a port where nobody listens; `tests/hostile` has servers.
        let found = compliance(&Registry::new([super::pack()]).unwrap());
        assert_eq!(found.len(), 2, "{found:?}");
        for (found, kind) in found.iter().zip(["http.get", "http.post"]) {
            let expected = format!("{kind}: sample 0 does not fire: `http://127.0.0.1:9/` cannot be reached: ");
            assert!(found.starts_with(&expected), "{found}");
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [""; 0]);
    }
}
