//! Texts: the first lines on a node, all that is kept of them in the panel.

use std::sync::Arc;

use egui::{Id, Painter, Rect, RichText, ScrollArea, TextStyle, Ui, vec2};
use windlass_core::value::Value;

use super::{Preview, Small, Source, hidden};
use crate::canvas::text_ui;
use crate::theme::{Theme, font};

/// Bytes of a text that are shown.
const SHOWN_BYTES: usize = 256 << 10;
/// Lines on a node.
const SMALL_LINES: usize = 4;

/// Lines of text.
pub struct Text {
    lines: Vec<String>,
    words: String,
    is_cut: bool,
}

/// Makes the preview of a text, or of another scalar.
pub fn make(source: &Source<'_>) -> Option<Arc<dyn Preview>> {
    let text = match source.value {
        Value::Text(text) => text.to_string(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => source.value.summary(),
        Value::Json(json) if json.is_object() || json.is_array() => return None,
        Value::Json(json) => json.as_str().map_or_else(|| json.to_string(), str::to_owned),
        Value::Path(path) => path.display().to_string(),
        _ => return None,
    };
    Some(Arc::new(Text::of(hidden(source, text))))
}

impl Text {
    fn of(mut text: String) -> Self {
        let is_cut = text.len() > SHOWN_BYTES;
        if is_cut {
            let end = (0..=SHOWN_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            text.truncate(end);
        }
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let first = lines.first().map(|line| line.chars().take(80).collect()).unwrap_or_default();
        Self { words: if lines.len() > 1 { format!("{first} …") } else { first }, lines, is_cut }
    }
}

impl Preview for Text {
    fn words(&self) -> String {
        self.words.clone()
    }

    fn small_height(&self) -> f32 {
        8.0 + 15.0 * self.lines.len().clamp(1, SMALL_LINES) as f32
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>) {
        for (at, line) in self.lines.iter().take(SMALL_LINES).enumerate() {
            let at = rect.left_top() + vec2(6.0, 11.5 + 15.0 * at as f32) * small.zoom;
            text_ui(painter, at, line, font(small.font_size), small.theme.text, rect.width() - 12.0 * small.zoom);
        }
    }

    fn whole_ui(&self, ui: &mut Ui, id: Id, theme: &Theme) {
        if self.is_cut {
            ui.label(RichText::new(format!("The first {} KiB.", SHOWN_BYTES >> 10)).color(theme.weak));
        }
        let height = ui.text_style_height(&TextStyle::Monospace);
        let area = ScrollArea::both().id_salt(id).auto_shrink(false);
        area.show_rows(ui, height, self.lines.len(), |ui, rows| {
            for line in self.lines.get(rows).into_iter().flatten() {
                ui.add(egui::Label::new(RichText::new(line).monospace()).extend());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_its_letters() {
        let text = Text::of("é".repeat(SHOWN_BYTES));
        assert!(text.is_cut && text.lines[0].chars().all(|letter| letter == 'é'));
        assert_eq!(Text::of("one\ntwo".into()).words(), "one …");
        assert_eq!(Text::of(String::new()).small_height(), 23.0);
    }
}
