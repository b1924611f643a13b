//! The engine in trouble: nodes that panic, hang or flood, stops, pauses, full disks, bugs of the engine itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod brakes;
mod chains;
mod demo;
mod disk;
mod journal;
mod last;
mod nodes;
mod objects;
mod packs;
mod phases;
mod prefetch;
mod questions;
mod rows;
mod secrets;
mod services;
mod steering;
mod takes;
mod uses;
mod windows;
