//! Calls into the code of services: each on a thread of its own, so that one which blocks is left behind and holds up
//! nobody.

use std::thread::Builder;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use windlass_core::node::NodeError;
use windlass_core::service::ServiceFuture;
use windlass_core::units::print_duration;

use crate::user_code::guarded_service;

/// A call under way. Dropping it gives it up: code that awaits is dropped, code that blocks keeps its thread.
pub struct Call<T> {
    result: oneshot::Receiver<Result<T, NodeError>>,
    /// Dropped with the call, which is how the thread learns that nobody waits any more.
    _wanted: oneshot::Sender<()>,
}

impl<T: Send + 'static> Call<T> {
    /// Begins a call.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(
        service: &str,
        runtime: &Handle,
        future: ServiceFuture<Result<T, NodeError>>,
    ) -> Result<Self, NodeError> {
        let (done, result) = oneshot::channel();
        let (wanted, unwanted) = oneshot::channel::<()>();
        let runtime = runtime.clone();
        let work = move || {
            let called = guarded_service(|| {
                runtime.block_on(async move {
                    tokio::select! {
                        biased;
                        result = future => result,
                        _ = unwanted => Err(NodeError::cancelled()),
                    }
                })
            });
            // Nobody listens any more where the call was given up.
            let _ = done.send(called);
        };
        let spawned = Builder::new().name(format!("service-{service}")).spawn(work);
        spawned.map_err(|error| NodeError::because("cannot start a thread for the service", &error))?;
        Ok(Self { result, _wanted: wanted })
    }

    /// Waits for its result.
    pub async fn result(&mut self) -> Result<T, NodeError> {
        (&mut self.result).await.unwrap_or_else(|_| Err(NodeError::new("the service's thread died")))
    }

    /// Waits for its result for as long as it may take; `what` it was to do is for the error.
    pub async fn within(&mut self, limit: Duration, what: &str) -> Result<T, NodeError> {
        let late = |_| NodeError::new(format!("it did not {what} within {}", print_duration(limit)));
        tokio::time::timeout(limit, self.result()).await.map_err(late)?
    }
}
