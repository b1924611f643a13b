//! The bar at the bottom: what was said last, what is selected, what is wrong, how large the canvas is.

use egui::{Align, Layout, RichText, Ui};
use windlass_core::problem::Severity;

use crate::action::Action;
use crate::commands::counted;
use crate::editor::Editor;

/// Draws the bar.
pub fn status_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let tab = editor.tab();
        if let Some(trouble) = tab.recovery.as_ref().and_then(|recovery| recovery.trouble()) {
            ui.colored_label(editor.theme.error, trouble);
        } else if let Some(said) = editor.said() {
            ui.label(said);
        } else if let Some(why) = tab.run.as_ref().and_then(crate::running::Session::bottleneck) {
            ui.colored_label(editor.theme.warning, why);
        } else {
            ui.label(RichText::new(place(editor)).color(editor.theme.weak));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(format!("{:.0} %", tab.view.zoom * 100.0)).color(editor.theme.weak));
            ui.separator();
            let nodes = tab.scene.nodes.len();
            let selected = tab.selection.nodes.len();
            let text =
                if selected > 0 { format!("{selected} of {}", counted(nodes, "node")) } else { counted(nodes, "node") };
            ui.label(RichText::new(text).color(editor.theme.weak));
            ui.separator();
            problems_ui(ui, editor, actions);
        });
    });
}

fn problems_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let checked = &editor.tab().checked;
    let of = |severity| checked.problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let (text, colour) = match (errors, warnings) {
        _ if checked.revision.is_none() => return,
        (0, 0) => ("No problems".into(), editor.theme.good),
        (0, warnings) => (counted(warnings, "warning"), editor.theme.warning),
        (errors, 0) => (counted(errors, "error"), editor.theme.error),
        (errors, warnings) => {
            (format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")), editor.theme.error)
        }
    };
    if ui.selectable_label(false, RichText::new(text).color(colour)).clicked() {
        actions.push(Action::Command("problems-panel"));
    }
}

fn place(editor: &Editor) -> String {
    if let Some(run) = editor.tab().document.of_run_named() {
        return format!("The graph as the run {run} had it: it is looked at, and not changed");
    }
    editor.tab().path().map_or_else(|| "Not saved yet".into(), |path| path.display().to_string())
}
