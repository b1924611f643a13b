//! Questions that the window asks before it goes on, and what becomes of the answers.

mod chooser;
pub mod files;
mod text;

use std::path::{Path, PathBuf};

use egui::{Context, Id, Modal, Ui, ViewportCommand};

use windlass_core::permission::Permission;
use windlass_core::problem::Problem;

pub use chooser::Chooser;
pub use text::TextFor;

use crate::action::Action;
use crate::document::Document;
use crate::document::recovery::Recovery;
use crate::editor::Editor;
use crate::fields::legible;
use crate::host::{Errand, Refusal};
use crate::picker::Waiting;
use crate::{commands, saving};

/// A question that is asked.
pub enum Dialog {
    /// Which file.
    Choose(Chooser),
    /// The desktop asks which file.
    Desktop(Waiting),
    /// A text.
    Text {
        /// What it is for.
        what: TextFor,
        /// What is typed.
        text: String,
    },
    /// What is to become of edits that were not saved.
    Unsaved {
        /// What closes afterwards.
        closes: Closes,
    },
    /// Edits of an earlier time were found that were not saved.
    Recovered {
        /// The graph.
        path: PathBuf,
        /// What was kept of it.
        text: String,
    },
    /// Another program has written the file.
    ChangedOnDisk,
    /// Another window has the graph open.
    OpenElsewhere(PathBuf),
    /// A graph asks to be allowed something before it runs.
    Permissions {
        /// What it asks for.
        asked: Vec<Permission>,
        /// What is to run.
        errand: Errand,
    },
    /// A run goes on while the window is to be closed.
    RunGoesOn,
    /// Something that must be read.
    Message {
        /// In a few words.
        title: String,
        /// All of it.
        text: String,
    },
}

/// What closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// The tab that is shown.
    Tab,
    /// The window.
    Window,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Save, and then close.
    Save(Closes),
    /// Close without saving.
    Discard(Closes),
    /// Take what was kept.
    Recover,
    /// Forget what was kept.
    Forget,
    /// Read the file again.
    Reload,
    /// Keep what is in the window.
    Keep,
    /// A text was typed.
    Text(TextFor, String),
    /// Allow it, and run.
    Allow(Vec<Permission>, Errand),
    /// Stop the run, and close then.
    StopRun,
    /// Choose a file in the window.
    ChooseHere,
    /// Go on without doing anything.
    Close,
}

impl Dialog {
    /// Returns what is said or asked where a graph does not run.
    pub fn of_refusal(refusal: Refusal, errand: Errand) -> Self {
        let title = "The graph does not run".into();
        match refusal {
            Refusal::Asks(asked) => Self::Permissions { asked, errand },
            Refusal::Said(text) => Self::Message { title, text },
            Refusal::Problems(problems) => {
                let lines = problems.iter().take(12).map(in_a_line);
                Self::Message { title, text: lines.collect::<Vec<_>>().join("\n") }
            }
        }
    }
}

/// Returns a problem with its place: the node, or the file and the line where it is not about a node.
fn in_a_line(problem: &Problem) -> String {
    let place = match (&problem.node, &problem.span) {
        (Some(node), _) => format!("{node}: "),
        (None, Some(span)) => format!("{}, line {}: ", span.source.name, span.line_column().0),
        (None, None) => String::new(),
    };
    let hint = problem.hint.as_ref().map(|hint| format!("\n    {hint}")).unwrap_or_default();
    legible(&format!("{place}{}{hint}", problem.message))
}

/// Draws the question that is asked.
pub fn dialog_ui(ui: &mut Ui, editor: &mut Editor, actions: &mut Vec<Action>) {
    let Some(mut dialog) = editor.dialog.take() else { return };
    Modal::new(Id::unique("dialog")).show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        match &mut dialog {
            Dialog::Choose(chooser) => chooser.ui(ui, &editor.theme, actions),
            Dialog::Desktop(waiting) => files::waiting_ui(ui, waiting, actions),
            Dialog::Text { what, text } => text::text_ui(ui, what, text, actions),
            Dialog::Unsaved { closes } => unsaved_ui(ui, *closes, &editor.tab().document.title(), actions),
            Dialog::Recovered { path, .. } => recovered_ui(ui, path, actions),
            Dialog::ChangedOnDisk => changed_ui(ui, editor.tab().document.is_changed(), actions),
            Dialog::OpenElsewhere(path) => elsewhere_ui(ui, path, actions),
            Dialog::Permissions { asked, errand } => permissions_ui(ui, asked, errand, actions),
            Dialog::RunGoesOn => goes_on_ui(ui, actions),
            Dialog::Message { title, text } => message_ui(ui, title, text, actions),
        }
    });
    editor.dialog = Some(dialog);
}

fn buttons_ui(ui: &mut Ui, buttons: &[(&str, Answer)], actions: &mut Vec<Action>) {
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        for (text, answer) in buttons {
            if ui.button(*text).clicked() {
                actions.push(Action::Answer(answer.clone()));
            }
        }
    });
}

fn unsaved_ui(ui: &mut Ui, closes: Closes, title: &str, actions: &mut Vec<Action>) {
    ui.heading(format!("Save {title} before closing?"));
    ui.label("Edits that are not saved are lost.");
    let buttons =
        [("Save and close", Answer::Save(closes)), ("Do not save", Answer::Discard(closes)), ("Cancel", Answer::Close)];
    buttons_ui(ui, &buttons, actions);
}

fn recovered_ui(ui: &mut Ui, path: &Path, actions: &mut Vec<Action>) {
    ui.heading("Edits were found that were not saved");
    ui.label(format!(
        "They belong to {}, and are from an earlier time in which it was not closed properly.",
        name(path)
    ));
    buttons_ui(ui, &[("Take them over", Answer::Recover), ("Forget them", Answer::Forget)], actions);
}

fn changed_ui(ui: &mut Ui, has_edits: bool, actions: &mut Vec<Action>) {
    ui.heading("The file was changed on the disk");
    ui.label(match has_edits {
        true => "Another program has written it. Reading it again loses the edits in this window that are not saved.",
        false => "Another program has written it.",
    });
    buttons_ui(ui, &[("Read it again", Answer::Reload), ("Keep this one", Answer::Keep)], actions);
}

fn elsewhere_ui(ui: &mut Ui, path: &Path, actions: &mut Vec<Action>) {
    ui.heading("The graph is open in another window");
    ui.label(format!(
        "{} would be overwritten by whichever window saves last, and edits here are not recovered after a crash.",
        name(path)
    ));
    buttons_ui(ui, &[("Go on", Answer::Close)], actions);
}

fn permissions_ui(ui: &mut Ui, asked: &[Permission], errand: &Errand, actions: &mut Vec<Action>) {
    ui.heading("The graph asks to be allowed");
    for permission in asked {
        ui.label(egui::RichText::new(permission.to_string()).monospace());
    }
    ui.label("Allow it only if you trust the graph. It is remembered until the graph changes.");
    let allow = Answer::Allow(asked.to_vec(), errand.clone());
    buttons_ui(ui, &[("Allow and run", allow), ("Do not run", Answer::Close)], actions);
}

fn goes_on_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.heading("A run goes on");
    ui.label("It belongs to this window. Stopped, it keeps what is done; Resume does the rest later.");
    buttons_ui(ui, &[("Stop it and close", Answer::StopRun), ("Cancel", Answer::Close)], actions);
}

fn message_ui(ui: &mut Ui, title: &str, text: &str, actions: &mut Vec<Action>) {
    ui.heading(title);
    egui::ScrollArea::vertical().max_height(300.0).show(ui, |ui| ui.label(text));
    buttons_ui(ui, &[("Close", Answer::Close)], actions);
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Does what an answer says.
pub fn answer(editor: &mut Editor, ctx: &Context, answer: Answer) {
    let asked = editor.dialog.take();
    match answer {
        Answer::Save(closes) => save_and_close(editor, ctx, closes),
        Answer::Discard(closes) => discard(editor, ctx, closes),
        Answer::Recover => recover(editor, asked),
        Answer::Forget => editor.tab().recovery.iter().for_each(Recovery::forget),
        Answer::Reload => reload(editor),
        Answer::Keep => editor.tab_mut().document.accept_disk(),
        Answer::Text(what, text) => text::typed(editor, what, text),
        Answer::Allow(granted, errand) => commands::start(editor, ctx, errand, granted),
        Answer::StopRun => stop_run(editor, ctx),
        Answer::ChooseHere => files::choose_here(editor, asked),
        Answer::Close => {}
    }
}

fn stop_run(editor: &mut Editor, ctx: &Context) {
    for tab in &mut editor.tabs {
        if let Some(run) = tab.run.take() {
            run.stop();
        }
    }
    ctx.send_viewport_cmd(ViewportCommand::Close);
}

fn save_and_close(editor: &mut Editor, ctx: &Context, closes: Closes) {
    if editor.tab().path().is_some() {
        return saving::begin(editor, ctx, None, Some(closes));
    }
    commands::perform(editor, ctx, "save");
}

fn discard(editor: &mut Editor, ctx: &Context, closes: Closes) {
    editor.tab().recovery.iter().for_each(Recovery::forget);
    commands::close_tab(editor);
    if closes == Closes::Window {
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
}

fn recover(editor: &mut Editor, asked: Option<Dialog>) {
    let Some(Dialog::Recovered { text, .. }) = asked else { return };
    let said = match editor.tab_mut().document.recover(&text) {
        true => "Edits were taken over; they are not saved yet",
        false => "What was kept is no graph",
    };
    editor.say(said);
}

fn reload(editor: &mut Editor) {
    let Some(path) = editor.tab().path().map(Path::to_owned) else { return };
    match Document::open(&path) {
        Ok(document) => {
            let tab = editor.tab_mut();
            let folds = tab.folds + tab.document.revision() + 1;
            (tab.document, tab.folds, tab.told) = (document, folds, None);
            editor.say("The file was read again");
        }
        Err(_) => editor.say("The file cannot be read as a graph any more; this window keeps what it has"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use windlass_core::problem::{Source, Span};

    #[test]
    fn a_problem_says_where_it_is_and_what_to_do() {
        let source = Arc::new(Source { name: "/home/me/settings.toml".into(), text: "a = 1\njob = 2\n".into() });
        let problem = Problem::error("unknown", "there is no setting `job`").hint("did you mean `jobs`?");
        let at = problem.clone().at(Some(Span { source, range: 6..9 }));
        assert_eq!(
            in_a_line(&at),
            "/home/me/settings.toml, line 2: there is no setting `job`\n    did you mean `jobs`?"
        );
        assert!(in_a_line(&problem.node("open")).starts_with("open: there is no setting"));
    }
}
