//! The preview: the newest value of the node that is selected, as large as the panel.

use egui::{RichText, Ui};

use crate::action::Action;
use crate::editor::Editor;
use crate::preview::Size;
use crate::theme::Theme;
use crate::words::bytes_in_words;

/// Draws the newest value of the selected node.
pub fn preview_ui(ui: &mut Ui, editor: &Editor, _: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let Some(node) = tab.selection.only_node() else {
        return empty_ui(ui, "Select a node to see what it gave last.", theme);
    };
    let Some(run) = &tab.run else {
        return empty_ui(ui, "Nothing has run yet. F5 runs the graph.", theme);
    };
    let shown = run.step_of(&tab.step_name(node)).and_then(|step| run.glimpses.of(step, Size::Whole));
    let Some(shown) = shown else {
        return empty_ui(ui, &format!("{node} has given nothing in this run yet."), theme);
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(node).strong());
        let from = [&shown.port, &shown.name].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
        ui.label(from.join("  ·  "));
        let about = format!("{}  ·  {}", shown.preview.words(), bytes_in_words(shown.bytes));
        ui.add(egui::Label::new(RichText::new(about).color(theme.weak)).truncate());
    });
    for (port, words) in shown.ports.iter().filter(|(port, _)| *port != shown.port) {
        ui.label(RichText::new(format!("{port}: {words}")).color(theme.weak));
    }
    shown.preview.whole_ui(ui, ui.scope_id().with(("preview", node)), theme);
}

fn empty_ui(ui: &mut Ui, text: &str, theme: &Theme) {
    ui.label(RichText::new(text).color(theme.weak));
}
