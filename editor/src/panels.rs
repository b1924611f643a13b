//! The panels around the canvas, a file each.

mod breadcrumb;
mod inspector;
mod palette;
mod policy;
mod preview;
mod problems;
mod run;
mod runs;
mod scrub;

pub use breadcrumb::{breadcrumb_ui, tab_of};
pub use inspector::{inspector_ui, param_change};
pub use palette::palette_ui;
pub use preview::preview_ui;
pub use problems::problems_ui;
pub use run::run_ui;
pub use runs::runs_ui;
