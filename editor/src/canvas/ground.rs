//! What lies behind nodes: grid, frames and notes.

use egui::{Align2, Color32, CornerRadius, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use windlass_core::doc::Layout;

use super::hit::{FRAME_CORNER, frame_rect, note_rect};
use super::scene::Scene;
use super::view::View;
use crate::action::Selection;
use crate::theme::{GRID, Theme, font};

/// Draws the grid, in steps that stay apart however small the canvas is.
pub fn grid_ui(painter: &Painter, window: Rect, view: &View, theme: &Theme) {
    painter.rect_filled(window, 0.0, theme.canvas);
    let mut step = GRID * 2.0;
    while step * view.zoom < 26.0 {
        step *= 4.0;
    }
    let seen = view.seen(window);
    let mut mesh = Mesh::default();
    let mut line = |rect: Rect| mesh.add_colored_rect(rect, theme.grid);
    let mut x = (seen.left() / step).floor() * step;
    while x < seen.right() {
        let at = view.to_screen(window, pos2(x, 0.0)).x.round();
        line(Rect::from_min_max(pos2(at, window.top()), pos2(at + 1.0, window.bottom())));
        x += step;
    }
    let mut y = (seen.top() / step).floor() * step;
    while y < seen.bottom() {
        let at = view.to_screen(window, pos2(0.0, y)).y.round();
        line(Rect::from_min_max(pos2(window.left(), at), pos2(window.right(), at + 1.0)));
        y += step;
    }
    painter.add(Shape::mesh(mesh));
}

/// Where frames and notes stand while one is dragged.
#[derive(Clone, Copy, Default)]
pub struct Dragged {
    /// The frame, and how far.
    pub frame: Option<(usize, Vec2)>,
    /// The frame that is made larger, and by how much.
    pub grown: Option<(usize, Vec2)>,
    /// The note, and how far.
    pub note: Option<(usize, Vec2)>,
}

impl Dragged {
    /// Returns where a frame stands.
    pub fn frame(&self, index: usize, at: [f64; 2], size: [f64; 2]) -> Rect {
        let by =
            |of: Option<(usize, Vec2)>| of.filter(|(dragged, _)| *dragged == index).map_or(Vec2::ZERO, |(_, by)| by);
        let mut rect = frame_rect(at, size).translate(by(self.frame));
        rect.max = (rect.max + by(self.grown)).max(rect.min + Vec2::splat(60.0));
        rect
    }
}

/// Draws frames and notes.
pub fn behind_ui(
    painter: &Painter,
    window: Rect,
    (view, theme): (&View, &Theme),
    (layout, scene): (&Layout, &Scene),
    (selection, dragged): (&Selection, &Dragged),
) {
    for (index, frame) in layout.frames.iter().enumerate() {
        let rect = view.rect_to_screen(window, scene.frame(index, dragged.frame(index, frame.at, frame.size)));
        if rect.intersects(window) {
            frame_ui(painter, rect, &frame.title, view, theme, edge(selection.frame == Some(index), theme));
        }
    }
    for (index, note) in layout.notes.iter().enumerate() {
        let by = dragged.note.filter(|(at, _)| *at == index).map_or(Vec2::ZERO, |(_, by)| by);
        let rect = view.rect_to_screen(window, note_rect(note.at, &note.text).translate(by));
        if rect.intersects(window) {
            note_ui(painter, rect, &note.text, view, theme, edge(selection.note == Some(index), theme));
        }
    }
}

fn edge(is_selected: bool, theme: &Theme) -> Stroke {
    if is_selected { Stroke::new(2.0, theme.accent) } else { Stroke::new(1.0, theme.line) }
}

fn frame_ui(painter: &Painter, rect: Rect, title: &str, view: &View, theme: &Theme, edge: Stroke) {
    painter.rect(rect, CornerRadius::same(8), theme.frame, edge, StrokeKind::Inside);
    // Titles stay legible when the nodes are boxes: they are what one finds the way by.
    let size = (14.0 * view.zoom).clamp(9.0, 28.0);
    let at = rect.min + vec2(12.0, 7.0) * view.zoom.max(0.3);
    painter.with_clip_rect(rect.intersect(painter.clip_rect())).text(
        at,
        Align2::LEFT_TOP,
        title,
        font(size),
        theme.weak,
    );
    if view.zoom > 0.4 {
        let corner = rect.max - vec2(5.0, 5.0);
        for reach in [4.0, 8.0] {
            let reach = (reach * view.zoom).min(FRAME_CORNER);
            let stroke = Stroke::new(1.0, theme.weak);
            painter.line_segment([corner - vec2(reach, 0.0), corner - vec2(0.0, reach)], stroke);
        }
    }
}

fn note_ui(painter: &Painter, rect: Rect, text: &str, view: &View, theme: &Theme, edge: Stroke) {
    painter.rect(rect, CornerRadius::same(4), theme.note, edge, StrokeKind::Inside);
    if view.zoom < 0.3 {
        return;
    }
    let inner = rect.shrink2(vec2(10.0, 8.0) * view.zoom);
    let galley = painter.layout(text.to_owned(), font(view.font_size(12.5)), theme.text, inner.width());
    painter.with_clip_rect(rect.intersect(painter.clip_rect())).galley(inner.min, galley, Color32::PLACEHOLDER);
}
