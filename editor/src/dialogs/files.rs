//! Files that were asked for: which dialog asks, and what becomes of what was chosen.

use std::path::PathBuf;

use egui::{Context, Ui};

use super::{Answer, Chooser, Dialog};
use crate::action::Action;
use crate::editor::{Editor, folder_of};
use crate::host::{Traced, Way};
use crate::past::act;
use crate::picker::{Picked, Purpose, Waiting, Wanted};
use crate::{apply, saving};

/// Asks for files: the desktop where it has a dialog, else the window itself.
pub fn ask(editor: &mut Editor, ctx: &Context, purpose: Purpose) {
    let tab = editor.tab();
    let name = match purpose {
        Purpose::Save => tab.document.file_name(),
        _ => String::new(),
    };
    let wanted = Wanted { purpose, folder: folder_of(tab), name };
    editor.dialog = Some(match editor.picker.clone() {
        Some(picker) => Dialog::Desktop(Waiting::start(picker, wanted, ctx)),
        None => Dialog::Choose(Chooser::new(&wanted)),
    });
}

/// Takes over what was chosen in a dialog of the desktop.
pub fn look(editor: &mut Editor, ctx: &Context) {
    let Some(Dialog::Desktop(waiting)) = &editor.dialog else { return };
    let Some(picked) = waiting.look() else { return };
    let wanted = waiting.wanted.clone();
    editor.dialog = None;
    match picked {
        Picked::Nothing => {}
        Picked::Paths(paths) => picked_by_desktop(editor, ctx, wanted, paths),
        Picked::NotThere => {
            editor.picker = None;
            editor.dialog = Some(Dialog::Choose(Chooser::new(&wanted)));
        }
    }
}

fn picked_by_desktop(editor: &mut Editor, ctx: &Context, wanted: Wanted, mut paths: Vec<PathBuf>) {
    match wanted.purpose {
        Purpose::Open => paths.iter().for_each(|path| editor.open(path)),
        Purpose::AddFiles | Purpose::AddFolder => apply::files::look_at(editor, ctx, paths, None),
        Purpose::Trace => paths.into_iter().for_each(|path| act::trace(editor, ctx, Traced::File(path), Way::Up)),
        Purpose::Save => {
            let Some(mut path) = paths.pop() else { return };
            let has_no_end = path.extension().is_none();
            if has_no_end {
                path.set_extension("yaml");
            }
            if has_no_end && path.exists() {
                // The desktop asked about another name than this one.
                let folder = path.parent().map(Into::into).unwrap_or(wanted.folder);
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                editor.dialog = Some(Dialog::Choose(Chooser::new(&Wanted { folder, name, ..wanted })));
            } else {
                saving::begin(editor, ctx, Some(path), None);
            }
        }
    }
}

/// Says that a dialog of the desktop is open, and offers the way around one that does not show.
pub fn waiting_ui(ui: &mut Ui, waiting: &Waiting, actions: &mut Vec<Action>) {
    ui.heading(waiting.wanted.purpose.title());
    ui.label("Choose it in the dialog of the desktop, which may lie behind this window.");
    super::buttons_ui(ui, &[("Choose it here", Answer::ChooseHere), ("Cancel", Answer::Close)], actions);
}

/// Goes on with the chooser of the window.
pub fn choose_here(editor: &mut Editor, asked: Option<Dialog>) {
    if let Some(Dialog::Desktop(waiting)) = asked {
        editor.dialog = Some(Dialog::Choose(Chooser::new(&waiting.wanted)));
    }
}
