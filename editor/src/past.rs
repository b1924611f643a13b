//! Runs as their journals tell of them: the list of them, one on the canvas, and what is asked of one in another process.
//!
//! All reading is done by threads beside the window.

pub mod act;
pub mod inquired;
pub mod item;
pub mod list;
pub mod open;
pub mod steer;
mod tally;

pub use act::RunAct;
pub use list::{Listed, Row, RunList};
