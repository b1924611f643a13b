//! Work with files that may take long, beside the thread that everybody awaits on.

use std::thread;

use tokio::sync::oneshot;
use windlass_core::node::NodeError;

/// Does work on a thread of its own. Where the firing ends before it, the work goes on to its end.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NodeError> + Send + 'static,
) -> Result<T, NodeError> {
    let (done, result) = oneshot::channel();
    // Nobody waits for the result where the firing has ended.
    let job = move || drop(done.send(work()));
    let started = thread::Builder::new().name("program-files".into()).spawn(job);
    started.map_err(|error| NodeError::because("a thread could not be started", &error))?;
    result.await.unwrap_or_else(|_| Err(NodeError::new("the work with its files ended without a result")))
}
