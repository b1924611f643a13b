//! Parameters in the body of a node: real widgets where they can be used, their values where not.

use egui::{Color32, CornerRadius, Pos2, Rect, Style, TextStyle, Ui, UiBuilder, pos2, vec2};
use serde_json::Value as Json;

use super::nodes::text_ui;
use super::scene::{SceneNode, references, row_middle};
use super::view::View;
use crate::action::Action;
use crate::face::Param;
use crate::fields::{Field, field_ui, shown, suits_a_line};
use crate::panels::param_change;
use crate::theme::{NODE_WIDTH, ROW_HEIGHT, Theme, font};

/// Below this zoom, values are drawn and cannot be changed.
const USABLE: f32 = 0.75;

/// Draws the parameters of a node.
pub fn params_ui(
    ui: &mut Ui,
    corner: Pos2,
    node: &SceneNode,
    view: &View,
    (theme, actions): (&Theme, &mut Vec<Action>),
) {
    let first = node.face.port_rows();
    for (row, param) in node.face.params.iter().enumerate() {
        let middle = corner.y + row_middle(first + row) * view.zoom;
        let left = corner.x + 12.0 * view.zoom;
        let label = if param.is_given || param.is_wired { theme.text } else { theme.weak };
        let room = (NODE_WIDTH * 0.42 - 12.0) * view.zoom;
        text_ui(ui.painter(), pos2(left, middle), &param.spec.name, font(view.font_size(12.0)), label, room);
        let width = (NODE_WIDTH * 0.54 - 8.0) * view.zoom;
        let size = vec2(width, (ROW_HEIGHT - 4.0) * view.zoom);
        let field = Rect::from_min_size(pos2(corner.x + NODE_WIDTH * 0.46 * view.zoom, middle - size.y / 2.0), size);
        if let Some(wire) = node.face.node().inputs.get(&param.spec.name) {
            let from: Vec<_> = references(&wire.value).map(ToString::to_string).collect();
            value_ui(ui, field, &from.join(", "), view, (theme, theme.accent));
        } else if view.zoom >= USABLE && suits_a_line(&param.spec.ty) {
            let changed = widget_ui(ui, field, (node, param), view);
            actions.extend(changed.map(|value| Action::Change(param_change(&node.id, &param.spec, value))));
        } else {
            value_ui(ui, field, &shown(&param.value), view, (theme, theme.weak));
        }
    }
}

fn value_ui(ui: &Ui, field: Rect, text: &str, view: &View, (theme, colour): (&Theme, Color32)) {
    let painter = ui.painter();
    painter.rect_filled(field, CornerRadius::same((4.0 * view.zoom).round().max(1.0) as u8), theme.field);
    let at = pos2(field.left() + 6.0 * view.zoom, field.center().y);
    text_ui(painter, at, text, font(view.font_size(12.0)), colour, field.width() - 10.0 * view.zoom);
}

fn widget_ui(ui: &mut Ui, field: Rect, (node, param): (&SceneNode, &Param), view: &View) -> Option<Json> {
    let name = format!("{} of {}", param.spec.name, node.id);
    let builder = UiBuilder::new().id_salt((&node.id, &param.spec.name)).max_rect(field);
    let mut inner = ui.new_child(builder);
    scale(inner.style_mut(), view);
    inner.set_clip_rect(field.expand(1.0).intersect(ui.clip_rect()));
    field_ui(&mut inner, &Field { name: &name, ty: &param.spec.ty, unit: &param.spec.unit }, &param.value)
}

/// Makes widgets as large as the node around them.
fn scale(style: &mut Style, view: &View) {
    for (name, font) in &mut style.text_styles {
        font.size = view.font_size(if *name == TextStyle::Monospace { 11.5 } else { 12.0 });
    }
    let spacing = &mut style.spacing;
    spacing.interact_size = vec2(20.0, ROW_HEIGHT - 4.0) * view.zoom;
    spacing.button_padding = vec2(6.0, 0.0) * view.zoom;
    spacing.icon_width = 13.0 * view.zoom;
    spacing.icon_width_inner = 8.0 * view.zoom;
    spacing.icon_spacing = 4.0 * view.zoom;
    spacing.combo_width = (NODE_WIDTH * 0.54 - 8.0) * view.zoom;
    spacing.item_spacing = vec2(4.0, 0.0) * view.zoom;
}
