//! Commands about nodes.

use egui::Context;
use windlass_core::doc::Policy;
use windlass_core::doc::edit::Edit;

use super::counted;
use crate::action::{Change, PaletteAt};
use crate::apply::change;
use crate::canvas::routes;
use crate::dialogs::{Dialog, TextFor};
use crate::editor::Editor;
use crate::overlay::{Overlay, Palette};

pub(super) fn add(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let wire = tab.selection.wire.clone();
    let at = wire.as_ref().and_then(|wire| routes::middle(&tab.scene, wire));
    editor.overlay = Some(Overlay::Palette(Box::new(Palette::new(PaletteAt { at, wire, ..PaletteAt::default() }))));
}

pub(super) fn add_name(editor: &Editor) -> Option<String> {
    editor.tab().selection.wire.is_some().then(|| "Insert node into the wire…".to_owned())
}

pub(super) fn has_wire(editor: &Editor) -> bool {
    editor.tab().selection.wire.is_some()
}

/// Lets the selected wire go through its middle, from where the point is dragged.
pub(super) fn reroute(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let Some(wire) = &tab.selection.wire else { return };
    let at = routes::middle(&tab.scene, wire);
    if let Some(made) = at.and_then(|at| routes::add(tab.doc(), &tab.scene, wire, at)) {
        change(editor, made);
    }
}

pub(super) fn has_one(editor: &Editor) -> bool {
    editor.tab().selection.only_node().is_some()
}

pub(super) fn can_rename(editor: &Editor) -> bool {
    let selection = &editor.tab().selection;
    has_one(editor) || selection.frame.is_some() || selection.note.is_some()
}

pub(super) fn rename(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let layout = &tab.doc().layout;
    let what = if let Some(id) = tab.selection.only_node() {
        Some((TextFor::Id(id.to_owned()), id.to_owned()))
    } else if let Some(frame) = tab.selection.frame {
        layout.frames.get(frame).map(|it| (TextFor::Frame(frame), it.title.clone()))
    } else {
        tab.selection.note.and_then(|note| layout.notes.get(note).map(|it| (TextFor::Note(note), it.text.clone())))
    };
    editor.dialog = what.map(|(what, text)| Dialog::Text { what, text });
}

pub(super) fn retitle(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let Some(id) = tab.selection.only_node() else { return };
    let title = tab.doc().nodes.get(id).and_then(|node| node.title.clone()).unwrap_or_default();
    editor.dialog = Some(Dialog::Text { what: TextFor::Title(id.to_owned()), text: title });
}

pub(super) fn bypass(editor: &mut Editor, _: &Context) {
    turn(editor, ("bypass", "stop bypassing"), |policy| &mut policy.bypass);
}

pub(super) fn mute(editor: &mut Editor, _: &Context) {
    turn(editor, ("mute", "unmute"), |policy| &mut policy.mute);
}

/// Turns a mark of all selected nodes on, or off where all have it.
fn turn(editor: &mut Editor, (on, off): (&str, &str), mark: fn(&mut Policy) -> &mut bool) {
    let tab = editor.tab();
    let doc = tab.doc();
    let selected = tab.selection.nodes.iter().filter_map(|id| Some((id, doc.nodes.get(id)?.policy.clone())));
    let mut policies: Vec<_> = selected.collect();
    let all_on = policies.iter_mut().all(|(_, policy)| *mark(policy));
    let edits = policies.into_iter().map(|(id, mut policy)| {
        *mark(&mut policy) = !all_on;
        Edit::SetPolicy { node: id.clone(), policy: Box::new(policy) }
    });
    let edits: Vec<_> = edits.collect();
    let verb = if all_on { off } else { on };
    change(editor, Change::new(format!("{verb} {}", counted(edits.len(), "node")), Edit::Compound(edits)));
}

pub(super) fn collapse(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    let selected = &tab.selection.nodes;
    if selected.iter().all(|id| tab.collapsed.contains(id)) {
        tab.collapsed.retain(|id| !selected.contains(id));
    } else {
        tab.collapsed.extend(selected.iter().cloned());
    }
    tab.folds += 1;
}

pub(super) fn replace(editor: &mut Editor, _: &Context) {
    let replaces = editor.tab().selection.only_node().map(str::to_owned);
    let at = PaletteAt { replaces, ..PaletteAt::default() };
    editor.overlay = Some(Overlay::Palette(Box::new(Palette::new(at))));
}

pub(super) fn disconnect(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let doc = tab.doc();
    let is_selected = |at: usize| tab.selection.nodes.contains(&tab.scene.nodes[at].id);
    let touching = tab.scene.wires.iter().filter(|wire| is_selected(wire.from) || is_selected(wire.to));
    // From the last wire of a port on, so that those before it keep their places.
    let mut wires: Vec<_> = touching.map(|wire| wire.name(&tab.scene)).collect();
    wires.sort();
    let mut changed = doc.clone();
    let mut edits = Vec::new();
    for wire in wires.iter().rev() {
        let Some(edit) = crate::canvas::connect::disconnect(&changed, wire) else { continue };
        if windlass_core::doc::edit::apply(&mut changed, &edit).is_ok() {
            edits.push(edit);
        }
    }
    if !edits.is_empty() {
        let name = format!("disconnect {}", counted(tab.selection.nodes.len(), "node"));
        change(editor, Change::new(name, Edit::Compound(edits)));
    }
}
