//! Graph inputs and outputs as tags at the ports that they feed or take.

use egui::{Align2, CornerRadius, Painter, Pos2, Rect, Stroke, Vec2, vec2};

use super::scene::{Scene, SceneNode, Side, Tag};
use super::view::{Detail, View};
use crate::theme::{Theme, font};

/// Draws the tags that can be seen and read.
pub fn tags_ui(
    painter: &Painter,
    window: Rect,
    (view, theme): (&View, &Theme),
    scene: &Scene,
    moved: &impl Fn(&SceneNode) -> Vec2,
) {
    if view.detail() < Detail::Full {
        return;
    }
    let seen = view.seen(window).expand(200.0);
    for (side, tags) in [(Side::Input, &scene.given), (Side::Output, &scene.taken)] {
        for tag in tags {
            let at = tag.at(scene, moved);
            if seen.contains(at) {
                tag_ui(painter, view.to_screen(window, at), tag, side, (view, theme));
            }
        }
    }
}

fn tag_ui(painter: &Painter, at: Pos2, tag: &Tag, side: Side, (view, theme): (&View, &Theme)) {
    let text = if side == Side::Input { format!("${}", tag.name) } else { tag.name.clone() };
    let galley = painter.layout_no_wrap(text, font(view.font_size(11.0)), theme.accent);
    let size = galley.size() + vec2(10.0, 3.0) * view.zoom;
    let gap = 10.0 * view.zoom;
    let (rect, from) = match side {
        Side::Input => (Align2::RIGHT_CENTER.anchor_size(at - vec2(gap, 0.0), size), at - vec2(gap, 0.0)),
        Side::Output => (Align2::LEFT_CENTER.anchor_size(at + vec2(gap, 0.0), size), at + vec2(gap, 0.0)),
    };
    let stroke = Stroke::new(1.0, theme.accent);
    painter.line_segment([from, at], stroke);
    painter.rect(rect, CornerRadius::same(4), theme.canvas, stroke, egui::StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, theme.accent);
}
