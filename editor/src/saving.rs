//! Saving the graphs of the window: begun by a command, ended when the disk has answered, and what closes afterwards.

use std::path::PathBuf;

use egui::{Context, ViewportCommand};

use crate::commands;
use crate::dialogs::{Closes, Dialog};
use crate::document::SaveError;
use crate::document::recovery::Recovery;
use crate::document::saving::Saving;
use crate::editor::Editor;

/// A graph that is being saved.
pub struct Underway {
    saving: Saving,
    then: Option<Closes>,
}

/// Begins to save the graph that is shown, to its own file or to another one.
pub fn begin(editor: &mut Editor, ctx: &Context, path: Option<PathBuf>, then: Option<Closes>) {
    let wake = ctx.clone();
    let tab = editor.tab_mut();
    if let Some(underway) = &mut tab.saving {
        underway.then = underway.then.or(then);
        return editor.say("It is being saved already");
    }
    match tab.document.begin_save(path, move || wake.request_repaint()) {
        Ok(saving) => tab.saving = Some(Underway { saving, then }),
        Err(error) => failed(editor, &error),
    }
}

/// Ends what the disk has answered.
pub fn look(editor: &mut Editor, ctx: &Context) {
    for at in 0..editor.tabs.len() {
        // Closing a tab at the end of its saving leaves fewer of them.
        let Some(tab) = editor.tabs.get_mut(at) else { return };
        let Some(underway) = tab.saving.take() else { continue };
        match tab.document.end_save(&underway.saving) {
            None => tab.saving = Some(underway),
            Some(Ok(())) => saved(editor, ctx, at, &underway),
            Some(Err(error)) => failed(editor, &error),
        }
    }
}

/// Lets the window close when all is saved that is being saved. Returns whether something is.
pub fn close_afterwards(editor: &mut Editor) -> bool {
    let mut any = false;
    for underway in editor.tabs.iter_mut().filter_map(|tab| tab.saving.as_mut()) {
        (underway.then, any) = (Some(Closes::Window), true);
    }
    any
}

fn saved(editor: &mut Editor, ctx: &Context, at: usize, underway: &Underway) {
    keep_edits_there(editor, at, underway);
    let tab = &editor.tabs[at];
    let (title, is_changed) = (tab.document.title(), tab.document.is_changed());
    if !is_changed {
        tab.recovery.iter().for_each(Recovery::forget);
    }
    editor.say(format!("Saved {title}"));
    match underway.then {
        None => {}
        Some(then) if is_changed => {
            editor.current = at;
            begin(editor, ctx, None, Some(then));
        }
        Some(Closes::Tab) => {
            editor.current = at;
            commands::close_tab(editor);
        }
        Some(Closes::Window) => ctx.send_viewport_cmd(ViewportCommand::Close),
    }
}

/// Keeps the edits to come with the file that the graph belongs to now.
fn keep_edits_there(editor: &mut Editor, at: usize, underway: &Underway) {
    let path = underway.saving.path().to_owned();
    if editor.tabs[at].kept_for.as_ref() == Some(&path) {
        return;
    }
    // What holds the file for this window goes first: it may be the same one.
    if let Some(old) = editor.tabs[at].recovery.take() {
        old.forget();
    }
    let recovery = editor.recovery(Some(&path), &path);
    let tab = &mut editor.tabs[at];
    (tab.recovery, tab.kept_for, tab.told) = (Some(recovery), Some(path.clone()), None);
    editor.recent.opened(&path);
}

fn failed(editor: &mut Editor, error: &SaveError) {
    let text = format!("{error}\nThe file is as it was before. Your edits are still in this window.");
    editor.dialog = Some(Dialog::Message { title: "The graph was not saved".into(), text });
}
