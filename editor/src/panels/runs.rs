//! The runs of the workspace, newest first: what ran when, how it stands, and what can be done with it.

use egui::{Align, Button, Layout, Rect, Response, RichText, ScrollArea, Sense, Ui, pos2, vec2};
use egui_material_icons::icons;
use windlass_core::event::Outcome;
use windlass_core::figures::{duration, thousands, when};
use windlass_store::runs::Stand;

use crate::action::Action;
use crate::canvas::text_ui;
use crate::commands::find;
use crate::editor::Editor;
use crate::past::act::Whose;
use crate::past::{Row, RunAct};
use crate::theme::{Theme, font, icon_font};
use crate::words::sentence;

/// What can be done with the run that is chosen.
const BUTTONS: [(&str, &str, &str); 2] = [
    ("Show", "open-run", "Show it on the canvas"),
    ("Compare", "compare-runs", "With the run before it; choose another one with Ctrl and a click"),
];

const LINE: f32 = 26.0;

/// Where the columns begin, as shares of the width, with their titles.
const COLUMNS: [(f32, &str); 6] =
    [(0.0, "Run"), (0.2, "Graph"), (0.4, "Began"), (0.58, "Took"), (0.67, "Done"), (0.75, "Failed")];
const STANDS_AT: f32 = 0.82;

/// Draws the runs.
pub fn runs_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    head_ui(ui, editor, actions);
    let rows = rows(editor);
    let listed = &editor.listed;
    if let Some(trouble) = &listed.trouble {
        ui.colored_label(editor.theme.error, trouble);
        return;
    }
    if rows.is_empty() {
        let text = match (listed.is_read, editor.run_choice.whose) {
            (false, _) => "Reading the runs…",
            (true, Whose::Graph) if listed.total > 0 => "This graph has not run here yet.",
            (true, _) => "Nothing has run in this workspace yet. F5 runs the graph.",
        };
        ui.label(RichText::new(text).color(editor.theme.weak));
        return;
    }
    titles_ui(ui, &editor.theme);
    let more = usize::from(listed.total > editor.run_choice.most);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, LINE, rows.len() + more, |ui, shown| {
        for at in shown {
            match rows.get(at) {
                Some(row) => row_ui(ui, row, editor, actions),
                None => more_ui(ui, listed.total - editor.run_choice.most, actions),
            }
        }
    });
}

/// Returns the runs that are listed.
fn rows(editor: &Editor) -> Vec<&Row> {
    let graph = editor.tab().place().filter(|_| editor.run_choice.whose == Whose::Graph);
    editor.listed.rows.iter().filter(|row| graph.is_none_or(|graph| row.graph == graph)).collect()
}

fn head_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let mut is_only = editor.run_choice.whose == Whose::Graph;
        if ui.checkbox(&mut is_only, "This graph only").changed() {
            let whose = if is_only { Whose::Graph } else { Whose::Workspace };
            actions.push(Action::Runs(RunAct::Only(whose)));
        }
        for (text, id, hint) in BUTTONS {
            let can = find(id).is_some_and(|command| (command.can)(editor));
            if ui.add_enabled(can, Button::new(text)).on_hover_text(hint).on_disabled_hover_text(hint).clicked() {
                actions.push(Action::Command(id));
            }
        }
    });
}

fn titles_ui(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    for (share, title) in COLUMNS.into_iter().chain([(STANDS_AT, "How it stands")]) {
        let at = pos2(column(rect, share), rect.center().y);
        text_ui(ui.painter(), at, title, font(11.0), theme.weak, rect.width() * 0.2);
    }
}

fn column(rect: Rect, share: f32) -> f32 {
    let indent = 30.0;
    rect.left() + indent + (rect.width() - indent) * share
}

fn row_ui(ui: &mut Ui, row: &Row, editor: &Editor, actions: &mut Vec<Action>) {
    let theme = &editor.theme;
    let choice = &editor.run_choice;
    let is_chosen = [&choice.chosen, &choice.with].into_iter().flatten().any(|name| *name == row.name);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListItem, true, is_chosen, in_words(row)));
    let ground = if is_chosen { Some(theme.accent) } else { response.hovered().then_some(theme.line) };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 4.0, ground);
    }
    paint(ui, rect, row, is_chosen, theme);
    clicked(ui, &response, row, actions);
}

fn clicked(ui: &Ui, response: &Response, row: &Row, actions: &mut Vec<Action>) {
    if response.double_clicked() {
        return actions.push(Action::Runs(RunAct::Open(row.name.clone())));
    }
    if response.clicked() {
        let is_second = ui.input(|input| input.modifiers.command);
        let choose = if is_second { RunAct::ChooseToo } else { RunAct::Choose };
        actions.push(Action::Runs(choose(row.name.clone())));
    }
}

fn paint(ui: &Ui, rect: Rect, row: &Row, is_chosen: bool, theme: &Theme) {
    let (icon, colour) = look(row, theme);
    let of = |colour| if is_chosen { theme.on_accent } else { colour };
    let icon_at = pos2(rect.left() + 6.0, rect.center().y);
    ui.painter().text(icon_at, egui::Align2::LEFT_CENTER, icon, icon_font(16.0), of(colour));
    let figures = row.figures;
    let of_figures = |text: fn(u64) -> String, number: Option<u64>| number.map_or_else(|| "…".into(), text);
    let texts = [
        row.name.clone(),
        row.graph.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        when(row.unix_ms),
        of_figures(duration, figures.map(|figures| figures.at_ms)),
        of_figures(thousands, figures.map(|figures| figures.done)),
        of_figures(thousands, figures.map(|figures| figures.failed)),
        stands(row),
    ];
    let ends = COLUMNS.iter().skip(1).map(|(share, _)| *share).chain([STANDS_AT, 1.0]);
    let begins = COLUMNS.iter().map(|(share, _)| *share).chain([STANDS_AT]);
    for (at, ((begin, end), text)) in begins.zip(ends).zip(texts).enumerate() {
        let (left, right) = (column(rect, begin), column(rect, end));
        let failed = at == 5 && figures.is_some_and(|figures| figures.failed > 0);
        let colour = match at {
            0 => theme.text,
            _ if failed => theme.error,
            6 => colour,
            _ => theme.weak,
        };
        text_ui(ui.painter(), pos2(left, rect.center().y), &text, font(13.0), of(colour), right - left - 12.0);
    }
}

fn look(row: &Row, theme: &Theme) -> (&'static str, egui::Color32) {
    match &row.stand {
        Stand::GoesOn if row.paused.is_some() => (icons::ICON_PAUSE_CIRCLE.codepoint, theme.warning),
        Stand::GoesOn => (icons::ICON_AUTORENEW.codepoint, theme.busy),
        Stand::Killed => (icons::ICON_CANCEL.codepoint, theme.error),
        Stand::Ended(ended) => match ended.outcome {
            Outcome::Finished if ended.failed > ended.handled => (icons::ICON_ERROR.codepoint, theme.error),
            Outcome::Finished => (icons::ICON_CHECK_CIRCLE.codepoint, theme.good),
            Outcome::Waiting => (icons::ICON_HELP.codepoint, theme.warning),
            Outcome::Interrupted => (icons::ICON_STOP_CIRCLE.codepoint, theme.warning),
            Outcome::Stopped | Outcome::DiskFull | Outcome::NotKept | Outcome::Bug => {
                (icons::ICON_ERROR.codepoint, theme.error)
            }
        },
    }
}

/// Returns the line of a run, as it is read out.
fn in_words(row: &Row) -> String {
    let graph = row.graph.file_name().unwrap_or_default().to_string_lossy();
    let figures = row.figures.map(|it| format!(", {} done, {} failed", it.done, it.failed)).unwrap_or_default();
    format!("Run {} of {graph}, {}: {}{figures}", row.name, when(row.unix_ms), stands(row))
}

/// Returns how a run stands, in words.
pub fn stands(row: &Row) -> String {
    let again = row.retries.as_ref().map(|run| format!(", runs {run} again")).unwrap_or_default();
    let how = match (&row.stand, &row.paused) {
        (Stand::GoesOn, Some(cause)) => format!("Paused: {cause}"),
        (Stand::GoesOn, None) if row.pid == std::process::id() => "Goes on in this window".into(),
        (Stand::GoesOn, None) => format!("Goes on in process {} on {}", row.pid, row.host),
        (Stand::Killed, _) => "Was killed".into(),
        (Stand::Ended(ended), _) if ended.outcome == Outcome::Finished && ended.failed > ended.handled => {
            "Finished with failures".into()
        }
        (Stand::Ended(ended), _) => sentence(ended.outcome.in_words()),
    };
    how + &again
}

fn more_ui(ui: &mut Ui, left: usize, actions: &mut Vec<Action>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        if ui.button(format!("Show older runs ({})", thousands(left as u64))).clicked() {
            actions.push(Action::Runs(RunAct::More));
        }
    });
}
