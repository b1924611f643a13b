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
    let before = IN_NODE_CODE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    IN_NODE_CODE.set(before);
    result.unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// Returns the error that a panic stands for.
pub fn panicked(panic: &(dyn Any + Send)) -> NodeError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    NodeError::new(format!("the node panicked: {}", text.as_deref().unwrap_or("no message")))
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
