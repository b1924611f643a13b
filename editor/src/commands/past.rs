//! Commands about runs that are told by their journals.

use egui::Context;

use crate::dialogs::files;
use crate::editor::Editor;
use crate::host::Way;
use crate::panels::traced;
use crate::past::act::{self, RunAct};
use crate::picker::Purpose;
use crate::running::{Reached, Session};

fn reached(editor: &Editor) -> Option<&Reached> {
    editor.tab().run.as_ref().and_then(Session::reached).filter(|reached| reached.is_read)
}

pub(super) fn has_one(editor: &Editor) -> bool {
    editor.run_choice.chosen.is_some()
}

pub(super) fn open(editor: &mut Editor, ctx: &Context) {
    if let Some(name) = editor.run_choice.chosen.clone() {
        act::apply(editor, ctx, RunAct::Open(name));
    }
}

pub(super) fn can_compare(editor: &Editor) -> bool {
    act::pair(editor).is_some()
}

pub(super) fn compare(editor: &mut Editor, ctx: &Context) {
    act::compare(editor, ctx);
}

pub(super) fn can_trace(editor: &Editor) -> bool {
    traced(editor.tab()).is_some()
}

pub(super) fn trace(editor: &mut Editor, ctx: &Context) {
    if let Some(item) = traced(editor.tab()) {
        act::trace(editor, ctx, item, Way::Up);
    }
}

pub(super) fn trace_file(editor: &mut Editor, ctx: &Context) {
    files::ask(editor, ctx, Purpose::Trace);
}

pub(super) fn can_scrub(editor: &Editor) -> bool {
    reached(editor).is_some()
}

pub(super) fn play(editor: &mut Editor, _: &Context) {
    act::play(editor);
}

pub(super) fn play_name(editor: &Editor) -> Option<String> {
    reached(editor).filter(|reached| reached.is_playing).map(|_| "Hold the run here".to_owned())
}

pub(super) fn earlier(editor: &mut Editor, _: &Context) {
    act::step(editor, -1);
}

pub(super) fn later(editor: &mut Editor, _: &Context) {
    act::step(editor, 1);
}

pub(super) fn start(editor: &mut Editor, _: &Context) {
    act::show_at(editor, 0);
}

pub(super) fn end(editor: &mut Editor, _: &Context) {
    act::show_at(editor, u64::MAX);
}
