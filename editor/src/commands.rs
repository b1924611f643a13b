//! The table of commands: menu, shortcuts, command palette and help are made from it. One line here, one function in a
//! file below, one test.

mod arrange;
mod edit;
mod file;
mod group;
pub mod keys;
mod nodes;
mod past;
mod run;
mod scope;
mod view;

use egui::{Context, Key, KeyboardShortcut, Modifiers};

pub(crate) use edit::paste_text as paste;
pub(crate) use file::{close_tab, new_from};
pub(crate) use group::group_as;
pub(crate) use run::{run_item_again, start};
pub(crate) use scope::{enter_node, show as show_scope};

use crate::editor::Editor;
use crate::panes::Pane;

/// A command.
pub struct Command {
    /// Its name for the program, and for tests.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The menu that it stands in.
    pub menu: Menu,
    /// Its shortcut.
    pub keys: Option<KeyboardShortcut>,
    /// Whether it can be performed now.
    pub can: fn(&Editor) -> bool,
    /// Performs it.
    pub act: fn(&mut Editor, &Context),
    /// Returns a name that says more, where there is one: `Undo move 3 nodes`.
    pub now: fn(&Editor) -> Option<String>,
}

/// A menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Graph files.
    File,
    /// Changes of the graph.
    Edit,
    /// Changes of nodes.
    Node,
    /// Runs of the graph.
    Run,
    /// What is seen.
    View,
    /// Help.
    Help,
}

impl Menu {
    /// All menus, from left to right.
    pub const ALL: [Self; 6] = [Self::File, Self::Edit, Self::Node, Self::Run, Self::View, Self::Help];

    /// Returns its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Node => "Node",
            Self::Run => "Run",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

type Can = fn(&Editor) -> bool;
type Act = fn(&mut Editor, &Context);

const fn line(
    id: &'static str,
    title: &'static str,
    menu: Menu,
    keys: Option<KeyboardShortcut>,
    can: Can,
    act: Act,
) -> Command {
    Command { id, title, menu, keys, can, act, now: |_| None }
}

impl Command {
    const fn saying(mut self, now: fn(&Editor) -> Option<String>) -> Self {
        self.now = now;
        self
    }

    /// Returns whether it can be performed now. While the start page covers the graph, nothing is done to it.
    pub fn is_possible(&self, editor: &Editor) -> bool {
        (editor.start.is_none() || ON_START_PAGE.contains(&self.id)) && (self.can)(editor)
    }

    /// Returns its name as it is now.
    pub fn name(&self, editor: &Editor) -> String {
        (self.now)(editor).unwrap_or_else(|| self.title.to_owned())
    }
}

fn always(_: &Editor) -> bool {
    true
}

fn has_nodes(editor: &Editor) -> bool {
    !editor.tab().scene.nodes.is_empty()
}

fn has_selected_nodes(editor: &Editor) -> bool {
    !editor.tab().selection.nodes.is_empty()
}

/// Shows a pane, or takes it away.
macro_rules! pane {
    ($id:literal, $title:literal, $keys:expr, $pane:expr) => {
        line($id, $title, Menu::View, $keys, always, |editor, _| editor.docked.toggle($pane))
            .saying(|editor| view::pane_name(editor, $pane))
    };
}

use Menu::{Edit, File, Help, Node, Run, View};

/// All commands, in the order of the menus.
pub const ALL: &[Command] = &[
    line("new", "New graph", File, key(CTRL, Key::N), always, file::new),
    line("open", "Open…", File, key(CTRL, Key::O), always, file::open),
    line("start-page", "Start page", File, key(CTRL, Key::Home), always, file::start_page),
    line("save", "Save", File, key(CTRL, Key::S), always, file::save),
    line("save-as", "Save as…", File, key(CTRL_SHIFT, Key::S), always, file::save_as),
    line("close", "Close graph", File, key(CTRL, Key::W), always, file::close),
    line("quit", "Quit", File, key(CTRL, Key::Q), always, file::quit),
    line("undo", "Undo", Edit, key(CTRL, Key::Z), edit::can_undo, edit::undo).saying(edit::undo_name),
    line("redo", "Redo", Edit, key(CTRL_SHIFT, Key::Z), edit::can_redo, edit::redo).saying(edit::redo_name),
    line("cut", "Cut", Edit, key(CTRL, Key::X), has_selected_nodes, edit::cut),
    line("copy", "Copy", Edit, key(CTRL, Key::C), has_selected_nodes, edit::copy),
    line("paste", "Paste", Edit, key(CTRL, Key::V), always, edit::paste),
    line("paste-wired", "Paste with wires", Edit, key(CTRL_SHIFT, Key::V), always, edit::paste_wired),
    line("duplicate", "Duplicate", Edit, key(CTRL, Key::D), has_selected_nodes, edit::duplicate),
    line(
        "duplicate-wired",
        "Duplicate with wires",
        Edit,
        key(CTRL_SHIFT, Key::D),
        has_selected_nodes,
        edit::duplicate_wired,
    ),
    line("delete", "Delete", Edit, key(NONE, Key::Delete), edit::can_delete, edit::delete),
    line("select-all", "Select all", Edit, key(CTRL, Key::A), has_nodes, edit::select_all),
    line("select-none", "Select nothing", Edit, key(CTRL_SHIFT, Key::A), edit::has_selection, edit::select_none),
    line("find", "Find in graph…", Edit, key(CTRL, Key::F), has_nodes, view::find),
    line("add", "Add node…", Node, key(NONE, Key::Tab), always, nodes::add).saying(nodes::add_name),
    line("add-files", "Add files…", Node, key(CTRL_SHIFT, Key::O), always, file::add_files),
    line("add-folder", "Add folder…", Node, key(CTRL_SHIFT, Key::E), always, file::add_folder),
    line("rename", "Rename…", Node, key(NONE, Key::F2), nodes::can_rename, nodes::rename),
    line("retitle", "Set title…", Node, key(SHIFT, Key::F2), nodes::has_one, nodes::retitle),
    line("bypass", "Bypass", Node, key(CTRL, Key::B), has_selected_nodes, nodes::bypass),
    line("mute", "Mute", Node, key(NONE, Key::M), has_selected_nodes, nodes::mute),
    line("collapse", "Collapse", Node, key(NONE, Key::H), has_selected_nodes, nodes::collapse),
    line("replace", "Replace by another kind…", Node, key(NONE, Key::R), nodes::has_one, nodes::replace),
    line("disconnect", "Disconnect", Node, key(CTRL_SHIFT, Key::K), has_selected_nodes, nodes::disconnect),
    line("reroute", "Add a point to the wire", Node, key(SHIFT, Key::R), nodes::has_wire, nodes::reroute),
    line("frame", "Frame selected nodes", Node, key(CTRL, Key::G), has_selected_nodes, arrange::frame),
    line("note", "Add note…", Node, key(SHIFT, Key::N), always, arrange::note),
    line("arrange", "Arrange in layers", Node, key(NONE, Key::L), has_nodes, arrange::layers),
    line("align-left", "Align left edges", Node, key(SHIFT, Key::ArrowLeft), arrange::has_several, arrange::left),
    line("align-top", "Align top edges", Node, key(SHIFT, Key::ArrowUp), arrange::has_several, arrange::top),
    line("distribute", "Distribute downwards", Node, key(SHIFT, Key::ArrowDown), arrange::has_several, arrange::down),
    line("snap", "Snap to grid", Node, key(SHIFT, Key::G), has_nodes, arrange::snap),
    line("group", "Group into a graph…", Node, key(CTRL_SHIFT, Key::G), has_selected_nodes, group::group),
    line("ungroup", "Ungroup", Node, key(CTRL_SHIFT, Key::U), group::can_ungroup, group::ungroup),
    line("enter", "Open what is inside", Node, key(NONE, Key::Enter), scope::can_enter, scope::enter),
    line("leave", "Up to the graph around", Node, key(NONE, Key::Backspace), scope::can_leave, scope::leave),
    line("run", "Run", Run, key(NONE, Key::F5), run::can_run, run::run),
    line("run-selected", "Run selected node", Run, key(CTRL, Key::F5), run::can_run_selected, run::run_selected),
    line("pause", "Pause", Run, key(NONE, Key::F9), run::is_running, run::pause).saying(run::pause_name),
    line("stop", "Stop", Run, key(SHIFT, Key::F5), run::is_running, run::stop),
    line("resume", "Resume", Run, key(SHIFT, Key::F9), run::can_resume, run::resume),
    line("retry", "Run failed items again", Run, key(CTRL_SHIFT, Key::F5), run::can_retry, run::retry),
    line("open-run", "Show the chosen run", Run, key(SHIFT, Key::F4), past::has_one, past::open),
    line("compare-runs", "Compare the chosen run", Run, key(CTRL, Key::F4), past::can_compare, past::compare),
    line("trace-item", "Where the item comes from", Run, key(SHIFT, Key::W), past::can_trace, past::trace),
    line("trace-file", "Where a file comes from…", Run, key(CTRL_SHIFT, Key::W), always, past::trace_file),
    line("play-run", "Play the run", Run, key(NONE, Key::P), past::can_scrub, past::play).saying(past::play_name),
    line("run-earlier", "A moment earlier", Run, key(NONE, Key::Comma), past::can_scrub, past::earlier),
    line("run-later", "A moment later", Run, key(NONE, Key::Period), past::can_scrub, past::later),
    line("run-start", "To the start of the run", Run, key(NONE, Key::Home), past::can_scrub, past::start),
    line("run-end", "To the end of the run", Run, key(NONE, Key::End), past::can_scrub, past::end),
    line("fit", "Fit graph", View, key(NONE, Key::F), has_nodes, view::fit),
    line("fit-selection", "Fit selection", View, key(SHIFT, Key::F), has_selected_nodes, view::fit_selection),
    line("zoom-in", "Zoom in", View, key(CTRL, Key::Plus), always, view::zoom_in),
    line("zoom-out", "Zoom out", View, key(CTRL, Key::Minus), always, view::zoom_out),
    line("zoom-100", "Actual size", View, key(CTRL, Key::Num0), always, view::actual_size),
    pane!("palette-panel", "Show palette", key(NONE, Key::F6), Pane::Palette),
    pane!("inspector-panel", "Show inspector", key(NONE, Key::F7), Pane::Inspector),
    pane!("problems-panel", "Show problems", key(NONE, Key::F8), Pane::Problems),
    pane!("run-panel", "Show run", key(NONE, Key::F10), Pane::Run),
    pane!("items-panel", "Show items", key(SHIFT, Key::F3), Pane::Items),
    pane!("logs-panel", "Show log", key(SHIFT, Key::F8), Pane::Logs),
    pane!("devices-panel", "Show devices", key(SHIFT, Key::F10), Pane::Devices),
    pane!("services-panel", "Show services", key(SHIFT, Key::F6), Pane::Services),
    pane!("preview-panel", "Show preview", key(NONE, Key::F3), Pane::Preview),
    line("previews", "Show values on nodes", View, key(NONE, Key::V), always, view::previews),
    pane!("runs-panel", "Show runs", key(NONE, Key::F4), Pane::Runs),
    pane!("compare-panel", "Show comparison", key(SHIFT, Key::F7), Pane::Compare),
    pane!("lineage-panel", "Show lineage", key(CTRL, Key::F7), Pane::Lineage),
    line("reset-layout", "Reset layout", View, None, always, view::reset_layout),
    line("minimap", "Show minimap", View, key(CTRL_SHIFT, Key::M), always, view::minimap),
    line("theme", "Light or dark", View, key(CTRL_SHIFT, Key::L), always, view::theme),
    line("next-tab", "Next graph", View, key(CTRL, Key::Tab), view::has_tabs, view::next_tab),
    line("commands", "All commands…", Help, key(CTRL_SHIFT, Key::P), always, view::commands),
    line("help", "Keys and gestures", Help, key(NONE, Key::F1), always, view::help),
];

/// Returns a command.
pub fn find(id: &str) -> Option<&'static Command> {
    ALL.iter().find(|command| command.id == id)
}

/// What can be done on the start page.
const ON_START_PAGE: [&str; 7] = ["new", "open", "start-page", "quit", "theme", "commands", "help"];

/// Performs a command, where that can be done now.
pub fn perform(editor: &mut Editor, ctx: &Context, id: &str) {
    if let Some(command) = find(id).filter(|command| command.is_possible(editor)) {
        (command.act)(editor, ctx);
    }
}

/// Returns `1 node`, `3 nodes`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
