//! Nodes of the pack on the bench.

use windlass_core::harness::{Gave, Harness};
use windlass_core::node::NodeError;
use windlass_core::permission::Permissions;
use windlass_core::registry::Registry;

use crate::server::Server;

/// Runs a test; whatever it starts ends with it.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}

fn of(kind: &str, url: &str) -> Harness {
    let registry = Registry::new([windlass_http::pack()]).unwrap();
    Harness::new(registry.kind(kind).unwrap().clone()).param("url", url)
}

/// Asks for something on a server.
pub fn get(server: &Server, path: &str) -> Harness {
    of("http.get", &server.url(path))
}

/// Asks for an address.
pub fn get_url(url: &str) -> Harness {
    of("http.get", url)
}

/// Sends something to a server.
pub fn post(server: &Server, path: &str) -> Harness {
    of("http.post", &server.url(path))
}

/// Returns why it fails.
#[track_caller]
pub fn failure(fired: Result<Gave, NodeError>) -> NodeError {
    fired.map(|_| ()).unwrap_err()
}

/// Allows this and no more.
pub fn granting(bench: &Harness, granted: &[&str]) -> Harness {
    let granted: Permissions = granted.iter().map(|text| text.parse().unwrap()).collect();
    bench.clone().granted(granted)
}
