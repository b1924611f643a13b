//! Which part of the canvas is seen, and how large.

use egui::{Pos2, Rect, Vec2, vec2};

/// The least and the greatest zoom.
const ZOOM: std::ops::RangeInclusive<f32> = 0.02..=3.0;
/// Nothing is made larger than this by fitting.
const FIT_ZOOM: f32 = 1.0;
/// Room that is left around what was fitted.
const FIT_MARGIN: f32 = 48.0;

/// Which part of the canvas is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// What is in the left top corner.
    pub corner: Pos2,
    /// Points of the screen for a point of the canvas.
    pub zoom: f32,
}

impl Default for View {
    fn default() -> Self {
        Self { corner: Pos2::ZERO, zoom: 1.0 }
    }
}

/// How much of a node can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A box.
    Box,
    /// Title and ports.
    Title,
    /// All of it.
    Full,
}

impl View {
    /// Returns where a point of the canvas is seen in a window.
    pub fn to_screen(self, window: Rect, point: Pos2) -> Pos2 {
        window.min + (point - self.corner) * self.zoom
    }

    /// Returns where a rectangle of the canvas is seen.
    pub fn rect_to_screen(&self, window: Rect, rect: Rect) -> Rect {
        Rect::from_min_size(self.to_screen(window, rect.min), rect.size() * self.zoom)
    }

    /// Returns the point of the canvas that is seen at a place.
    pub fn to_canvas(self, window: Rect, seen: Pos2) -> Pos2 {
        self.corner + (seen - window.min) / self.zoom
    }

    /// Returns the part of the canvas that is seen.
    pub fn seen(&self, window: Rect) -> Rect {
        Rect::from_min_size(self.corner, window.size() / self.zoom)
    }

    /// Moves what is seen by a distance on the screen.
    #[must_use]
    pub fn panned(self, by: Vec2) -> Self {
        Self { corner: self.corner - by / self.zoom, ..self }
    }

    /// Makes what is seen larger by a factor; what is at a place stays there.
    #[must_use]
    pub fn zoomed(self, window: Rect, at: Pos2, factor: f32) -> Self {
        let fixed = self.to_canvas(window, at);
        let zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        Self { corner: fixed - (at - window.min) / zoom, zoom }
    }

    /// Shows a part of the canvas whole, in the middle.
    #[must_use]
    pub fn fitted(window: Rect, part: Rect) -> Self {
        let room = (window.size() - vec2(FIT_MARGIN, FIT_MARGIN) * 2.0).max(vec2(1.0, 1.0));
        let zoom = (room / part.size().max(vec2(1.0, 1.0))).min_elem().clamp(*ZOOM.start(), FIT_ZOOM);
        Self { corner: part.center() - window.size() / zoom / 2.0, zoom }
    }

    /// Returns how much of a node can be read.
    pub fn detail(&self) -> Detail {
        match self.zoom {
            zoom if zoom < 0.28 => Detail::Box,
            zoom if zoom < 0.5 => Detail::Title,
            _ => Detail::Full,
        }
    }

    /// Returns the size of a font on the screen, in steps so that few sizes are drawn.
    pub fn font_size(&self, size: f32) -> f32 {
        ((size * self.zoom * 2.0).round() / 2.0).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const WINDOW: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(900.0, 650.0) };

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let view = View { corner: pos2(-30.0, 12.0), zoom: 0.7 };
        let at = pos2(333.0, 444.0);
        let zoomed = view.zoomed(WINDOW, at, 1.7);
        assert!((zoomed.to_canvas(WINDOW, at) - view.to_canvas(WINDOW, at)).length() < 1e-3);
        assert!(view.zoomed(WINDOW, at, 1e9).zoom <= 3.0 && view.zoomed(WINDOW, at, 1e-9).zoom >= 0.02);
    }

    #[test]
    fn what_is_fitted_is_seen_whole() {
        let part = Rect::from_min_max(pos2(-500.0, 0.0), pos2(4000.0, 300.0));
        assert!(View::fitted(WINDOW, part).seen(WINDOW).contains_rect(part));
    }
}
