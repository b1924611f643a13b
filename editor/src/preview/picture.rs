//! Pictures: small on a node; whole to be fitted, zoomed and compared with what the node was given, with the figures of the
//! pixel under the pointer.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, Id, Painter, Pos2, Rect, RichText, Role, Sense, Stroke, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use windlass_core::value::{Image, Value};

use super::pixels::{pixel, reduced};
use super::{Preview, Size, Small, Source};
use crate::fields::named;
use crate::theme::{Theme, font};

/// Sides of pictures on nodes, in pixels.
const SMALL_SIDE: usize = 336;
/// Sides of pictures in the panel; the figures of a pixel are those of the whole picture.
const WHOLE_SIDE: usize = 2_048;
/// Height of a picture on a node, in points of the canvas.
const SMALL_HEIGHT: f32 = 112.0;
/// The least and the greatest zoom of the panel, in points of the screen for a pixel.
const ZOOM: std::ops::RangeInclusive<f32> = 0.01..=64.0;

/// A picture.
struct Picture {
    texture: TextureHandle,
    image: Arc<Image>,
    before: Option<(TextureHandle, Arc<Image>)>,
    words: String,
}

/// How a person looks at a picture.
#[derive(Clone, Copy)]
struct Look {
    /// Points of the screen for a pixel; fitted where it is `None`.
    zoom: Option<f32>,
    /// How far the middle of the picture lies from the middle of the panel.
    pan: Vec2,
    /// Share of the width that shows what the node was given.
    split: f32,
}

/// Makes the preview of a picture.
pub fn make(source: &Source<'_>) -> Option<Arc<dyn Preview>> {
    let Value::Image(image) = source.value else { return None };
    let side = if source.size == Size::Small { SMALL_SIDE } else { WHOLE_SIDE };
    let texture = |image: &Image| {
        let options = TextureOptions { magnification: egui::TextureFilter::Nearest, ..TextureOptions::LINEAR };
        source.ctx.load_texture("preview", reduced(image, side), options)
    };
    let before = source.before.filter(|_| source.size == Size::Whole).and_then(|before| match before {
        Value::Image(before) => Some((texture(before), before.clone())),
        _ => None,
    });
    let words = source.value.summary();
    Some(Arc::new(Picture { texture: texture(image), image: image.clone(), before, words }))
}

impl Preview for Picture {
    fn words(&self) -> String {
        self.words.clone()
    }

    fn small_height(&self) -> f32 {
        SMALL_HEIGHT
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, _: &Small<'_>) {
        let size = size_of(&self.image);
        let zoom = (rect.size() / size).min_elem();
        paint(painter, &self.texture, Rect::from_center_size(rect.center(), size * zoom), whole());
    }

    fn whole_ui(&self, ui: &mut Ui, id: Id, theme: &Theme) {
        let first = Look { zoom: None, pan: Vec2::ZERO, split: 0.0 };
        let mut look = ui.data(|data| data.get_temp::<Look>(id)).unwrap_or(first);
        self.bar_ui(ui, &mut look, theme);
        let (rect, response) =
            ui.allocate_exact_size(ui.available_size().max(vec2(40.0, 40.0)), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture {}", self.words)));
        let size = size_of(&self.image);
        let fitted = (rect.size() / size).min_elem().min(8.0);
        let zoom = look.zoom.unwrap_or(fitted);
        look.pan += response.drag_delta();
        if let Some(at) = response.hover_pos() {
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
            let factor = pinch * (scroll / 200.0).exp();
            if (factor - 1.0).abs() > 1e-4 {
                let now = (zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
                let from = at - rect.center() - look.pan;
                look.pan -= from * (now / zoom - 1.0);
                look.zoom = Some(now);
            }
        }
        if look.zoom.is_none() {
            look.pan = Vec2::ZERO;
        }
        let zoom = look.zoom.unwrap_or(fitted);
        let shown = Rect::from_center_size(rect.center() + look.pan, size * zoom);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(rect, CornerRadius::same(4), theme.field);
        paint(&painter, &self.texture, shown, whole());
        self.before_ui(&painter, shown, look.split, theme);
        if let Some(at) = response.hover_pos() {
            self.pixel_ui(&painter, rect, (shown, at, zoom), look.split, theme);
        }
        ui.data_mut(|data| data.insert_temp(id, look));
    }
}

impl Picture {
    fn bar_ui(&self, ui: &mut Ui, look: &mut Look, theme: &Theme) {
        ui.horizontal(|ui| {
            if ui.selectable_label(look.zoom.is_none(), "Fit").clicked() {
                (look.zoom, look.pan) = (None, Vec2::ZERO);
            }
            if ui.selectable_label(look.zoom == Some(1.0), "Actual size").clicked() {
                (look.zoom, look.pan) = (Some(1.0), Vec2::ZERO);
            }
            if let Some(zoom) = look.zoom {
                ui.label(RichText::new(format!("{:.0} %", zoom * 100.0)).color(theme.weak));
            }
            if self.before.is_some() {
                ui.separator();
                ui.label(RichText::new("Before").color(theme.weak));
                ui.visuals_mut().widgets.inactive.bg_fill = theme.line;
                let slider = ui.add(egui::Slider::new(&mut look.split, 0.0..=1.0).show_value(false));
                named(ui, &slider, "Share that shows the picture before");
            }
        });
    }

    /// Draws what the node was given over the left part, as large as what it gave.
    fn before_ui(&self, painter: &Painter, shown: Rect, split: f32, theme: &Theme) {
        let Some((texture, _)) = self.before.as_ref().filter(|_| split > 0.0) else { return };
        let x = shown.left() + shown.width() * split;
        let part = Rect::from_min_max(shown.min, pos2(x, shown.bottom()));
        paint(painter, texture, part, Rect::from_min_max(Pos2::ZERO, pos2(split, 1.0)));
        painter.line_segment([pos2(x, shown.top()), pos2(x, shown.bottom())], Stroke::new(2.0, theme.accent));
    }

    /// Says which pixel is under the pointer, and what its samples are.
    fn pixel_ui(&self, painter: &Painter, rect: Rect, (shown, at, zoom): (Rect, Pos2, f32), split: f32, theme: &Theme) {
        let from = (at - shown.min) / zoom;
        if from.x < 0.0 || from.y < 0.0 {
            return;
        }
        let is_before = (at.x - shown.left()) < shown.width() * split;
        let size = size_of(&self.image);
        let (image, scale) = match &self.before {
            Some((_, before)) if is_before => (before, size_of(before) / size),
            _ => (&self.image, vec2(1.0, 1.0)),
        };
        let (x, y) = ((from.x * scale.x) as u32, (from.y * scale.y) as u32);
        let Some(samples) = pixel(image, x, y) else { return };
        let text = format!("{x}, {y}:  {samples}{}", if is_before { "  before" } else { "" });
        let galley = painter.layout_no_wrap(text, font(12.5), theme.text);
        let place =
            Align2::LEFT_BOTTOM.anchor_size(rect.left_bottom() + vec2(6.0, -6.0), galley.size() + vec2(12.0, 6.0));
        painter.rect_filled(place, CornerRadius::same(4), theme.panel);
        painter.galley(place.min + vec2(6.0, 3.0), galley, theme.text);
    }
}

fn size_of(image: &Image) -> Vec2 {
    vec2(image.width() as f32, image.height() as f32)
}

fn whole() -> Rect {
    Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0))
}

fn paint(painter: &Painter, texture: &TextureHandle, rect: Rect, part: Rect) {
    painter.image(texture.id(), rect, part, Color32::WHITE);
}
