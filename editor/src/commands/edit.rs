//! Commands that change the graph, whatever its nodes are.

use egui::{Context, Pos2, vec2};
use windlass_core::doc::edit::Edit;

use super::counted;
use crate::action::{Change, Selection};
use crate::apply::change;
use crate::canvas::connect::disconnect;
use crate::canvas::routes;
use crate::document::pieces::{self, Incoming};
use crate::editor::Editor;
use crate::tab::Tab;

/// How far a copy stands from what it was made of.
const BESIDE: f32 = 40.0;

pub(super) fn can_undo(editor: &Editor) -> bool {
    editor.tab().document.history().undo_name().is_some()
}

pub(super) fn undo_name(editor: &Editor) -> Option<String> {
    editor.tab().document.history().undo_name().map(|name| format!("Undo {name}"))
}

pub(super) fn undo(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    let place = tab.document.history().undo_place();
    if let Some(name) = tab.document.undo() {
        tab.show_scope(place);
        editor.say(format!("Undid {name}"));
    }
}

pub(super) fn can_redo(editor: &Editor) -> bool {
    editor.tab().document.history().redo_name().is_some()
}

pub(super) fn redo_name(editor: &Editor) -> Option<String> {
    editor.tab().document.history().redo_name().map(|name| format!("Redo {name}"))
}

pub(super) fn redo(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    let place = tab.document.history().redo_place();
    if let Some(name) = tab.document.redo() {
        tab.show_scope(place);
        editor.say(format!("Did {name} again"));
    }
}

pub(super) fn copy(editor: &mut Editor, ctx: &Context) {
    let text = selected_text(editor.tab());
    editor.clipboard = Some(text.clone());
    ctx.copy_text(text);
    editor.say(format!("Copied {}", counted(editor.tab().selection.nodes.len(), "node")));
}

pub(super) fn cut(editor: &mut Editor, ctx: &Context) {
    copy(editor, ctx);
    let edits = removals(editor.tab());
    let name = format!("cut {}", counted(edits.len(), "node"));
    change(editor, Change::new(name, Edit::Compound(edits)));
}

fn selected_text(tab: &Tab) -> String {
    let place = |id: &str| tab.scene.node(id).map(|node| [f64::from(node.at.x), f64::from(node.at.y)]);
    pieces::copy(tab.doc(), &tab.selection.nodes, place)
}

/// Chosen from a menu; the keys come with the text of the clipboard.
pub(super) fn paste(_: &mut Editor, ctx: &Context) {
    ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste);
}

pub(super) fn paste_wired(editor: &mut Editor, _: &Context) {
    if let Some(text) = editor.clipboard.clone() {
        paste_text(editor, &text, Incoming::Keep);
    }
}

/// Puts the nodes of a text into the graph, in the middle of what is seen.
pub(crate) fn paste_text(editor: &mut Editor, text: &str, incoming: Incoming) {
    let at = editor.tab().middle().round();
    put(editor, text, at, incoming, "paste");
}

fn put(editor: &mut Editor, text: &str, at: Pos2, incoming: Incoming, verb: &str) {
    let at = [f64::from(at.x), f64::from(at.y)];
    match pieces::paste(editor.tab().doc(), text, at, incoming) {
        None => editor.say("What is on the clipboard is no part of a graph"),
        Some(pasted) => {
            let name = format!("{verb} {}", counted(pasted.ids.len(), "node"));
            change(editor, Change::new(name, pasted.edit).selecting(pasted.ids));
        }
    }
}

pub(super) fn duplicate(editor: &mut Editor, _: &Context) {
    put_copy(editor, Incoming::Drop);
}

pub(super) fn duplicate_wired(editor: &mut Editor, _: &Context) {
    put_copy(editor, Incoming::Keep);
}

fn put_copy(editor: &mut Editor, incoming: Incoming) {
    let tab = editor.tab();
    let Some(bounds) = tab.scene.bounds(tab.chosen()) else { return };
    let text = selected_text(tab);
    put(editor, &text, bounds.min + vec2(BESIDE, BESIDE), incoming, "duplicate");
}

pub(super) fn has_selection(editor: &Editor) -> bool {
    !editor.tab().selection.is_empty()
}

pub(super) fn can_delete(editor: &Editor) -> bool {
    has_selection(editor)
}

pub(super) fn delete(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let (selection, doc) = (&tab.selection, tab.doc());
    let (name, edit) = if let Some(wire) = &selection.wire {
        let Some(edit) = disconnect(doc, wire) else { return };
        ("delete wire".to_owned(), edit)
    } else if let Some(point) = &selection.point {
        let Some(made) = routes::remove(doc, point) else { return };
        return change(editor, made);
    } else if let Some(frame) = selection.frame.filter(|frame| *frame < doc.layout.frames.len()) {
        let mut frames = doc.layout.frames.clone();
        frames.remove(frame);
        ("delete frame".to_owned(), Edit::SetFrames(frames))
    } else if let Some(note) = selection.note.filter(|note| *note < doc.layout.notes.len()) {
        let mut notes = doc.layout.notes.clone();
        notes.remove(note);
        ("delete note".to_owned(), Edit::SetNotes(notes))
    } else {
        let edits = removals(tab);
        (format!("delete {}", counted(edits.len(), "node")), Edit::Compound(edits))
    };
    change(editor, Change { select: Some(Selection::default()), ..Change::new(name, edit) });
}

fn removals(tab: &Tab) -> Vec<Edit> {
    tab.selection.nodes.iter().map(|id| Edit::RemoveNode { id: id.clone() }).collect()
}

pub(super) fn select_all(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    tab.selection = Selection::of(tab.scene.nodes.iter().map(|node| node.id.clone()));
}

pub(super) fn select_none(editor: &mut Editor, _: &Context) {
    editor.tab_mut().selection = Selection::default();
}
