//! The panels around the canvas, a file each.

mod breadcrumb;
mod compare;
mod devices;
mod graph;
mod inspector;
mod items;
mod lineage;
mod logs;
mod palette;
mod policy;
mod preview;
mod problems;
mod run;
mod runs;
mod scrub;
mod sections;
mod services;
mod wiring;

pub use breadcrumb::{breadcrumb_ui, tab_of};
pub use compare::compare_ui;
pub use devices::devices_ui;
pub use inspector::{inspector_ui, param_change};
pub use items::{items_ui, traced};
pub use lineage::lineage_ui;
pub use logs::logs_ui;
pub use palette::palette_ui;
pub use preview::preview_ui;
pub use problems::problems_ui;
pub use run::run_ui;
pub use runs::runs_ui;
pub use services::services_ui;

/// Draws the title of a part of a panel.
fn section(ui: &mut egui::Ui, title: &str, theme: &crate::theme::Theme) {
    ui.add_space(8.0);
    ui.label(egui::RichText::new(title).size(12.0).color(theme.weak));
}
