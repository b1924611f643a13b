//! The newest value in the body of a node.

use egui::{CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::nodes::text_ui;
use super::scene::SceneNode;
use super::view::View;
use crate::preview::Small;
use crate::running::Shown;
use crate::theme::{NODE_WIDTH, Theme, font};

/// Room beside and below a preview, in points of the canvas.
const MARGIN: f32 = 8.0;
/// Height of the line that names the item.
const CAPTION: f32 = 15.0;

/// Returns the height that a preview adds to a node, in points of the canvas.
pub fn height(shown: &Shown) -> f32 {
    shown.preview.small_height() + CAPTION + MARGIN
}

/// Draws the newest value of a node at its foot.
pub fn preview_ui(ui: &mut Ui, corner: egui::Pos2, node: &SceneNode, shown: &Shown, (view, theme): (&View, &Theme)) {
    let top = node.face.height(false) - 2.0;
    let size = vec2(NODE_WIDTH - 2.0 * MARGIN, shown.preview.small_height());
    let rect = Rect::from_min_size(corner + vec2(MARGIN, top) * view.zoom, size * view.zoom);
    let response = ui.interact(rect, ui.scope_id().with(("preview", &node.id)), Sense::hover());
    let words = shown.preview.words();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Preview of {}: {words}", node.id)));
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, CornerRadius::same((4.0 * view.zoom) as u8), theme.field);
    let small = Small { theme, zoom: view.zoom, font_size: view.font_size(11.5) };
    shown.preview.small_ui(&painter, rect, &small);
    let caption = if shown.name.is_empty() { &words } else { &shown.name };
    let at = pos2(rect.left() + 2.0 * view.zoom, rect.bottom() + 0.5 * CAPTION * view.zoom);
    text_ui(ui.painter(), at, caption, font(view.font_size(11.0)), theme.weak, rect.width());
}
