//! Widgets that change a value, by its type: the same in the inspector and in the body of a node.

mod committed;

use egui::{ComboBox, DragValue, Id, Response, TextEdit, Ui, UiBuilder};
use serde_json::{Value as Json, json};
use windlass_core::types::Type;

pub use committed::{Line, committed_ui};

/// What is edited.
pub struct Field<'a> {
    /// Its name, for screen readers and tests.
    pub name: &'a str,
    /// Its type.
    pub ty: &'a Type,
    /// Unit for people; may be empty.
    pub unit: &'a str,
}

/// Returns whether a value of this type is changed in one line, without typing text.
pub fn suits_a_line(ty: &Type) -> bool {
    matches!(plain(ty), Type::Bool | Type::Int(..) | Type::Float(..) | Type::Text(Some(_)))
}

/// Returns a value as text for one line.
pub fn shown(value: &Json) -> String {
    match value {
        Json::Null => "–".into(),
        Json::String(text) => text.lines().next().unwrap_or_default().to_owned(),
        other => other.to_string(),
    }
}

/// Draws a widget; returns what it changes the value to.
pub fn field_ui(ui: &mut Ui, field: &Field<'_>, value: &Json) -> Option<Json> {
    kept_ui(ui, field.name, |ui| widget_ui(ui, field, value))
}

/// Draws widgets that keep their ids, whatever appears above them meanwhile: else what is typed into would lose the keyboard,
/// and the rest of a word would be taken for commands.
pub fn kept_ui<T>(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui) -> T) -> T {
    let id = ui.scope_id().with(("kept", name));
    ui.scope_builder(UiBuilder::new().scope_id(id), add).inner
}

fn widget_ui(ui: &mut Ui, field: &Field<'_>, value: &Json) -> Option<Json> {
    match plain(field.ty) {
        Type::Bool => bool_ui(ui, field, value),
        Type::Int(min, max) => int_ui(ui, field, value, (*min, *max)),
        Type::Float(min, max) => float_ui(ui, field, value, (*min, *max)),
        Type::Text(Some(choices)) => choice_ui(ui, field, value, choices),
        Type::Text(None) | Type::Path => text_ui(ui, field, value),
        _ => json_ui(ui, field, value),
    }
}

/// Returns a sentence as the window's own fonts can draw it: they have no arrows.
pub fn legible(text: &str) -> String {
    text.replace('→', "›")
}

/// Gives a widget its name in the accessibility tree.
pub fn named(ui: &Ui, response: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

/// Returns the type without its absence.
fn plain(ty: &Type) -> &Type {
    ty.members().iter().find(|member| **member != Type::Absent).unwrap_or(ty)
}

fn bool_ui(ui: &mut Ui, field: &Field<'_>, value: &Json) -> Option<Json> {
    let mut is_on = value.as_bool().unwrap_or_default();
    let response = ui.checkbox(&mut is_on, "");
    named(ui, &response, field.name);
    response.changed().then(|| json!(is_on))
}

fn int_ui(ui: &mut Ui, field: &Field<'_>, value: &Json, (min, max): (Option<i64>, Option<i64>)) -> Option<Json> {
    let mut number = value.as_i64().unwrap_or_default();
    let range = min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX);
    let widget = DragValue::new(&mut number).range(range).clamp_existing_to_range(false);
    let widget = with_absence(widget, field, value);
    let response = ui.add_sized(ui.available_size().min(egui::vec2(160.0, ui.spacing().interact_size.y)), widget);
    named(ui, &response, field.name);
    response.changed().then(|| json!(number))
}

fn float_ui(ui: &mut Ui, field: &Field<'_>, value: &Json, (min, max): (Option<f64>, Option<f64>)) -> Option<Json> {
    let mut number = value.as_f64().unwrap_or_default();
    let range = min.unwrap_or(f64::MIN)..=max.unwrap_or(f64::MAX);
    let span = range.end() - range.start();
    let speed = if span.is_finite() && span < 1e6 { span / 200.0 } else { 0.1 };
    let widget = DragValue::new(&mut number).range(range).speed(speed).clamp_existing_to_range(false);
    let size = ui.available_size().min(egui::vec2(160.0, ui.spacing().interact_size.y));
    let response = ui.add_sized(size, with_absence(widget, field, value));
    named(ui, &response, field.name);
    response.changed().then(|| json!(number))
}

/// Shows the unit, and that there is no value where there is none.
fn with_absence<'a>(widget: DragValue<'a>, field: &Field<'_>, value: &Json) -> DragValue<'a> {
    if value.is_null() {
        let shown = |number: f64, _| if number == 0.0 { "–".to_owned() } else { number.to_string() };
        return widget.custom_formatter(shown);
    }
    if field.unit.is_empty() { widget } else { widget.suffix(format!(" {}", field.unit)) }
}

fn choice_ui(ui: &mut Ui, field: &Field<'_>, value: &Json, choices: &[String]) -> Option<Json> {
    let mut chosen = value.as_str().unwrap_or_default().to_owned();
    let before = chosen.clone();
    let width = ui.available_width().min(160.0);
    let combo = ComboBox::from_id_salt(field.name).selected_text(&chosen).width(width).truncate();
    let response = combo.show_ui(ui, |ui| {
        for choice in choices {
            ui.selectable_value(&mut chosen, choice.clone(), choice);
        }
    });
    named(ui, &response.response, field.name);
    (chosen != before).then(|| json!(chosen))
}

fn text_ui(ui: &mut Ui, field: &Field<'_>, value: &Json) -> Option<Json> {
    let mut text = value.as_str().map_or_else(|| shown_or_empty(value), str::to_owned);
    let rows = text.lines().count().clamp(1, 8);
    let has_lines = *plain(field.ty) == Type::Text(None) && text.contains('\n');
    let edit = if has_lines { TextEdit::multiline(&mut text) } else { TextEdit::singleline(&mut text) };
    let response = ui.add(edit.desired_rows(rows).desired_width(f32::INFINITY));
    named(ui, &response, field.name);
    response.changed().then(|| json!(text))
}

fn shown_or_empty(value: &Json) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

/// Edits anything else as JSON: taken over when it can be read, and kept as it was typed until then.
fn json_ui(ui: &mut Ui, field: &Field<'_>, value: &Json) -> Option<Json> {
    let id = Id::unique(("typed", field.name));
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let mut text = typed.clone().unwrap_or_else(|| shown_or_empty(value));
    let read = serde_json::from_str::<Json>(&text);
    let mut edit = TextEdit::multiline(&mut text).code_editor().desired_width(f32::INFINITY);
    edit = edit.desired_rows(1);
    if read.is_err() && typed.is_some() {
        edit = edit.text_color(ui.visuals().error_fg_color);
    }
    let response = ui.add(edit);
    named(ui, &response, field.name);
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    if !response.changed() {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(id, text.clone()));
    serde_json::from_str(&text).ok()
}
