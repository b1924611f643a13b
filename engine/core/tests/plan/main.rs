//! Plans of small graphs, wrong graphs, and graphs that make no sense at all.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod affected;
mod compare;
mod notation;
mod ordered;
mod pack;
mod phases;
mod problems;
mod random;
mod rows;
mod semantic;
mod snapshots;
mod support;
mod uses;
