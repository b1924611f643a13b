//! Waiting for a server where nothing else goes on: for commands.

use std::io;

/// Waits for what a server answers.
///
/// # Errors
/// Says what the operating system refused.
pub fn wait<T>(what: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(what))
}
