//! Frames around nodes that run as one step.

use egui::{CornerRadius, Painter, Rect, Stroke, StrokeKind, Vec2, vec2};

use super::Shown;
use super::nodes::text_ui;
use super::scene::SceneNode;
use crate::checks::Together;
use crate::theme::font;

/// Room around the nodes, above them for the title, and below them for their figures.
const PAD: f32 = 18.0;
const TITLE: f32 = 14.0;
const BELOW: f32 = 34.0;
/// Below this zoom there is no title.
const LEGIBLE: f32 = 0.3;

/// Draws the frames, with nodes where they are dragged to.
pub fn together_ui(painter: &Painter, window: Rect, shown: &Shown<'_>, moved: impl Fn(&SceneNode) -> Vec2) {
    let (view, theme) = (&shown.view, shown.theme);
    for Together { title, members } in shown.together {
        let nodes = members.iter().filter_map(|name| shown.scene.node(name.strip_prefix(shown.prefix)?));
        let Some(around) = nodes.map(|node| node.rect().translate(moved(node))).reduce(Rect::union) else { continue };
        let around = Rect::from_min_max(around.min - vec2(PAD, PAD + TITLE), around.max + vec2(PAD, PAD + BELOW));
        let rect = view.rect_to_screen(window, around);
        if !rect.intersects(window) {
            continue;
        }
        let edge = Stroke::new((1.5 * view.zoom).clamp(1.0, 2.0), theme.weak);
        painter.rect(rect, CornerRadius::same(12), theme.frame, edge, StrokeKind::Inside);
        if view.zoom > LEGIBLE {
            let at = rect.min + vec2(12.0, 14.0) * view.zoom;
            text_ui(painter, at, title, font(view.font_size(12.0)), theme.weak, rect.width());
        }
    }
}
