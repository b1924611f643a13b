//! Commands that go into a graph inside of a graph, and out of it again.

use egui::Context;
use windlass_core::doc::Body;
use windlass_core::doc::edit::Edit;

use crate::action::{Change, Selection};
use crate::apply::{change, refresh};
use crate::document::scope;
use crate::editor::Editor;
use crate::graphs::{file_of, resolve};
use crate::panels::tab_of;

pub(super) fn can_enter(editor: &Editor) -> bool {
    let tab = editor.tab();
    tab.selection.only_node().and_then(|id| tab.scene.node(id)).is_some_and(|node| node.face.is_container())
}

pub(super) fn enter(editor: &mut Editor, _: &Context) {
    if let Some(id) = editor.tab().selection.only_node().map(str::to_owned) {
        enter_node(editor, &id);
    }
}

/// Shows what is inside of a node: its body, or the graph file that it names, in a tab of its own.
pub(crate) fn enter_node(editor: &mut Editor, id: &str) {
    let tab = editor.tab();
    let Some(node) = tab.doc().nodes.get(id) else { return };
    if let Some(path) = file_of(node).map(str::to_owned) {
        return open_file(editor, id, &path);
    }
    if node.body.is_none() {
        let body = Some(Body::Here(Box::default()));
        let edit = Edit::SetBody { node: id.to_owned(), body };
        change(editor, Change::new(format!("add a body to {id}"), edit));
    }
    let tab = editor.tab_mut();
    if tab.doc().nodes.get(id).and_then(scope::body).is_some() {
        let inner = [tab.scope.clone(), vec![id.to_owned()]].concat();
        tab.show_scope(inner);
        refresh(editor);
        editor.tab_mut().look_again();
    }
}

fn open_file(editor: &mut Editor, id: &str, path: &str) {
    let tab = editor.tab();
    let from = (tab.number, tab.step_name(id));
    let Some(folder) = tab.path().and_then(|path| path.parent()) else {
        return editor.say("Save the graph first: its paths are relative to its file");
    };
    let path = resolve(folder, path);
    editor.open(&path);
    let tab = editor.tab_mut();
    if tab.path() == Some(&path) && tab.number != from.0 {
        tab.came_from = Some(from);
    }
}

pub(super) fn can_leave(editor: &Editor) -> bool {
    let tab = editor.tab();
    let from = tab.came_from.as_ref();
    !tab.scope.is_empty() || from.is_some_and(|(number, _)| tab_of(editor, *number).is_some())
}

/// Shows the graph around; what was left is selected there.
pub(super) fn leave(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    if !tab.scope.is_empty() {
        return show(editor, tab.scope[..tab.scope.len() - 1].to_vec());
    }
    let from = tab.came_from.as_ref().and_then(|(number, _)| tab_of(editor, *number));
    if let Some((at, _)) = from {
        editor.current = at;
    }
}

/// Shows a body that lies around the one that is shown; the way to it stays selected.
pub(crate) fn show(editor: &mut Editor, wanted: Vec<String>) {
    let tab = editor.tab_mut();
    let left = tab.scope.get(wanted.len()).cloned();
    tab.show_scope(wanted);
    tab.selection = Selection::of(left);
    refresh(editor);
    editor.tab_mut().look_again();
}
