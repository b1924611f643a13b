//! Files from the desktop above the window: what will become of them is said while they hover.

use egui::{Align2, Area, Context, Frame, Id, Order, RichText, vec2};

use crate::theme::Theme;

/// Names that are listed at most.
const MOST: usize = 6;

/// Draws what hovers, where something does.
pub fn hovering_ui(ctx: &Context, theme: &Theme) {
    let hovered = ctx.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let room = ctx.content_rect();
    let painter = ctx.layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("hovering")));
    painter.rect_filled(room, 0.0, theme.canvas.gamma_multiply(0.75));
    painter.rect_stroke(room.shrink(6.0), 8.0, egui::Stroke::new(2.0, theme.accent), egui::StrokeKind::Inside);
    let area =
        Area::new(Id::unique("hovering names")).order(Order::Tooltip).anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0));
    area.show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(18.0).show(ui, |ui| {
            ui.set_max_width(520.0);
            ui.heading("Drop to add to the graph");
            ui.label(
                RichText::new("A folder is listed, a picture opened, and a graph shown in a tab.").color(theme.weak),
            );
            ui.add_space(6.0);
            for file in hovered.iter().take(MOST) {
                let name = file.path.as_deref().and_then(|path| path.file_name()).unwrap_or_default();
                ui.label(name.to_string_lossy());
            }
            if hovered.len() > MOST {
                ui.label(RichText::new(format!("and {} more", hovered.len() - MOST)).color(theme.weak));
            }
        });
    });
}
