//! The whole-program tests, in one binary.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod batch;
mod cache;
mod cli;
mod comfy;
mod database;
mod diff;
mod examples;
mod gc;
mod graphs;
mod house;
mod http;
mod journal;
mod kill;
mod pictures;
mod program;
mod programs;
mod questions;
mod readonly;
mod resume;
mod retry;
mod rows;
mod secrets;
mod seeds;
mod settings;
mod steer;
mod trouble;
mod walk;
mod why;
mod wrong;
