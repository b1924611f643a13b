//! The whole graph in a corner, where it is not in view whole; a click goes there.

use egui::{CornerRadius, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::Shown;
use super::view::View;
use crate::action::Action;
use crate::theme::category_colour;

/// Size of the map at most.
const SIZE: [f32; 2] = [180.0, 130.0];
/// Room between the map and the edges of the canvas.
const MARGIN: f32 = 14.0;

/// Draws the map, unless all of the graph is seen anyway.
pub fn minimap_ui(ui: &mut Ui, window: Rect, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let Some(all) = shown.scene.bounds(shown.scene.nodes.iter()).map(|all| all.expand(60.0)) else { return };
    let seen = shown.view.seen(window);
    if seen.contains_rect(all.shrink(60.0)) || window.width() < 2.5 * SIZE[0] || window.height() < 2.5 * SIZE[1] {
        return;
    }
    let scale = (vec2(SIZE[0], SIZE[1]) / all.size()).min_elem();
    let size = all.size() * scale;
    let map = Rect::from_min_size(window.max - size - vec2(MARGIN, MARGIN), size);
    let small = View { corner: all.min, zoom: scale };
    let response = ui.interact(map, ui.scope_id().with("minimap"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Minimap"));
    let painter = ui.painter().with_clip_rect(map);
    painter.rect_filled(map, CornerRadius::same(4), shown.theme.panel);
    let mut boxes = Mesh::default();
    for node in &shown.scene.nodes {
        let is_selected = shown.selection.nodes.contains(&node.id);
        let colour = category_colour(&node.face.category, shown.theme.look);
        boxes.add_colored_rect(
            small.rect_to_screen(map, node.rect()),
            if is_selected { shown.theme.accent } else { colour },
        );
    }
    painter.add(Shape::mesh(boxes));
    let edge = |colour| Stroke::new(1.0, colour);
    let part = small.rect_to_screen(map, seen);
    painter.rect_stroke(part, CornerRadius::ZERO, edge(shown.theme.accent), StrokeKind::Inside);
    painter.rect_stroke(map, CornerRadius::same(4), edge(shown.theme.line), StrokeKind::Inside);
    let pointed = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged());
    if let Some(at) = pointed {
        let middle = small.to_canvas(map, at);
        actions.push(Action::Look(View { corner: middle - seen.size() / 2.0, zoom: shown.view.zoom }));
    }
}
