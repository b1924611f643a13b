//! The one place where actions are done: each arm is one call.

mod adding;
pub mod files;

use std::path::{Path, PathBuf};

use egui::Context;
use windlass_core::doc::edit::Edit;

use crate::action::{Action, Change, Looking, Selection};
use crate::canvas::connect;
use crate::canvas::hit::{PortRef, WireRef};
use crate::canvas::view::View;
use crate::document::pieces::Incoming;
use crate::document::scope;
use crate::editor::Editor;
use crate::overlay::{Overlay, Palette};
use crate::tab::Tab;
use crate::{commands, dialogs, past, saving};

/// Does what was asked for.
pub fn apply(editor: &mut Editor, ctx: &Context, action: Action) {
    match action {
        Action::Command(id) => commands::perform(editor, ctx, id),
        Action::Change(made) => change(editor, made),
        Action::Seal => editor.tab_mut().document.seal(),
        Action::Select(selection) => editor.tab_mut().selection = selection,
        Action::Look(view) => editor.tab_mut().view = view,
        Action::GoTo(id) => go_to(editor, &id),
        Action::OpenPalette(at) => editor.overlay = Some(Overlay::Palette(Box::new(Palette::new(at)))),
        Action::AddKind(kind) => adding::add_kind(editor, &kind),
        Action::Connect { from, to, instead_of } => connect_ports(editor, &from, &to, instead_of.as_ref()),
        Action::Disconnect(wire) => disconnect(editor, &wire),
        Action::InsertOnWire { node, wire } => insert(editor, &node, &wire),
        Action::Paste(text) => commands::paste(editor, &text, Incoming::Drop),
        Action::AnswerQuestion { step, key, typed } => answer(editor, ctx, step, key, typed),
        Action::Runs(act) => past::act::apply(editor, ctx, act),
        Action::Service { service, action } => editor.orders.act(ctx, &editor.host, service, action),
        Action::Items(looking) => look(editor, ctx, looking),
        Action::Say(text) => editor.say(text),
        Action::NewFrom(template) => commands::new_from(editor, template),
        Action::ForgetRecent(path) => forget_recent(editor, &path),
        Action::Open(path) => editor.open(&path),
        Action::AddFiles(paths) => add_chosen(editor, ctx, paths),
        Action::SaveTo(path) => save_to(editor, ctx, path),
        Action::ShowTab(tab) => show_tab(editor, tab),
        Action::Enter(id) => commands::enter_node(editor, &id),
        Action::ShowScope(scope) => commands::show_scope(editor, scope),
        Action::Answer(answer) => dialogs::answer(editor, ctx, answer),
        Action::CloseOverlay => close_overlay(editor),
    }
}

/// Changes the document, or says why that cannot be.
pub(crate) fn change(editor: &mut Editor, made: Change) {
    let tab = editor.tab_mut();
    let mut edit = settled(tab, made.edit).within(&tab.scope);
    if let (Some(around), [outer @ .., _]) = (made.around, tab.scope.as_slice()) {
        edit = Edit::Compound(vec![edit, around.within(outer)]);
    }
    if let Err(error) = tab.document.change(&made.name, &edit, made.thread.as_deref()) {
        return editor.say(error.to_string());
    }
    if let Some(selection) = made.select {
        tab.selection = selection;
    }
    refresh(editor);
}

/// Returns an edit after which all nodes stand where they are seen: where some get a place, so do those that nobody has
/// said a place of, which would be placed anew otherwise.
fn settled(tab: &Tab, edit: Edit) -> Edit {
    if !places(&edit) || tab.scene.nodes.iter().all(|node| node.is_placed) {
        return edit;
    }
    let loose = tab.scene.nodes.iter().filter(|node| !node.is_placed);
    let stay = loose.map(|node| {
        let at = node.at.round();
        Edit::MoveNode { node: node.id.clone(), to: Some([f64::from(at.x), f64::from(at.y)]) }
    });
    Edit::Compound(stay.chain([edit]).collect())
}

fn places(edit: &Edit) -> bool {
    match edit {
        Edit::MoveNode { .. } => true,
        Edit::Compound(edits) => edits.iter().any(places),
        _ => false,
    }
}

/// Brings the scene up to date, for what follows in the same frame.
pub(crate) fn refresh(editor: &mut Editor) {
    let at = editor.current;
    editor.tabs[at].follow(&editor.registry, &editor.graphs);
}

fn go_to(editor: &mut Editor, name: &str) {
    let tab = editor.tab_mut();
    let (scope, id) = scope::find(tab.document.doc(), name);
    if scope != tab.scope {
        tab.show_scope(scope);
        refresh(editor);
    }
    let tab = editor.tab_mut();
    tab.look_again();
    let id = id.as_str();
    let Some(node) = tab.scene.node(id) else { return };
    let rect = node.rect();
    if tab.view.zoom < 0.5 || !tab.view.seen(tab.window).contains_rect(rect) {
        tab.view = View::fitted(tab.window, rect.expand(200.0));
    }
    tab.selection = Selection::of([id.to_owned()]);
    editor.overlay = None;
}

fn look(editor: &mut Editor, ctx: &Context, looking: Looking) {
    match looking {
        Looking::Only(only) => editor.tab_mut().looked.only = only,
        Looking::Open(opened) => {
            editor.tab_mut().looked.seen.clone_from(&opened);
            editor.tab_mut().looked.opened = opened;
            editor.tab_mut().look_at_run();
        }
        Looking::See(item) => {
            // What was not kept yet a moment ago may be now.
            editor.item = None;
            editor.tab_mut().looked.seen = Some(item);
        }
        Looking::Again => commands::run_item_again(editor, ctx),
    }
}

fn connect_ports(editor: &mut Editor, from: &PortRef, to: &PortRef, instead_of: Option<&WireRef>) {
    let tab = editor.tab();
    let doc = tab.doc();
    if instead_of.is_some_and(|wire| wire.node == to.node && wire.port == to.port) {
        return;
    }
    let taken = instead_of.and_then(|wire| connect::disconnect(doc, wire));
    let made = connect::connect(doc, &tab.scene, from, to);
    let name = format!("connect {} to {}", from.node, to.node);
    change(editor, Change::new(name, Edit::Compound(taken.into_iter().chain([made]).collect())));
}

fn disconnect(editor: &mut Editor, wire: &WireRef) {
    if let Some(edit) = connect::disconnect(editor.tab().doc(), wire) {
        change(editor, Change::new("delete wire", edit));
    }
}

fn insert(editor: &mut Editor, node: &str, wire: &WireRef) {
    let tab = editor.tab();
    match connect::insert(tab.doc(), &tab.scene, node, wire) {
        Ok(edit) => change(editor, Change::new(format!("insert {node} into a wire"), edit)),
        Err(why) => editor.say(why),
    }
}

fn add_chosen(editor: &mut Editor, ctx: &Context, paths: Vec<PathBuf>) {
    editor.dialog = None;
    files::look_at(editor, ctx, paths, None);
}

fn save_to(editor: &mut Editor, ctx: &Context, path: PathBuf) {
    editor.dialog = None;
    saving::begin(editor, ctx, Some(path), None);
}

fn show_tab(editor: &mut Editor, tab: usize) {
    editor.start = None;
    editor.current = tab.min(editor.tabs.len() - 1);
}

fn forget_recent(editor: &mut Editor, path: &Path) {
    editor.recent.forget(path);
    editor.start.iter_mut().for_each(|start| start.forget(path));
}

/// Closes what lies uppermost.
fn close_overlay(editor: &mut Editor) {
    if editor.dialog.take().is_none() && editor.overlay.take().is_none() {
        editor.start = None;
    }
}

fn answer(editor: &mut Editor, ctx: &Context, step: String, key: String, typed: String) {
    let Some(run) = &editor.tab().run else { return };
    if let Some(theirs) = run.kept() {
        return past::steer::answer(editor, ctx, theirs, (step, key), typed);
    }
    if let Err(why) = run.answer(&step, &key, &typed) {
        editor.say(why);
    }
}
