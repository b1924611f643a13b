//! The way of one item through the graph, and what it gave at each node.

use std::sync::Arc;

use egui::{Button, Label, Panel, RichText, ScrollArea, Ui};

use super::{about_ui, name_of};
use crate::action::{Action, Looking};
use crate::editor::Editor;
use crate::host::{Traced, Way};
use crate::past::RunAct;
use crate::preview::Preview;
use crate::running::path::{Station, way};
use crate::tab::Tab;
use crate::theme::Theme;
use crate::words::sentence;

/// Share of the width in which a value is shown.
const VALUE_SHARE: f32 = 0.35;

/// Draws the way of the item that is opened.
pub fn way_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let Some((step, key)) = &tab.looked.opened else { return };
    ui.horizontal(|ui| {
        if ui.button("Back to the items").clicked() {
            actions.push(Action::Items(Looking::Open(None)));
        }
        let name = if key.is_empty() { "once".into() } else { format!("item {key}") };
        ui.label(RichText::new(format!("The way of {name} of {step}")).strong());
        for (way, text) in [(Way::Up, "Where it comes from"), (Way::Down, "What became of it")] {
            if ui.button(text).clicked()
                && let Some(traced) = traced(tab)
            {
                actions.push(Action::Runs(RunAct::Trace(traced, way)));
            }
        }
        if has_failed(tab, step, key) && ui.button("Run this item again").clicked() {
            actions.push(Action::Items(Looking::Again));
        }
    });
    value_ui(ui, editor);
    let stations = way(tab);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if stations.is_empty() {
            ui.label(RichText::new("This item is not listed any more.").color(theme.weak));
        }
        stations.iter().for_each(|station| station_ui(ui, station, tab, theme, actions));
    });
}

/// Returns the item that is opened, as it is traced.
pub fn traced(tab: &Tab) -> Option<Traced> {
    let ((step, key), run) = tab.looked.opened.clone().zip(tab.run.as_ref())?;
    Some(Traced::Item { run: run.name().to_owned(), step, key })
}

/// Returns whether an item failed that can be run again.
fn has_failed(tab: &Tab, step: &str, key: &str) -> bool {
    let Some(run) = tab.run.as_ref().filter(|run| run.can_retry()) else { return false };
    let at = run.state().steps.iter().position(|known| known.info.name == step);
    at.is_some_and(|at| run.folded.items.failed_of(at).any(|item| item.key == key))
}

/// Draws what the item gave that is looked at, beside its way.
fn value_ui(ui: &mut Ui, editor: &Editor) {
    let Some(item) = &editor.item else { return };
    let width = ui.available_width() * VALUE_SHARE;
    let side = Panel::right(ui.scope_id().with("value")).default_size(width).resizable(true);
    side.show(ui, |ui| match &item.found {
        None => drop(ui.label(RichText::new("Reading what it gave…").color(editor.theme.weak))),
        Some(Err(why)) => drop(ui.label(RichText::new(sentence(why)).color(editor.theme.weak))),
        Some(Ok(values)) => values_ui(ui, values, &editor.theme),
    });
}

fn values_ui(ui: &mut Ui, values: &[(String, Arc<dyn Preview>)], theme: &Theme) {
    for (port, preview) in values.iter().rev() {
        ui.horizontal(|ui| {
            ui.label(RichText::new(port).strong());
            ui.add(Label::new(RichText::new(preview.words()).color(theme.weak)).truncate());
        });
    }
    if let Some((port, preview)) = values.first() {
        preview.whole_ui(ui, ui.scope_id().with(("item", port)), theme);
    }
}

fn station_ui(ui: &mut Ui, station: &Station<'_>, tab: &Tab, theme: &Theme, actions: &mut Vec<Action>) {
    for (at, item) in station.items.iter().enumerate() {
        ui.horizontal(|ui| {
            node_ui(ui, (if at == 0 { &station.node } else { "" }, &station.name), actions);
            let of = (station.name.clone(), item.key.clone());
            let is_seen = tab.looked.seen.as_ref() == Some(&of);
            if ui.selectable_label(is_seen, name_of(item)).on_hover_text("Show what it gave").clicked() {
                actions.push(Action::Items(Looking::See(of)));
            }
            ui.label(RichText::new(&item.key).monospace().color(theme.weak));
            about_ui(ui, item, theme);
        });
    }
    if station.items.is_empty() {
        ui.horizontal(|ui| {
            node_ui(ui, (&station.node, &station.name), actions);
            ui.label(RichText::new("went through; its items are counted, not listed").color(theme.weak));
        });
    }
}

fn node_ui(ui: &mut Ui, (node, name): (&str, &str), actions: &mut Vec<Action>) {
    ui.allocate_ui(egui::vec2(140.0, 18.0), |ui| {
        ui.set_min_width(140.0);
        if !node.is_empty() && ui.add(Button::new(RichText::new(node).strong()).frame(false).truncate()).clicked() {
            actions.push(Action::GoTo(name.to_owned()));
        }
    });
}
