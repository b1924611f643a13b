//! A list that is searched by typing and chosen from by keys or pointer.

use egui::{Key, Modifiers, Response, ScrollArea, Sense, TextEdit, Ui, vec2};

use crate::canvas::text_ui;
use crate::fields::named;
use crate::theme::{Theme, font};

/// Height of a line of a list.
const LINE: f32 = 28.0;
/// Height that a list may take.
const HEIGHT: f32 = 360.0;

/// What is typed, and which line is marked.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// What is typed.
    pub query: String,
    marked: usize,
}

impl Listing {
    /// Returns whether words fit what is typed: each word of it is in them.
    pub fn fits(&self, words: &str) -> bool {
        let query = self.query.to_lowercase();
        query.split_whitespace().all(|word| words.contains(word))
    }

    /// Draws the list; returns what is chosen. Each row is what it stands for, its name, and more about it.
    pub fn ui<T: Clone>(&mut self, ui: &mut Ui, hint: &str, rows: &[(T, String, String)], theme: &Theme) -> Option<T> {
        let chosen_by_key = self.keys(ui, rows.len());
        let edit = TextEdit::singleline(&mut self.query).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(edit.margin(vec2(8.0, 6.0)));
        named(ui, &response, hint);
        response.request_focus();
        if response.changed() {
            self.marked = 0;
        }
        let mut chosen = chosen_by_key.then(|| rows.get(self.marked)).flatten();
        if rows.is_empty() {
            ui.weak("Nothing fits what is typed");
        }
        // What lies above the window remembers its height, which a search with one answer must not leave to the next.
        ScrollArea::vertical().max_height(HEIGHT).min_scrolled_height(HEIGHT).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (at, row) in rows.iter().enumerate() {
                let response = line_ui(ui, &row.1, &row.2, at == self.marked, theme);
                if response.clicked() {
                    chosen = Some(row);
                }
                if at == self.marked && chosen_by_key {
                    response.scroll_to_me(None);
                }
            }
        });
        chosen.map(|row| row.0.clone())
    }

    /// Takes arrows and Enter; returns whether something is chosen.
    fn keys(&mut self, ui: &Ui, count: usize) -> bool {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.marked = (self.marked + 1).min(count.saturating_sub(1));
        }
        if pressed(Key::ArrowUp) {
            self.marked = self.marked.saturating_sub(1);
        }
        self.marked = self.marked.min(count.saturating_sub(1));
        pressed(Key::Enter)
    }
}

/// Draws a line of a list: its name, and more about it at the right.
fn line_ui(ui: &mut Ui, name: &str, more: &str, is_marked: bool, theme: &Theme) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListItem, true, is_marked, name));
    let ground = if is_marked { Some(theme.accent) } else { response.hovered().then_some(theme.line) };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 4.0, ground);
    }
    let (text, weak) = if is_marked { (theme.on_accent, theme.on_accent) } else { (theme.text, theme.weak) };
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let used = text_ui(ui.painter(), inner.left_center(), name, font(13.5), text, inner.width() * 0.62);
    let room = inner.width() - used - 16.0;
    let mut job = egui::text::LayoutJob::simple_singleline(more.to_owned(), font(12.0), weak);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = inner.right_center() - vec2(galley.size().x, galley.size().y / 2.0);
    ui.painter().galley(at, galley, weak);
    response
}
