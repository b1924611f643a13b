//! JSON as a tree whose branches are opened one by one; on a node, its first lines.

use std::sync::Arc;

use egui::{CollapsingHeader, Id, Painter, Rect, RichText, ScrollArea, Ui, vec2};
use serde_json::Value as Json;
use windlass_core::value::Value;

use super::{Preview, Small, Source, hidden};
use crate::canvas::text_ui;
use crate::theme::{Theme, font};

/// Members of a branch that are shown.
const MEMBERS: usize = 500;
/// Bytes of JSON that are taken apart.
const MOST_BYTES: u64 = 16 << 20;
/// Lines on a node.
const SMALL_LINES: usize = 4;

/// JSON that has members.
struct Tree(Json);

/// Makes the preview of JSON that has members, or of a record.
pub fn make(source: &Source<'_>) -> Option<Arc<dyn Preview>> {
    let json = match source.value {
        _ if source.value.size_bytes() > MOST_BYTES => return None,
        Value::Json(json) if json.is_object() || json.is_array() => (**json).clone(),
        Value::Record(record) => record.fields.clone(),
        _ => return None,
    };
    Some(Arc::new(Tree(without_secrets(json, source))))
}

fn without_secrets(json: Json, source: &Source<'_>) -> Json {
    match json {
        Json::String(text) => Json::String(hidden(source, text)),
        Json::Array(items) => items.into_iter().map(|item| without_secrets(item, source)).collect(),
        Json::Object(fields) => {
            let field = |(name, value)| (hidden(source, name), without_secrets(value, source));
            Json::Object(fields.into_iter().map(field).collect())
        }
        scalar => scalar,
    }
}

/// Returns the members of a branch with their names.
fn members(json: &Json) -> Vec<(String, &Json)> {
    match json {
        Json::Object(fields) => fields.iter().take(MEMBERS).map(|(name, value)| (name.clone(), value)).collect(),
        Json::Array(items) => items.iter().take(MEMBERS).enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        _ => Vec::new(),
    }
}

fn count(json: &Json) -> usize {
    json.as_object().map(serde_json::Map::len).or_else(|| json.as_array().map(Vec::len)).unwrap_or_default()
}

/// Returns what stands beside a name: a scalar, or how much there is.
fn beside(json: &Json) -> String {
    match json {
        Json::Object(fields) => format!("{{{}}}", fields.len()),
        Json::Array(items) => format!("[{}]", items.len()),
        scalar => scalar.to_string(),
    }
}

impl Preview for Tree {
    fn words(&self) -> String {
        let kind = if self.0.is_object() { "fields" } else { "items" };
        format!("json with {} {kind}", count(&self.0))
    }

    fn small_height(&self) -> f32 {
        8.0 + 15.0 * count(&self.0).clamp(1, SMALL_LINES) as f32
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>) {
        for (line, (name, value)) in members(&self.0).into_iter().take(SMALL_LINES).enumerate() {
            let at = rect.left_top() + vec2(6.0, 11.5 + 15.0 * line as f32) * small.zoom;
            let room = rect.width() - 12.0 * small.zoom;
            let used = text_ui(painter, at, &name, font(small.font_size), small.theme.weak, room * 0.45);
            let gap = used + 6.0 * small.zoom;
            text_ui(painter, at + vec2(gap, 0.0), &beside(value), font(small.font_size), small.theme.text, room - gap);
        }
    }

    fn whole_ui(&self, ui: &mut Ui, id: Id, theme: &Theme) {
        ScrollArea::both().id_salt(id).auto_shrink(false).show(ui, |ui| branch_ui(ui, &self.0, id, theme));
    }
}

fn branch_ui(ui: &mut Ui, json: &Json, id: Id, theme: &Theme) {
    for (name, value) in members(json) {
        if count(value) == 0 {
            ui.horizontal(|ui| {
                ui.label(RichText::new(&name).color(theme.weak));
                ui.add(egui::Label::new(RichText::new(beside(value)).monospace()).extend());
            });
            continue;
        }
        let title = format!("{name}  {}", beside(value));
        let inner = id.with(&name);
        CollapsingHeader::new(title).id_salt(inner).show(ui, |ui| branch_ui(ui, value, inner, theme));
    }
    if count(json) > MEMBERS {
        ui.label(RichText::new(format!("and {} more", count(json) - MEMBERS)).color(theme.weak));
    }
}
