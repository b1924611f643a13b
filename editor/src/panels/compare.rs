//! Two runs side by side: call, graph, items, outputs and figures, and pictures that differ one over the other.

use egui::{Panel, RichText, Ui};

use super::sections::told_ui;
use crate::action::Action;
use crate::editor::Editor;
use crate::past::RunAct;
use crate::past::inquired::{Inquired, Looked};
use crate::theme::Theme;

/// Share of the width that pictures get.
const SHARE: f32 = 0.45;

/// Draws how two runs differ.
pub fn compare_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let theme = &editor.theme;
    let Some(shown) = &editor.comparison else {
        let text = "Choose a run in the panel of the runs (F4) and press Compare there.";
        ui.label(RichText::new(text).color(theme.weak));
        return;
    };
    if let Some((row, looked)) = &shown.seen {
        let width = ui.available_width() * SHARE;
        let side = Panel::right(ui.scope_id().with("looked")).default_size(width).resizable(true);
        side.show(ui, |ui| looked_ui(ui, (shown, *row), looked, theme));
    }
    told_ui(ui, shown, theme, |row| Some(Action::Runs(RunAct::LookAt(row))), actions);
}

fn looked_ui(ui: &mut Ui, (_, row): (&Inquired, usize), looked: &Looked, theme: &Theme) {
    match looked {
        Looked::Reading => drop(ui.label(RichText::new("Reading both…").color(theme.weak))),
        Looked::Gone => drop(ui.colored_label(theme.warning, "One of them is not kept any more.")),
        Looked::Seen(preview) => preview.whole_ui(ui, ui.scope_id().with(("compared", row)), theme),
    }
}
