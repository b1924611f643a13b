//! Commands about runs of the graph.

use egui::Context;
use windlass_core::permission::Permission;
use windlass_store::runs::Run;
use windlass_store::steering::Ask;

use crate::dialogs::Dialog;
use crate::editor::Editor;
use crate::host::Errand;
use crate::panes::Pane;
use crate::past::steer;
use crate::running::Session;
use crate::running::path::Looked;

pub(super) fn can_run(editor: &Editor) -> bool {
    let tab = editor.tab();
    !tab.scene.nodes.is_empty() && !tab.is_running()
}

pub(super) fn can_run_selected(editor: &Editor) -> bool {
    can_run(editor) && editor.tab().selection.only_node().is_some()
}

pub(super) fn is_running(editor: &Editor) -> bool {
    editor.tab().run.as_ref().is_some_and(Session::is_active)
}

pub(super) fn run(editor: &mut Editor, ctx: &Context) {
    start(editor, ctx, Errand::Whole, Vec::new());
}

pub(super) fn run_selected(editor: &mut Editor, ctx: &Context) {
    // What lies in a body runs as a whole, round by round.
    let tab = editor.tab();
    let until = tab.scope.first().map(String::as_str).or(tab.selection.only_node()).map(str::to_owned);
    start(editor, ctx, until.map_or(Errand::Whole, Errand::Until), Vec::new());
}

/// Starts a run of the graph as it stands in the window. What it names by relative paths needs a place, so that a graph
/// without a file is saved first.
pub(crate) fn start(editor: &mut Editor, ctx: &Context, errand: Errand, granted: Vec<Permission>) {
    let tab = editor.tab();
    let takes_up = matches!(errand, Errand::Resume(_) | Errand::Retry { .. });
    // A run that is taken up knows where its graph lies.
    let Some(path) = tab.path().or_else(|| tab.place().filter(|_| takes_up)).map(ToOwned::to_owned) else {
        editor.say("Save the graph first: its paths are relative to its file");
        return super::perform(editor, ctx, "save-as");
    };
    let text = match tab.document.text() {
        Ok(text) => text.text().to_owned(),
        Err(error) => {
            let title = "The graph does not run".into();
            editor.dialog = Some(Dialog::Message { title, text: error.to_string() });
            return;
        }
    };
    // The graph of a run of the past is not the one of now.
    let text = Some(text).filter(|_| tab.path().is_some());
    let session = Session::start(ctx, editor.host.clone(), (path, text), errand, granted);
    let tab = editor.tab_mut();
    tab.looked = Looked::default();
    tab.run = Some(session);
    tab.look_again();
    editor.docked.show(Pane::Run);
}

pub(super) fn can_resume(editor: &Editor) -> bool {
    editor.tab().run.as_ref().is_some_and(Session::can_resume)
}

pub(super) fn can_retry(editor: &Editor) -> bool {
    editor.tab().run.as_ref().is_some_and(Session::can_retry)
}

pub(super) fn resume(editor: &mut Editor, ctx: &Context) {
    if let Some(run) = editor.tab().run.as_ref().map(|run| run.name().to_owned()) {
        start(editor, ctx, Errand::Resume(run), Vec::new());
    }
}

pub(super) fn retry(editor: &mut Editor, ctx: &Context) {
    if let Some(run) = editor.tab().run.as_ref().map(|run| run.name().to_owned()) {
        start(editor, ctx, Errand::Retry { run, item: None }, Vec::new());
    }
}

/// Runs the failed item again whose way is shown, and what depends on it.
pub(crate) fn run_item_again(editor: &mut Editor, ctx: &Context) {
    let tab = editor.tab();
    let run = tab.run.as_ref().filter(|run| run.can_retry()).map(|run| run.name().to_owned());
    if let Some((run, item)) = run.zip(tab.looked.opened.clone()) {
        start(editor, ctx, Errand::Retry { run, item: Some(item) }, Vec::new());
    }
}

pub(super) fn pause_name(editor: &Editor) -> Option<String> {
    let run = editor.tab().run.as_ref().filter(|run| run.is_active())?;
    run.is_paused().then(|| "Go on".to_owned())
}

pub(super) fn pause(editor: &mut Editor, ctx: &Context) {
    let Some(run) = &editor.tab().run else { return };
    match (run.kept(), run.is_paused()) {
        (Some(kept), is_paused) => ask(editor, ctx, kept, if is_paused { Ask::GoOn } else { Ask::Pause }),
        (None, true) => run.resume(),
        (None, false) => run.pause(),
    }
}

pub(super) fn stop(editor: &mut Editor, ctx: &Context) {
    let Some(run) = &editor.tab().run else { return };
    match run.kept() {
        Some(kept) => ask(editor, ctx, kept, Ask::Stop),
        None => run.stop(),
    }
}

/// Asks something of the process that the run belongs to.
fn ask(editor: &Editor, ctx: &Context, run: &Run, what: Ask) {
    steer::ask(ctx, &editor.host, run, what, &editor.told);
}
