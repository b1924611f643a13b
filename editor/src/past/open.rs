//! Showing a run of the list on the canvas: on its graph where that is as it was, else on the graph as the journal has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;
use windlass_core::doc::{GraphDoc, Layout};
use windlass_store::Past;
use windlass_store::runs::Run;

use crate::beside::{Beside, Work};
use crate::document::{Document, OpenError};
use crate::editor::Editor;
use crate::host::Host;
use crate::running::Session;

/// A run that is looked up beside the window.
pub struct Opening(Beside<Result<Opened, String>>);

/// A run that was looked up.
pub struct Opened {
    run: Run,
    graph: PathBuf,
    text: Vec<u8>,
    is_as_on_disk: bool,
}

impl Opening {
    /// Looks a run up among those of a graph's workspace.
    pub fn start(ctx: &Context, host: Arc<dyn Host>, beside: Option<PathBuf>, name: String) -> Self {
        Self(Beside::start(ctx, "open-run", move || look_up(&*host, beside.as_deref(), &name)))
    }

    /// Returns what was found, once it was.
    pub fn found(&self) -> Option<Result<Opened, String>> {
        match self.0.look() {
            Work::GoesOn => None,
            Work::Done(found) => Some(found),
            Work::Lost => Some(Err("the run could not be looked up".into())),
        }
    }
}

fn look_up(host: &dyn Host, beside: Option<&Path>, name: &str) -> Result<Opened, String> {
    let run = host.runs(beside)?.named(name).ok_or("there is no workspace any more")?;
    let past = Past::of_graph(&run).map_err(|error| format!("the journal of the run cannot be read: {error}"))?;
    let began = past.began().ok_or("the journal does not say any more what the run is")?;
    let graph = began.graph.clone();
    let below = graph.parent().and_then(|folder| graph.strip_prefix(folder).ok()).unwrap_or(&graph);
    let text = past.files().get(below).or_else(|| past.files().get(&graph)).cloned();
    let text = text.ok_or("the journal does not have the graph")?;
    let is_as_on_disk = host.load(&graph).is_ok_and(|now| is_alike(&now, &text, &graph));
    Ok(Opened { run, graph, text, is_as_on_disk })
}

fn is_alike(now: &[u8], then: &[u8], graph: &Path) -> bool {
    let read = |bytes| Document::of_bytes(bytes, graph).ok();
    read(now).zip(read(then)).is_some_and(|(now, then)| computes_the_same(now.doc(), then.doc()))
}

/// Returns whether two graphs differ in nothing but their looks.
fn computes_the_same(one: &GraphDoc, other: &GraphDoc) -> bool {
    let bare = |doc: &GraphDoc| GraphDoc { layout: Layout::default(), ..doc.clone() };
    bare(one) == bare(other)
}

/// Shows a run that was looked up.
pub fn show(editor: &mut Editor, ctx: &Context, opened: Opened) {
    let Opened { run, graph, text, is_as_on_disk } = opened;
    if let Some(ours) = editor.tabs.iter().position(|tab| is_there(tab, &run.name)) {
        editor.current = ours;
        return;
    }
    let then = match Document::of_run(&text, &graph, &run.name) {
        Ok(then) => then,
        Err(OpenError::Broken(_) | OpenError::Unreadable(..)) => {
            return editor.say(format!("The graph of the run {} is none that this program can show", run.name));
        }
    };
    let place = graph.clone();
    let open = editor.tabs.iter().position(|tab| tab.path() == Some(&graph));
    match open {
        Some(at) if fits(&editor.tabs[at], &then) => editor.current = at,
        None if is_as_on_disk => editor.open(&graph),
        _ => editor.add_tab(then),
    }
    let session = Session::of_journal(ctx, editor.host.clone(), run, place);
    let tab = editor.tab_mut();
    tab.run = Some(session);
    tab.live = Default::default();
    editor.show_run_panel();
}

/// Returns whether a tab shows this run already, as one of its own that goes on or by its journal.
fn is_there(tab: &crate::tab::Tab, name: &str) -> bool {
    let shows = |run: &Session| run.name() == name && (!run.is_ours() || run.is_active());
    tab.run.as_ref().is_some_and(shows)
}

/// Returns whether the graph of a tab is the one of a run, and no run of the window would be lost from sight.
fn fits(tab: &crate::tab::Tab, then: &Document) -> bool {
    !tab.is_running() && computes_the_same(tab.document.doc(), then.doc())
}
