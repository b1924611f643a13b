//! Shortcuts: the keys of the table, where nobody types text.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use super::{ALL, Command};
use crate::action::Action;
use crate::editor::Editor;

/// Keys that end what lies above the window.
const ENDS: [Key; 1] = [Key::Escape];

/// Takes the shortcuts that were pressed.
pub fn pressed(ctx: &Context, editor: &Editor, actions: &mut Vec<Action>) {
    if editor.dialog.is_some() || editor.overlay.is_some() {
        if ENDS.iter().any(|key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, *key))) {
            actions.push(Action::CloseOverlay);
        }
        return;
    }
    if editor.start.is_some() && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        actions.push(Action::CloseOverlay);
    }
    let types = ctx.text_edit_focused();
    for event in ctx.input(|input| input.events.clone()) {
        let by_event = match event {
            Event::Copy if !types => "copy",
            Event::Cut if !types => "cut",
            Event::Paste(text) if !types => {
                actions.push(Action::Paste(text));
                continue;
            }
            _ => continue,
        };
        actions.push(Action::Command(by_event));
    }
    // Longer shortcuts first: `Ctrl-Shift-Z` is no `Ctrl-Z`.
    let mut all: Vec<&Command> = ALL.iter().filter(|command| command.keys.is_some() && (command.can)(editor)).collect();
    all.sort_by_key(|command| std::cmp::Reverse(weight(command)));
    for command in all {
        let Some(keys) = command.keys.filter(|_| command.is_possible(editor) || editor.start.is_none()) else {
            continue;
        };
        if (types && is_for_text(&keys)) || is_clipboard(command.id) {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&keys)) {
            actions.push(Action::Command(command.id));
        }
    }
    if !types && ctx.input_mut(|input| input.consume_key(Modifiers::ALT, Key::ArrowLeft)) {
        actions.push(Action::Command("leave"));
    }
}

/// These come as events of their own, with the content of the clipboard.
fn is_clipboard(id: &str) -> bool {
    matches!(id, "copy" | "cut" | "paste")
}

/// Returns whether who types means these keys for the text.
fn is_for_text(keys: &KeyboardShortcut) -> bool {
    let edits = [Key::A, Key::Z, Key::Y, Key::ArrowLeft, Key::ArrowRight];
    let is_function = format!("{:?}", keys.logical_key).strip_prefix('F').is_some_and(|rest| !rest.is_empty());
    (!keys.modifiers.command && !is_function) || edits.contains(&keys.logical_key)
}

fn weight(command: &Command) -> u32 {
    command.keys.map_or(0, |keys| u32::from(keys.modifiers.shift) + u32::from(keys.modifiers.command))
}
