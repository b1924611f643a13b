//! The problems of the graph: what is wrong, what to do, and the node with a click.

use egui::{RichText, ScrollArea, Sense, Ui};
use egui_material_icons::icons;
use windlass_core::event::StepState;
use windlass_core::problem::{Problem, Severity};

use crate::action::Action;
use crate::editor::Editor;
use crate::fields::legible;
use crate::tab::Tab;
use crate::theme::{Theme, icon_font};
use crate::words::sentence;

/// What failed in a run, as a kind of problem.
const FAILED: &str = "item-failed";

/// Items of one cause: how many, the name of the first, and what to do.
type Failures = (u64, String, Option<String>);

/// Draws the problems.
pub fn problems_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let tab = editor.tab();
    // What the reader found about the file holds until the file is written again; what it says too, the checker knows better.
    let checked = &tab.checked.problems;
    let read = tab.document.problems().iter().filter(|problem| !checked.iter().any(|it| it.message == problem.message));
    let mut problems: Vec<_> = read.chain(checked).collect();
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let failed = failed(tab);
    if problems.is_empty() && failed.is_empty() {
        ui.label(RichText::new("None: the graph can run.").color(editor.theme.weak));
    }
    problems.extend(&failed);
    let line = ui.text_style_height(&egui::TextStyle::Body) + 8.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, line, problems.len(), |ui, rows| {
        for problem in problems.get(rows).into_iter().flatten() {
            problem_ui(ui, problem, line, &editor.theme, actions);
        }
    });
}

/// Returns what failed in the run, each cause once, as a problem of its node.
fn failed(tab: &Tab) -> Vec<Problem> {
    let steps = tab.run.iter().flat_map(|run| &run.state().steps);
    let problem = |(step, (cause, (count, name, hint))): (&StepState, (&String, &Failures))| {
        let of = if *count == 1 { name.clone() } else { format!("{name} and {} more", count - 1) };
        let problem = Problem::error(FAILED, format!("{cause} ({of})")).node(&step.info.name);
        match hint {
            Some(hint) => problem.hint(hint.clone()),
            None => problem,
        }
    };
    steps.flat_map(|step| step.causes.iter().map(move |cause| (step, cause))).map(problem).collect()
}

fn problem_ui(ui: &mut Ui, problem: &Problem, height: f32, theme: &Theme, actions: &mut Vec<Action>) {
    let (icon, colour) = match problem.severity {
        Severity::Error => (icons::ICON_ERROR.codepoint, theme.error),
        Severity::Warning => (icons::ICON_WARNING.codepoint, theme.warning),
    };
    let node = problem.node.as_deref();
    let response = ui.horizontal(|ui| {
        ui.set_height(height - 6.0);
        ui.label(RichText::new(icon).font(icon_font(16.0)).color(colour));
        if let Some(node) = node {
            ui.label(RichText::new(node).strong());
        }
        let hint = problem.hint.as_ref().map(|hint| format!("  –  {hint}")).unwrap_or_default();
        let text = egui::Label::new(legible(&format!("{}{hint}", sentence(&problem.message)))).truncate();
        ui.add(text.sense(Sense::click()))
    });
    let row = response.response.interact(Sense::click()).union(response.inner);
    if let Some(node) = node.filter(|_| row.clicked()) {
        actions.push(Action::GoTo(node.to_owned()));
    }
}
