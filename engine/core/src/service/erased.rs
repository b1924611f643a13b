//! Services as the engine sees them: something that runs, whatever its type.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use super::{Figure, Service, ServiceAbout};
use crate::node::NodeError;

/// What a started service hands to nodes.
pub type ServiceHandle = Arc<dyn Any + Send + Sync>;

/// A call of a service under way.
pub type ServiceFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A service of any type. Calls hold what they need, so that one which hangs can be left behind.
pub trait ErasedService: Send + Sync {
    /// Says what the service is.
    fn about(&self) -> ServiceAbout;
    /// Starts it.
    fn start(self: Arc<Self>) -> ServiceFuture<Result<ServiceHandle, NodeError>>;
    /// Looks how it is.
    fn health(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<Result<Vec<Figure>, NodeError>>;
    /// Comes back when it ends by itself.
    fn ended(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<NodeError>;
    /// Stops it.
    fn stop(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<Result<(), NodeError>>;
    /// Does an action.
    fn act(self: Arc<Self>, running: ServiceHandle, action: String) -> ServiceFuture<Result<(), NodeError>>;
}

/// Returns the service that an author's type stands for.
pub fn service_of(service: impl Service) -> Arc<dyn ErasedService> {
    Arc::new(Typed(service))
}

struct Typed<S>(S);

impl<S: Service> ErasedService for Typed<S> {
    fn about(&self) -> ServiceAbout {
        self.0.about()
    }

    fn start(self: Arc<Self>) -> ServiceFuture<Result<ServiceHandle, NodeError>> {
        Box::pin(async move { Ok(Arc::new(self.0.start().await?) as ServiceHandle) })
    }

    fn health(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<Result<Vec<Figure>, NodeError>> {
        Box::pin(async move { self.0.health(&*handle::<S>(running)?).await })
    }

    fn ended(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<NodeError> {
        Box::pin(async move {
            match handle::<S>(running) {
                Ok(handle) => self.0.ended(&*handle).await,
                Err(error) => error,
            }
        })
    }

    fn stop(self: Arc<Self>, running: ServiceHandle) -> ServiceFuture<Result<(), NodeError>> {
        Box::pin(async move { self.0.stop(&*handle::<S>(running)?).await })
    }

    fn act(self: Arc<Self>, running: ServiceHandle, action: String) -> ServiceFuture<Result<(), NodeError>> {
        Box::pin(async move { self.0.act(&*handle::<S>(running)?, &action).await })
    }
}

/// Every handle was made by the service itself, so that another type is a bug of the engine.
fn handle<S: Service>(running: ServiceHandle) -> Result<Arc<S::Handle>, NodeError> {
    running.downcast().map_err(|_| NodeError::new("the service was given what another one made"))
}
