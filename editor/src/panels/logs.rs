//! The log of the run: the lines of all items, oldest first, by node and text.

use egui::{Label, RichText, ScrollArea, TextEdit, Ui};
use windlass_core::event::RunState;

use crate::action::Action;
use crate::editor::Editor;
use crate::fields::named;
use crate::running::Line;
use crate::tab::Tab;
use crate::theme::Theme;
use crate::words::time_in_words;

/// Height of a line.
const LINE: f32 = 20.0;

/// Draws the log.
pub fn logs_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let Some(run) = &tab.run else {
        ui.label(RichText::new("Nothing has run yet. F5 runs the graph.").color(theme.weak));
        return;
    };
    let id = ui.scope_id().with("log filter");
    let (mut text, mut only_selected) = ui.data(|data| data.get_temp::<(String, bool)>(id)).unwrap_or_default();
    ui.horizontal(|ui| {
        let field = ui.add(TextEdit::singleline(&mut text).hint_text("Search the log").desired_width(220.0));
        named(ui, &field, "Search the log");
        ui.checkbox(&mut only_selected, "Only the selected nodes");
        if run.folded.logs.gone > 0 {
            let gone = format!("{} earlier lines are only in the journal", run.folded.logs.gone);
            ui.label(RichText::new(gone).color(theme.weak));
        }
    });
    let state = run.state();
    let wanted = text.to_lowercase();
    let lines = run.folded.logs.lines().filter(|line| {
        let node = node_of(line, state);
        let is_selected = !only_selected || selects(tab, node);
        is_selected && [node, &line.key, &line.text].iter().any(|part| part.to_lowercase().contains(&wanted))
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        ui.label(RichText::new("Nothing was logged that is looked for.").color(theme.weak));
    }
    let area = ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true);
    area.show_rows(ui, LINE, lines.len(), |ui, rows| {
        lines.get(rows).into_iter().flatten().for_each(|line| line_ui(ui, line, state, theme, actions));
    });
    ui.data_mut(|data| data.insert_temp(id, (text, only_selected)));
}

fn node_of<'a>(line: &Line, state: &'a RunState) -> &'a str {
    line.step.and_then(|step| state.steps.get(step)).map_or("", |step| &step.info.name)
}

fn selects(tab: &Tab, node: &str) -> bool {
    let own = |id: &String| tab.step_name(id);
    tab.selection.nodes.iter().map(own).any(|own| node == own || node.starts_with(&format!("{own}/")))
}

fn line_ui(ui: &mut Ui, line: &Line, state: &RunState, theme: &Theme, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.set_height(LINE - 4.0);
        ui.label(RichText::new(time_in_words(line.at_ms as f64)).monospace().color(theme.weak));
        let node = node_of(line, state);
        if !node.is_empty() && ui.add(egui::Button::new(RichText::new(node).strong()).frame(false)).clicked() {
            actions.push(Action::GoTo(node.to_owned()));
        }
        if !line.key.is_empty() {
            ui.label(RichText::new(&line.key).monospace().color(theme.weak));
        }
        let text = RichText::new(&line.text);
        ui.add(Label::new(if line.is_warning { text.color(theme.warning) } else { text }).truncate());
    });
}
