//! What runs told about something, line by line: steps are gone to with a click, and pictures can be looked at.

use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui};
use windlass_core::sections::{Line, Mark};

use crate::action::Action;
use crate::fields::legible;
use crate::past::inquired::{Inquired, Row};
use crate::theme::Theme;
use crate::words::sentence;

/// Height of a line.
const LINE: f32 = 22.0;
/// How far a line is indented for each step.
const INDENT: f32 = 16.0;

/// Draws what was told; `look` says what is done to look at the values of a row.
pub fn told_ui(
    ui: &mut Ui,
    shown: &Inquired,
    theme: &Theme,
    look: impl Fn(usize) -> Option<Action>,
    actions: &mut Vec<Action>,
) {
    let rows = match &shown.told {
        None => return drop(ui.label(RichText::new("Reading the journals…").color(theme.weak))),
        Some(Err(why)) => return drop(ui.colored_label(theme.error, legible(why))),
        Some(Ok(rows)) => rows,
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, LINE, rows.len(), |ui, places| {
        for place in places {
            match rows.get(place) {
                Some(Row::Title(title)) => title_ui(ui, title, theme),
                Some(Row::Line(line)) => line_ui(ui, line, look(place), theme, actions),
                None => {}
            }
        }
    });
}

fn title_ui(ui: &mut Ui, title: &str, theme: &Theme) {
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), LINE), Layout::left_to_right(Align::Max), |ui| {
        ui.set_min_height(LINE);
        ui.label(RichText::new(sentence(title)).size(12.0).color(theme.weak));
    });
}

fn line_ui(ui: &mut Ui, line: &Line, look: Option<Action>, theme: &Theme, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.set_height(LINE);
        ui.add_space(INDENT * line.depth as f32);
        let (mark, colour) = match line.mark {
            Mark::None => ("", theme.text),
            Mark::Gone => ("-", theme.error),
            Mark::Added => ("+", theme.good),
        };
        if !mark.is_empty() {
            ui.label(RichText::new(mark).monospace().color(colour));
        }
        if let Some(action) = look.filter(|_| line.pair.is_some())
            && ui.small_button("Look").on_hover_text("Show both, one over the other").clicked()
        {
            actions.push(action);
        }
        match &line.step {
            Some(step) => step_ui(ui, step, &line.text, colour, actions),
            None => drop(ui.add(Label::new(RichText::new(&line.text).color(colour)).truncate())),
        }
    });
}

/// Draws a line about a step, whose name leads there.
fn step_ui(ui: &mut Ui, step: &str, text: &str, colour: egui::Color32, actions: &mut Vec<Action>) {
    let rest = text.strip_prefix(step).unwrap_or(text);
    let name = Button::new(RichText::new(step).strong().color(colour)).frame(false);
    if ui.add(name).on_hover_text("Show it on the canvas").clicked() {
        actions.push(Action::GoTo(step.to_owned()));
    }
    ui.add(Label::new(RichText::new(rest.trim_start_matches([':', ' '])).color(colour)).truncate());
}
