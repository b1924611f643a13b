//! The items of the node or wire that is selected, the newest first, by their fate.

mod way;

use egui::{Button, Label, RichText, ScrollArea, Ui};
pub use way::traced;

use crate::action::{Action, Looking};
use crate::canvas::hit::WireRef;
use crate::editor::Editor;
use crate::running::path::Left;
use crate::running::{FateOf, Item, Session};
use crate::tab::Tab;
use crate::theme::Theme;
use crate::words::time_in_words;

/// Room for the name of an item.
const NAME_WIDTH: f32 = 240.0;
/// Height of a line.
const LINE: f32 = 24.0;

/// Draws the items of what is selected.
pub fn items_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let Some(run) = &tab.run else {
        ui.label(RichText::new("Nothing has run yet. F5 runs the graph.").color(theme.weak));
        return;
    };
    if tab.looked.opened.is_some() {
        return way::way_ui(ui, editor, actions);
    }
    let Some(node) = selected(tab) else {
        ui.label(RichText::new("Select a node or a wire to see its items.").color(theme.weak));
        return;
    };
    let steps = steps_of(run, &tab.step_name(&node));
    bar_ui(ui, (run, &steps), tab, actions);
    let wanted = |item: &&Item| tab.looked.only.is_none_or(|only| Left::of(item) == only);
    let items = |step: &usize| match tab.looked.only {
        Some(Left::Failed) => run.folded.items.failed_of(*step).map(|item| (*step, item)).collect::<Vec<_>>(),
        _ => run.folded.items.of(*step).filter(wanted).map(|item| (*step, item)).collect(),
    };
    let items: Vec<_> = steps.iter().flat_map(items).collect();
    if items.is_empty() {
        let text = nothing(run, &steps, tab.looked.only);
        ui.label(RichText::new(text).color(theme.weak));
    }
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, LINE, items.len(), |ui, rows| {
        for (step, item) in items.get(rows).into_iter().flatten() {
            let name = &run.state().steps[*step].info.name;
            item_ui(ui, item, theme, || Looking::Open(Some((name.clone(), item.key.clone()))), actions);
        }
    });
}

/// Returns the node whose items are shown: the one that is selected, or the one that feeds the wire which is.
pub fn selected(tab: &Tab) -> Option<String> {
    let wire = |wire: &WireRef| {
        let found = tab.scene.wires.iter().find(|known| known.name(&tab.scene) == *wire)?;
        Some(tab.scene.nodes[found.from].id.clone())
    };
    tab.selection.only_node().map(str::to_owned).or_else(|| tab.selection.wire.as_ref().and_then(wire))
}

/// Returns the steps of a node.
fn steps_of(run: &Session, node: &str) -> Vec<usize> {
    let is_own = |name: &str| name == node || name.strip_prefix(node).is_some_and(|rest| rest.starts_with('/'));
    let steps = run.state().steps.iter().enumerate();
    steps.filter(|(_, step)| is_own(&step.info.name)).map(|(at, _)| at).collect()
}

fn nothing(run: &Session, steps: &[usize], only: Option<Left>) -> &'static str {
    let done: u64 = steps.iter().map(|step| run.state().steps[*step].done()).sum();
    match only {
        _ if done == 0 => "Nothing has left this node yet.",
        Some(_) => "None of the items that are listed left like this.",
        None => "Items of light nodes are counted, and not listed one by one.",
    }
}

fn bar_ui(ui: &mut Ui, (run, steps): (&Session, &[usize]), tab: &Tab, actions: &mut Vec<Action>) {
    let sum = |count: fn(&windlass_core::event::StepState) -> u64| {
        steps.iter().map(|step| count(&run.state().steps[*step])).sum::<u64>()
    };
    ui.horizontal(|ui| {
        for (only, text, count) in [
            (None, "All", sum(|step| step.done())),
            (Some(Left::Emitted), "Emitted", sum(|step| step.emitted)),
            (Some(Left::Skipped), "Skipped", sum(|step| step.skipped)),
            (Some(Left::Failed), "Failed", sum(|step| step.failed)),
        ] {
            if ui.selectable_label(tab.looked.only == only, format!("{text}  {count}")).clicked() {
                actions.push(Action::Items(Looking::Only(only)));
            }
        }
    });
}

/// Draws an item; a click asks for something.
fn item_ui(ui: &mut Ui, item: &Item, theme: &Theme, asks: impl Fn() -> Looking, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.set_height(LINE - 6.0);
        let name = Button::new(name_of(item)).truncate().frame(false).min_size(egui::vec2(NAME_WIDTH, 18.0));
        let response = ui.allocate_ui(egui::vec2(NAME_WIDTH, 18.0), |ui| {
            ui.set_min_width(NAME_WIDTH);
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| ui.add(name)).inner
        });
        if response.inner.clicked() {
            actions.push(Action::Items(asks()));
        }
        ui.label(RichText::new(&item.key).monospace().color(theme.weak));
        about_ui(ui, item, theme);
    });
}

fn about_ui(ui: &mut Ui, item: &Item, theme: &Theme) {
    let (word, colour) = match &item.fate {
        FateOf::Emitted => ("emitted", theme.good),
        FateOf::Skipped(_) => ("skipped", theme.weak),
        FateOf::Failed(..) => ("failed", theme.error),
    };
    ui.label(RichText::new(word).color(colour));
    if let Some(took) = item.took_ms {
        ui.label(RichText::new(time_in_words(took)).color(theme.weak));
    }
    let text = match &item.fate {
        FateOf::Emitted => item.file.clone().unwrap_or_default(),
        FateOf::Skipped(reason) => reason.clone(),
        FateOf::Failed(cause, hint) => {
            format!("{cause}{}", hint.as_ref().map(|hint| format!("  –  {hint}")).unwrap_or_default())
        }
    };
    if !text.is_empty() {
        ui.add(Label::new(text).truncate());
    }
}

fn name_of(item: &Item) -> String {
    match (item.name.as_str(), item.key.as_str()) {
        ("", "") => "once".into(),
        ("", key) => format!("item {key}"),
        (name, _) => name.to_owned(),
    }
}
