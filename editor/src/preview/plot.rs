//! Numbers over items as a line.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Id, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use windlass_core::value::Value;

use super::{Preview, Small, Source};
use crate::theme::{Theme, font};

/// The numbers of the newest items.
struct Plot {
    numbers: Vec<f64>,
    least: f64,
    greatest: f64,
}

/// Makes the preview of numbers; a single one is no line.
pub fn make(source: &Source<'_>) -> Option<Arc<dyn Preview>> {
    let is_number = match source.value {
        Value::Int(_) | Value::Float(_) => true,
        Value::Json(json) => json.is_number(),
        _ => false,
    };
    if !is_number || source.numbers.len() < 2 {
        return None;
    }
    let numbers = source.numbers.to_vec();
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Arc::new(Plot { numbers, least, greatest }))
}

impl Plot {
    fn newest(&self) -> f64 {
        self.numbers.last().copied().unwrap_or_default()
    }

    fn point(&self, rect: Rect, at: usize) -> Pos2 {
        let across = at as f32 / (self.numbers.len() - 1) as f32;
        let span = self.greatest - self.least;
        let up = if span > 0.0 { ((self.numbers[at] - self.least) / span) as f32 } else { 0.5 };
        pos2(rect.left() + rect.width() * across, rect.bottom() - rect.height() * up)
    }

    fn line_ui(&self, painter: &Painter, rect: Rect, stroke: Stroke) {
        let points = (0..self.numbers.len()).map(|at| self.point(rect, at)).collect();
        painter.add(egui::Shape::line(points, stroke));
    }
}

impl Preview for Plot {
    fn words(&self) -> String {
        format!(
            "{}; {} to {} over the newest {} items",
            short(self.newest()),
            short(self.least),
            short(self.greatest),
            self.numbers.len()
        )
    }

    fn small_height(&self) -> f32 {
        60.0
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>) {
        let line = rect.shrink(6.0 * small.zoom).with_min_y(rect.top() + 18.0 * small.zoom);
        self.line_ui(painter, line, Stroke::new(1.5 * small.zoom, small.theme.busy));
        let at = rect.left_top() + vec2(6.0, 3.0) * small.zoom;
        painter.text(at, Align2::LEFT_TOP, short(self.newest()), font(small.font_size), small.theme.text);
    }

    fn whole_ui(&self, ui: &mut Ui, _: Id, theme: &Theme) {
        ui.label(self.words());
        let (rect, response) = ui.allocate_exact_size(ui.available_size().max(vec2(40.0, 40.0)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Plot of {}", self.words())));
        let painter = ui.painter();
        painter.rect_filled(rect, CornerRadius::same(4), theme.field);
        let inner = rect.shrink2(vec2(12.0, 22.0));
        self.line_ui(painter, inner, Stroke::new(1.5, theme.busy));
        let label = |at, anchor, text: String| painter.text(at, anchor, text, font(12.0), theme.weak);
        label(rect.left_top() + vec2(8.0, 4.0), Align2::LEFT_TOP, short(self.greatest));
        label(rect.left_bottom() + vec2(8.0, -4.0), Align2::LEFT_BOTTOM, short(self.least));
        if let Some(at) = response.hover_pos() {
            let share = ((at.x - inner.left()) / inner.width()).clamp(0.0, 1.0);
            let near = (share * (self.numbers.len() - 1) as f32).round() as usize;
            let point = self.point(inner, near);
            painter.circle_filled(point, 3.5, theme.accent);
            let text = short(self.numbers[near]);
            painter.text(rect.right_top() + vec2(-8.0, 4.0), Align2::RIGHT_TOP, text, font(12.5), theme.text);
        }
    }
}

/// Returns a number with few places.
fn short(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number}");
    }
    if (1e-3..1e7).contains(&number.abs()) { format!("{number:.4}") } else { format!("{number:.3e}") }
}
