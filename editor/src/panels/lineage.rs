//! What an item or a file was made of, or what became of it, by the journals of the runs.

use egui::{RichText, Ui};

use super::sections::told_ui;
use crate::action::Action;
use crate::commands::find;
use crate::editor::Editor;
use crate::host::{Inquiry, Way};
use crate::past::RunAct;

/// Draws where something comes from.
pub fn lineage_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let theme = &editor.theme;
    head_ui(ui, editor, actions);
    match &editor.lineage {
        Some(shown) => told_ui(ui, shown, theme, |_| None, actions),
        None => {
            let text = "Open an item in the panel of the items (Shift+F3), or choose a file.";
            ui.label(RichText::new(text).color(theme.weak));
        }
    }
}

fn head_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        if let Some(Inquiry::Lineage(what, now)) = editor.lineage.as_ref().map(|shown| &shown.asked) {
            for (way, text) in [(Way::Up, "Where it comes from"), (Way::Down, "What became of it")] {
                if ui.selectable_label(*now == way, text).clicked() {
                    actions.push(Action::Runs(RunAct::Trace(what.clone(), way)));
                }
            }
            ui.separator();
        }
        if let Some(command) = find("trace-file")
            && ui.button(command.title).clicked()
        {
            actions.push(Action::Command(command.id));
        }
    });
}
