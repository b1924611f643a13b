//! Commands about graph files.

use egui::{Context, ViewportCommand};

use crate::dialogs::{Closes, Dialog, files};
use crate::document::Document;
use crate::editor::Editor;
use crate::picker::Purpose;
use crate::start::Start;
use crate::{remembered, saving};

pub(super) fn new(editor: &mut Editor, _: &Context) {
    editor.start = None;
    editor.add_tab(Document::default());
}

/// Begins a graph from a template of the start page.
pub(crate) fn new_from(editor: &mut Editor, at: usize) {
    let Some(text) = editor.start.as_ref().and_then(|start| start.template(at)).map(|template| template.text.clone())
    else {
        return;
    };
    match Document::of_template(&text) {
        Some(document) => editor.show_new(document),
        None => editor.say("The template is no graph"),
    }
}

pub(super) fn start_page(editor: &mut Editor, ctx: &Context) {
    editor.start = match editor.start.take() {
        Some(_) => None,
        None => Some(Start::new(&editor.host, ctx)),
    };
}

pub(super) fn open(editor: &mut Editor, ctx: &Context) {
    files::ask(editor, ctx, Purpose::Open);
}

pub(super) fn add_files(editor: &mut Editor, ctx: &Context) {
    files::ask(editor, ctx, Purpose::AddFiles);
}

pub(super) fn add_folder(editor: &mut Editor, ctx: &Context) {
    files::ask(editor, ctx, Purpose::AddFolder);
}

pub(super) fn save(editor: &mut Editor, ctx: &Context) {
    if editor.tab().path().is_none() {
        return save_as(editor, ctx);
    }
    saving::begin(editor, ctx, None, None);
}

pub(super) fn save_as(editor: &mut Editor, ctx: &Context) {
    files::ask(editor, ctx, Purpose::Save);
}

pub(super) fn close(editor: &mut Editor, _: &Context) {
    if editor.tab().document.is_changed() {
        editor.dialog = Some(Dialog::Unsaved { closes: Closes::Tab });
    } else {
        close_tab(editor);
    }
}

/// Closes the tab without asking.
pub(crate) fn close_tab(editor: &mut Editor) {
    remembered::closing(editor, editor.current);
    editor.tabs.remove(editor.current);
    if editor.tabs.is_empty() {
        editor.add_tab(Document::default());
    }
    editor.current = editor.current.min(editor.tabs.len() - 1);
}

pub(super) fn quit(_: &mut Editor, ctx: &Context) {
    ctx.send_viewport_cmd(ViewportCommand::Close);
}
