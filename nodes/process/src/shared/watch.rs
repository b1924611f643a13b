//! Looks at what a program writes to files while it runs.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use windlass_core::node::NodeError;

use super::aside::aside;
use super::scratch::Scratch;

/// How long a program may write before somebody looks again.
const LOOK: Duration = Duration::from_millis(250);

/// Waits for a program; gives it up, which ends it, once its folder holds more than `limit_bytes`.
pub(crate) async fn watched<T>(
    scratch: &Arc<Scratch>,
    limit_bytes: u64,
    program: impl Future<Output = Result<T, NodeError>>,
) -> Result<T, NodeError> {
    let mut program = pin!(program);
    loop {
        tokio::select! {
            biased;
            ended = &mut program => return ended,
            () = tokio::time::sleep(LOOK) => {}
        }
        let looked_at = scratch.clone();
        let look = aside(move || looked_at.check_size(limit_bytes));
        tokio::select! {
            biased;
            ended = &mut program => return ended,
            size = look => size?,
        }
    }
}
