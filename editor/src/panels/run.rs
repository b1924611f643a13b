//! The run of the graph: how it stands, what failed and why, and the newest items of the node that is selected.

use egui::{Align, Layout, RichText, ScrollArea, TextEdit, Ui};
use windlass_core::event::StepState;
use windlass_core::figures::count;

use super::items;
use super::scrub::scrub_ui;
use crate::action::Action;
use crate::commands::find;
use crate::editor::Editor;
use crate::fields::named;
use crate::running::Session;
use crate::theme::Theme;

/// How many outputs, and how many files, are listed.
const MAX_LISTED: usize = 50;

/// Draws the run.
pub fn run_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let tab = editor.tab();
    let theme = &editor.theme;
    let Some(run) = &tab.run else {
        ui.label(RichText::new("Nothing has run yet. F5 runs the graph.").color(theme.weak));
        return;
    };
    ui.horizontal(|ui| {
        // What is offered comes and goes, and nothing below is to jump.
        ui.set_min_height(ui.spacing().interact_size.y);
        ui.label(run.in_words());
        taken_up_ui(ui, editor, actions);
        if let Some(why) = run.bottleneck() {
            ui.add(egui::Label::new(RichText::new(why).color(theme.warning)).truncate());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(run.name()).monospace().color(theme.weak));
        });
    });
    if let Some(reached) = run.reached() {
        scrub_ui(ui, editor, reached, actions);
    }
    if items::selected(tab).is_some() || tab.looked.opened.is_some() {
        if run.is_active() {
            questions_ui(ui, run, theme, actions);
        }
        return items::items_ui(ui, editor, actions);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if run.is_active() {
            questions_ui(ui, run, theme, actions);
        }
        for warning in run.warned() {
            ui.colored_label(theme.warning, warning);
        }
        summary_ui(ui, run, theme, actions);
    });
}

/// Offers what can be done about a run that is over and did not come to all it should.
fn taken_up_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let offered = ["resume", "retry"].into_iter().filter_map(find);
    for command in offered.filter(|command| (command.can)(editor)) {
        if ui.button(command.title).clicked() {
            actions.push(Action::Command(command.id));
        }
    }
}

fn questions_ui(ui: &mut Ui, run: &Session, theme: &Theme, actions: &mut Vec<Action>) {
    for step in &run.state().steps {
        for (key, (name, question, answers)) in &step.questions {
            ui.horizontal(|ui| {
                let asks = format!("{} asks about {}", step.info.name, if name.is_empty() { key } else { name });
                ui.label(RichText::new(asks).strong().color(theme.warning));
                ui.label(question);
                answer_ui(ui, (&step.info.name, key, answers), actions);
            });
        }
    }
}

fn answer_ui(ui: &mut Ui, (step, key, answers): (&str, &str, &str), actions: &mut Vec<Action>) {
    let mut given = None;
    if answers == "bool" {
        for (text, answer) in [("Yes", "true"), ("No", "false")] {
            if ui.button(text).clicked() {
                given = Some(answer.to_owned());
            }
        }
    } else {
        let id = ui.scope_id().with((step, key));
        let mut typed = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_default();
        let response = ui.add(TextEdit::singleline(&mut typed).hint_text(answers).desired_width(160.0));
        named(ui, &response, &format!("Answer to {step}"));
        if response.changed() {
            ui.data_mut(|data| data.insert_temp(id, typed.clone()));
        }
        if ui.button("Answer").clicked() {
            given = Some(typed);
        }
    }
    actions.extend(given.map(|typed| Action::AnswerQuestion { step: step.to_owned(), key: key.to_owned(), typed }));
}

/// Draws what failed in all nodes, and what was written.
fn summary_ui(ui: &mut Ui, run: &Session, theme: &Theme, actions: &mut Vec<Action>) {
    let state = run.state();
    for step in state.steps.iter().filter(|step| !step.causes.is_empty()) {
        causes_ui(ui, step, theme, actions);
    }
    for warning in &state.warnings {
        ui.colored_label(theme.warning, warning);
    }
    for (name, _, value) in state.outputs.iter().take(MAX_LISTED) {
        ui.label(RichText::new(format!("{name}: {value}")).monospace());
    }
    more_ui(ui, state.output_count, "more value", theme);
    for (path, outcome) in state.saved.iter().take(MAX_LISTED) {
        ui.horizontal(|ui| {
            ui.label(RichText::new(outcome).color(theme.weak));
            ui.label(path);
        });
    }
    more_ui(ui, state.saved_counts.values().sum(), "more file", theme);
    if state.steps.iter().all(|step| step.causes.is_empty()) {
        ui.label(RichText::new("Select a node to see its items.").color(theme.weak));
    }
}

/// Says how many there are beside those that are listed.
fn more_ui(ui: &mut Ui, number: u64, noun: &str, theme: &Theme) {
    let more = number.saturating_sub(MAX_LISTED as u64);
    if more > 0 {
        ui.label(RichText::new(format!("and {}", count(more, noun))).color(theme.weak));
    }
}

fn causes_ui(ui: &mut Ui, step: &StepState, theme: &Theme, actions: &mut Vec<Action>) {
    for (cause, (count, name, hint)) in &step.causes {
        let response = ui.horizontal(|ui| {
            ui.label(RichText::new(&step.info.name).strong().color(theme.error));
            let of = if *count == 1 { name.clone() } else { format!("{name} and {} more", count - 1) };
            ui.label(RichText::new(of).color(theme.weak));
            let hint = hint.as_ref().map(|hint| format!("  –  {hint}")).unwrap_or_default();
            ui.add(egui::Label::new(format!("{cause}{hint}")).truncate());
        });
        if response.response.interact(egui::Sense::click()).clicked() {
            actions.push(Action::GoTo(step.info.name.clone()));
        }
    }
}
