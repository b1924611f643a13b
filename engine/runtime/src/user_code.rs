//! Calls into the code of nodes: a panic there is one failed item.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use windlass_core::node::NodeError;

thread_local! {
    static IN_NODE_CODE: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether the calling thread is inside the code of a node, whose panics are caught and reported as a failed
/// item. A panic hook asks this before it reports a bug.
pub fn in_node_code() -> bool {
    IN_NODE_CODE.get()
}

/// Calls the code of a node; a panic becomes an error.
pub fn guarded<T>(call: impl FnOnce() -> Result<T, NodeError>) -> Result<T, NodeError> {
    caught(call).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// Calls the code of a service; a panic becomes an error.
pub fn guarded_service<T>(call: impl FnOnce() -> Result<T, NodeError>) -> Result<T, NodeError> {
    caught(call).unwrap_or_else(|panic| Err(NodeError::new(format!("the service panicked: {}", message(&*panic)))))
}

fn caught<T>(call: impl FnOnce() -> T) -> std::thread::Result<T> {
    let before = IN_NODE_CODE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    IN_NODE_CODE.set(before);
    result
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

/// Returns the error that a panic stands for.
pub fn panicked(panic: &(dyn Any + Send)) -> NodeError {
    NodeError::new(format!("the node panicked: {}", message(panic)))
        .hint("this is a bug of the node; please report it with the input")
}

/// The future of a node's code, marked while it is polled.
pub struct Guarded<F>(std::pin::Pin<Box<F>>);

impl<F: Future> Guarded<F> {
    /// Wraps the future.
    pub fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = F::Output;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<F::Output> {
        let before = IN_NODE_CODE.replace(true);
        let _reset = Reset(before);
        self.0.as_mut().poll(cx)
    }
}

/// Takes the mark off again, also when the code panics.
struct Reset(bool);

impl Drop for Reset {
    fn drop(&mut self) {
        IN_NODE_CODE.set(self.0);
    }
}
