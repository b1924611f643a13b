//! What a run says of wires in words: how many items wait, and all that is known of the one under the pointer.

use egui::{Align2, CornerRadius, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, vec2};

use super::curve::Curve;
use super::scene::{Scene, SceneNode};
use super::view::{Detail, View};
use super::wires::Looks;
use crate::theme::{Theme, font};

/// Draws the words of the wires that can be seen and read.
pub fn flow_ui(
    painter: &Painter,
    window: Rect,
    (view, theme): (&View, &Theme),
    scene: &Scene,
    (moved, looks): (&impl Fn(&SceneNode) -> Vec2, &Looks<'_>),
) {
    if view.detail() < Detail::Full || looks.live.len() != scene.wires.len() {
        return;
    }
    let seen = view.seen(window);
    for (wire, live) in scene.wires.iter().zip(looks.live) {
        let Some(live) = live else { continue };
        let middle = Curve::between(wire.ends(scene, moved)).at(0.5);
        if !seen.contains(middle) {
            continue;
        }
        let name = wire.name(scene);
        let is_pointed_at = looks.hovered == Some(&name) || looks.selected == Some(&name);
        let text = if is_pointed_at { live.in_words() } else { live.waiting.to_string() };
        if is_pointed_at || live.waiting > 0 {
            let edge = if live.holds_back { theme.error } else { theme.line };
            words_ui(painter, view.to_screen(window, middle), &text, view, (theme, edge));
        }
    }
}

fn words_ui(painter: &Painter, middle: Pos2, text: &str, view: &View, (theme, edge): (&Theme, egui::Color32)) {
    let galley = painter.layout_no_wrap(text.to_owned(), font(view.font_size(11.0)), theme.text);
    let rect = Align2::CENTER_CENTER.anchor_size(middle, galley.size() + vec2(8.0, 3.0) * view.zoom);
    painter.rect(rect, CornerRadius::same(4), theme.panel, Stroke::new(1.0, edge), StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, theme.text);
}
