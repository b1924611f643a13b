//! The native window: author graphs, run them, and see what becomes of each item.
//!
//! Deliberately absent: what the program is assembled from (it is handed over as a [`Host`]), and any node: palette and
//! inspector are drawn from specs. Drawing code reads, and pushes actions; `apply` does them.

mod action;
mod apply;
mod arrange;
mod beside;
mod canvas;
mod checks;
pub mod commands;
mod dialogs;
mod display;
mod docked;
mod document;
mod editor;
mod face;
mod fields;
mod frame;
mod graphs;
mod host;
mod latest;
mod overlay;
mod panels;
mod panes;
mod past;
mod picker;
mod preview;
mod recent;
mod remembered;
mod running;
mod saving;
mod services;
mod start;
mod tab;
mod theme;
mod told;
mod words;

pub use canvas::live::Standing;
pub use canvas::scene::Side;
pub use display::{DisplayError, show};
pub use document::group::{Group, group, ungroup};
pub use document::{Document, OpenError, SaveError};
pub use editor::Editor;
pub use host::{Ask, Begun, Errand, Host, Inquiry, Refusal, Template, Traced, Warned, Way};
pub use picker::{Picked, Picker, Purpose, Wanted};
pub use running::{Reached, Wish};
pub use theme::Look;
