//! The nodes of the pack against servers that do as they like.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod broken;
mod granted;
mod redirects;
mod sending;
mod server;
mod support;
