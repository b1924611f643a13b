//! Asking for a text: an id, a title, the words of a frame or note.

use egui::text::{CCursor, CCursorRange};
use egui::{Key, Modifiers, TextEdit, Ui};
use windlass_core::doc::edit::Edit;

use super::Answer;
use crate::action::{Action, Change};
use crate::apply::change;
use crate::commands::group_as;
use crate::editor::Editor;
use crate::fields::named;

/// What a text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFor {
    /// The id of a node.
    Id(String),
    /// The title of a node.
    Title(String),
    /// The title of a frame.
    Frame(usize),
    /// A note.
    Note(usize),
    /// The file of a new graph, for the selected nodes.
    Group,
}

impl TextFor {
    fn title(&self) -> String {
        match self {
            Self::Id(id) => format!("Rename {id}"),
            Self::Title(id) => format!("Title of {id}"),
            Self::Frame(_) => "Title of the frame".into(),
            Self::Note(_) => "Note".into(),
            Self::Group => "Group into a graph".into(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Id(_) => "A letter, then letters, digits, _ or -. Wires follow.",
            Self::Title(_) => "Empty: the title of its kind.",
            Self::Frame(_) => "What the nodes in it do.",
            Self::Note(_) => "Ctrl-Enter takes it over.",
            Self::Group => "Name of the new graph, which becomes a file beside this one.",
        }
    }
}

/// Draws the question.
pub fn text_ui(ui: &mut Ui, what: &TextFor, text: &mut String, actions: &mut Vec<Action>) {
    ui.heading(what.title());
    let is_note = matches!(what, TextFor::Note(_));
    let modifiers = if is_note { Modifiers::COMMAND } else { Modifiers::NONE };
    let entered = ui.input_mut(|input| input.consume_key(modifiers, Key::Enter));
    let edit = if is_note { TextEdit::multiline(text).desired_rows(5) } else { TextEdit::singleline(text) };
    let mut shown = edit.desired_width(f32::INFINITY).show(ui);
    let response = &shown.response.response;
    named(ui, response, &what.title());
    if !ui.ctx().text_edit_focused() {
        response.request_focus();
        // What is typed takes the place of what stood there.
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
        shown.state.cursor.set_char_range(Some(all));
        shown.state.store(ui.ctx(), response.id);
    }
    ui.weak(what.hint());
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        if ui.button("OK").clicked() || entered {
            actions.push(Action::Answer(Answer::Text(what.clone(), text.clone())));
        }
        if ui.button("Cancel").clicked() {
            actions.push(Action::Answer(Answer::Close));
        }
    });
}

/// Takes over what was typed.
pub fn typed(editor: &mut Editor, what: TextFor, text: String) {
    let layout = &editor.tab().doc().layout;
    let made = match what {
        TextFor::Id(from) if from == text => return,
        TextFor::Id(from) => {
            let name = format!("rename {from} to {text}");
            Change::new(name, Edit::RenameNode { from, to: text.clone() }).selecting([text])
        }
        TextFor::Title(node) => {
            let title = Some(text).filter(|text| !text.trim().is_empty());
            Change::new(format!("set the title of {node}"), Edit::SetTitle { node, title })
        }
        TextFor::Frame(at) => {
            let mut frames = layout.frames.clone();
            frames.iter_mut().skip(at).take(1).for_each(|frame| frame.title.clone_from(&text));
            Change::new("rename frame", Edit::SetFrames(frames))
        }
        TextFor::Note(at) => {
            let mut notes = layout.notes.clone();
            notes.iter_mut().skip(at).take(1).for_each(|note| note.text.clone_from(&text));
            Change::new("edit note", Edit::SetNotes(notes))
        }
        TextFor::Group => return group_as(editor, &text),
    };
    change(editor, made);
}
