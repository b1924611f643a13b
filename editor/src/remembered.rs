//! What the window remembers of earlier times, per workspace: where the panes are, the look, and of each graph what was looked at.
//! It is worth a file, but never a question: one that cannot be read gives the window as it is at first.

mod file;

use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::{Context, pos2};

use crate::canvas::view::View;
use crate::editor::{Editor, Panel};
use crate::latest::Latest;
use crate::tab::Tab;
use crate::theme::{Look, Theme};
use file::{GraphKept, Kept, MOST_GRAPHS, read, write};

/// How long changes gather before they are written.
const PACE: Duration = Duration::from_millis(1_000);

/// What is remembered, and where.
pub struct Remembered {
    file: PathBuf,
    /// `None` where the file must not be touched, or no thread writes it.
    writer: Option<Latest<(PathBuf, Kept)>>,
    /// Graphs that are not open, the newest first.
    others: Vec<GraphKept>,
    told: Option<Seen>,
    told_at: f64,
}

/// All that is remembered, in a form that is cheap to compare in each frame.
#[derive(Clone, PartialEq)]
struct Seen {
    panes: u64,
    look: Look,
    minimap: Panel,
    tabs: Vec<(u64, Option<View>, u64)>,
}

impl Seen {
    fn of(editor: &Editor) -> Self {
        let tabs = editor.tabs.iter().filter(|tab| tab.path().is_some());
        let tabs = tabs.map(|tab| (tab.number, tab.outlook().0, tab.folds)).collect();
        Self { panes: editor.docked.revision(), look: editor.theme.look, minimap: editor.minimap, tabs }
    }
}

/// Takes over what the window remembers in a file: that of the workspace of a graph, or of the person.
pub fn take_over(editor: &mut Editor, file: PathBuf) {
    // A workspace that nobody has looked at yet begins as the person's last window was.
    let of_person = editor.host.window_file(None);
    let (kept, trouble) = read(if file.exists() { &file } else { &of_person });
    let writer = match &trouble {
        Some(trouble) if trouble.is_newer => None,
        _ => Latest::start("remember", PACE, |(file, kept): (PathBuf, Kept)| write(&file, &kept)).ok(),
    };
    editor.theme = Theme::of(kept.look);
    editor.minimap = if kept.hides_minimap { Panel::Hidden } else { Panel::Shown };
    let fits = kept.panes.is_none_or(|panes| editor.docked.arrange(&panes));
    let trouble = trouble.map(|trouble| trouble.text).or_else(|| (!fits).then(|| file::damaged(&file)));
    if let Some(text) = trouble {
        editor.say(text);
    }
    editor.remembered = Some(Remembered { file, writer, others: kept.graphs, told: None, told_at: 0.0 });
}

/// Takes over what is remembered where nothing of that place was so far: with the first graph that has a file.
pub fn follow_first_graph(editor: &mut Editor, graph: &Path) {
    let file = editor.host.window_file(Some(graph));
    let is_first = editor.tabs.iter().all(|tab| tab.path().is_none());
    if is_first && editor.remembered.as_ref().is_none_or(|remembered| remembered.file != file) {
        take_over(editor, file);
    }
}

/// Shows a graph the way it was looked at last.
pub fn look_again(editor: &mut Editor) {
    let at = editor.current;
    let (Some(remembered), Some(tab)) = (&editor.remembered, editor.tabs.get_mut(at)) else { return };
    let Some(path) = tab.path() else { return };
    let Some(kept) = remembered.others.iter().find(|kept| kept.path == path) else { return };
    tab.collapsed.clone_from(&kept.collapsed);
    tab.folds += 1;
    if let Some([x, y, zoom]) = kept.view.filter(|view| view.iter().all(|number| number.is_finite())) {
        tab.view = View { corner: pos2(x, y), zoom: zoom.clamp(0.02, 3.0) };
        tab.wants_fit = false;
    }
}

/// Hands what has changed to the thread that writes it, at most once a second and never while something is dragged.
pub fn follow(editor: &mut Editor, ctx: &Context) {
    let seen = Seen::of(editor);
    let (now, is_busy) = ctx.input(|input| (input.time, input.pointer.any_down()));
    let Some(remembered) = &mut editor.remembered else { return };
    if remembered.told.as_ref() == Some(&seen) || is_busy {
        return;
    }
    let is_first = remembered.told.is_none();
    let left = PACE.as_secs_f64() - (now - remembered.told_at);
    if left > 0.0 && !is_first {
        return ctx.request_repaint_after(Duration::from_secs_f64(left));
    }
    (remembered.told, remembered.told_at) = (Some(seen), now);
    if !is_first {
        give(editor);
    }
}

/// Remembers what is seen of a tab that is about to close.
pub fn closing(editor: &mut Editor, at: usize) {
    let Some(kept) = editor.tabs.get(at).and_then(graph_kept) else { return };
    if let Some(remembered) = &mut editor.remembered {
        remembered.others.retain(|other| other.path != kept.path);
        remembered.others.insert(0, kept);
    }
}

/// Hands over what has changed since, when the window goes.
pub fn leave(editor: &mut Editor) {
    let seen = Seen::of(editor);
    let told = editor.remembered.as_ref().and_then(|remembered| remembered.told.as_ref());
    if told.is_some_and(|told| *told != seen) {
        give(editor);
    }
}

fn give(editor: &Editor) {
    let open: Vec<_> = editor.tabs.iter().filter_map(graph_kept).collect();
    let Some(remembered) = &editor.remembered else { return };
    let is_open = |path: &Path| open.iter().any(|kept| kept.path == path);
    let others: Vec<_> = remembered.others.iter().filter(|kept| !is_open(&kept.path)).cloned().collect();
    let graphs = open.into_iter().chain(others).take(MOST_GRAPHS).collect();
    let hides_minimap = editor.minimap == Panel::Hidden;
    let kept = Kept::new(editor.theme.look, hides_minimap, editor.docked.describe(), graphs);
    if let Some(writer) = &remembered.writer {
        writer.give((remembered.file.clone(), kept));
    }
}

fn graph_kept(tab: &Tab) -> Option<GraphKept> {
    let (view, collapsed) = tab.outlook();
    let view = view.map(|view| [view.corner.x, view.corner.y, view.zoom]);
    Some(GraphKept { path: tab.path()?.to_owned(), view, collapsed: collapsed.clone() })
}
