//! Draws the start page: what begins a graph at the left, what was open lately and samples at the right.

use egui::{Align2, Response, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use egui_material_icons::icons;

use super::{Known, Start};
use crate::action::Action;
use crate::canvas::text_ui;
use crate::fields::named;
use crate::theme::{Theme, font, icon_font};

/// Height of a line, in points.
const LINE: f32 = 46.0;
/// The page is no wider than this, in points.
const WIDTH: f32 = 1060.0;
/// Width of the left part, in points.
const LEFT: f32 = 400.0;
/// Room between the parts, in points.
const BETWEEN: f32 = 56.0;

/// What a line says.
struct Line<'a> {
    icon: &'a str,
    title: &'a str,
    more: &'a str,
    is_weak: bool,
}

/// Draws the page.
pub fn start_ui(ui: &mut Ui, start: &mut Start, theme: &Theme, actions: &mut Vec<Action>) {
    start.look();
    let all = ui.available_rect_before_wrap();
    ui.painter().rect_filled(all, 0.0, theme.canvas);
    let room = all.shrink2(vec2(40.0, 36.0));
    let width = room.width().min(WIDTH);
    let corner = egui::pos2(room.center().x - width / 2.0, room.top());
    let page = egui::Rect::from_min_size(corner, vec2(width, room.height()));
    ui.scope_builder(egui::UiBuilder::new().max_rect(page), |ui| {
        ui.label(RichText::new("Windlass").size(26.0).strong());
        ui.label(RichText::new("Graphs for media and AI work on your own machine").color(theme.weak));
        ui.add_space(24.0);
        ui.horizontal_top(|ui| {
            let height = ui.available_height();
            let left = LEFT.min((width - BETWEEN) / 2.0);
            ui.allocate_ui(vec2(left, height), |ui| ui.vertical(|ui| begin_ui(ui, start, theme, actions)));
            ui.add_space(BETWEEN);
            ui.vertical(|ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| known_ui(ui, start, theme, actions));
            });
        });
    });
}

fn begin_ui(ui: &mut Ui, start: &mut Start, theme: &Theme, actions: &mut Vec<Action>) {
    heading_ui(ui, "New graph", theme);
    let icon = icons::ICON_NOTE_ADD.codepoint;
    let line = Line { icon, title: "Empty graph", more: "Nodes come from the palette", is_weak: false };
    let response = line_ui(ui, &line, theme);
    if !start.is_focused {
        start.is_focused = true;
        response.request_focus();
    }
    if response.clicked() {
        actions.push(Action::Command("new"));
    }
    for (at, template) in start.templates.iter().enumerate() {
        let icon = icons::ICON_ACCOUNT_TREE.codepoint;
        let line = Line { icon, title: &template.title, more: &template.doc, is_weak: false };
        if line_ui(ui, &line, theme).clicked() {
            actions.push(Action::NewFrom(at));
        }
    }
    ui.add_space(18.0);
    heading_ui(ui, "Open", theme);
    let icon = icons::ICON_FOLDER_OPEN.codepoint;
    let line = Line { icon, title: "Open a graph…", more: "A file on this machine", is_weak: false };
    if line_ui(ui, &line, theme).clicked() {
        actions.push(Action::Command("open"));
    }
}

fn known_ui(ui: &mut Ui, start: &Start, theme: &Theme, actions: &mut Vec<Action>) {
    heading_ui(ui, "Recent", theme);
    if start.found.recent.is_empty() {
        ui.label(RichText::new("Graphs that you open are listed here.").color(theme.weak));
    }
    for known in &start.found.recent {
        recent_ui(ui, known, theme, actions);
    }
    if start.found.samples.is_empty() {
        return;
    }
    ui.add_space(18.0);
    heading_ui(ui, "Samples", theme);
    for known in &start.found.samples {
        let icon = icons::ICON_SCHOOL.codepoint;
        let line = Line { icon, title: &known.title, more: &known.more, is_weak: false };
        if line_ui(ui, &line, theme).on_hover_text(known.path.display().to_string()).clicked() {
            actions.push(Action::Open(known.path.clone()));
        }
    }
}

fn recent_ui(ui: &mut Ui, known: &Known, theme: &Theme, actions: &mut Vec<Action>) {
    let missing = format!("Not there any more  ·  {}", known.more);
    let more = if known.is_there { &known.more } else { &missing };
    let icon = icons::ICON_HISTORY.codepoint;
    let response = line_ui(ui, &Line { icon, title: &known.title, more, is_weak: !known.is_there }, theme);
    let at = response.rect.right_center() - vec2(20.0, 0.0);
    let button = egui::Rect::from_center_size(at, vec2(24.0, 24.0));
    let remove = ui.interact(button, response.id.with("remove"), Sense::click());
    named(ui, &remove, &format!("Remove {} from the list", known.path.display()));
    if response.contains_pointer() || remove.contains_pointer() || remove.has_focus() || !known.is_there {
        let colour = if remove.contains_pointer() || remove.has_focus() { theme.text } else { theme.weak };
        let cross = icons::ICON_CLOSE.codepoint;
        ui.painter().text(at, Align2::CENTER_CENTER, cross, icon_font(15.0), colour);
    }
    if remove.on_hover_text("Remove from the list").clicked() {
        actions.push(Action::ForgetRecent(known.path.clone()));
    } else if response.clicked() {
        actions.push(Action::Open(known.path.clone()));
    }
}

fn heading_ui(ui: &mut Ui, text: &str, theme: &Theme) {
    ui.label(RichText::new(text).size(15.0).strong().color(theme.text));
    ui.add_space(4.0);
}

/// Draws a line that can be chosen.
fn line_ui(ui: &mut Ui, line: &Line<'_>, theme: &Theme) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, line.title));
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, theme.panel);
    }
    if response.has_focus() {
        let edge = egui::Stroke::new(1.5, theme.accent);
        ui.painter().rect_stroke(rect, 6.0, edge, egui::StrokeKind::Inside);
    }
    let colour = if line.is_weak { theme.weak } else { theme.text };
    let icon = rect.left_center() + vec2(22.0, 0.0);
    ui.painter().text(icon, Align2::CENTER_CENTER, line.icon, icon_font(20.0), theme.weak);
    let (left, room) = (rect.left_center() + vec2(44.0, 0.0), rect.width() - 44.0 - 36.0);
    let up = if line.more.is_empty() { 0.0 } else { 9.0 };
    text_ui(ui.painter(), left - vec2(0.0, up), line.title, font(14.0), colour, room);
    if !line.more.is_empty() {
        text_ui(ui.painter(), left + vec2(0.0, 10.0), line.more, font(12.0), theme.weak, room);
    }
    response
}
