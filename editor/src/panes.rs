//! What can be docked around the canvas: a line of the enum, a line of the table, and a command that shows it.

use egui::Ui;
use egui_material_icons::icons;

use crate::action::Action;
use crate::editor::Editor;
use crate::panels;

/// Something that has a place in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The graph; it is always there.
    Canvas,
    /// The kinds of nodes.
    Palette,
    /// All about what is selected.
    Inspector,
    /// What is wrong with the graph.
    Problems,
    /// How the run stands.
    Run,
    /// The items of what is selected.
    Items,
    /// The log of the run.
    Logs,
    /// What the run uses of the machine.
    Devices,
    /// The services that nodes use.
    Services,
    /// The newest value of the selected node.
    Preview,
    /// The runs of the workspace.
    Runs,
    /// How two runs differ.
    Compare,
    /// What something was made of, or what became of it.
    Lineage,
}

/// Where a pane is as long as nobody has moved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// Below the canvas.
    Bottom,
}

/// What is known of a pane.
pub struct Panel {
    /// The pane.
    pub pane: Pane,
    /// Its name in files.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Where it is as long as nobody has moved it; in the order of the table, the first is in front.
    pub place: Place,
    /// Draws it.
    pub ui: fn(&mut Ui, &Editor, &mut Vec<Action>),
}

const fn panel(
    pane: Pane,
    (name, title): (&'static str, &'static str),
    icon: &'static str,
    place: Place,
    ui: fn(&mut Ui, &Editor, &mut Vec<Action>),
) -> Panel {
    Panel { pane, name, title, icon, place, ui }
}

/// The name of the canvas in files.
const CANVAS: &str = "canvas";

use Place::{Bottom, Left, Right};

/// All panes but the canvas.
pub const PANELS: &[Panel] = &[
    panel(Pane::Palette, ("palette", "Palette"), icons::ICON_WIDGETS.codepoint, Left, panels::palette_ui),
    panel(Pane::Inspector, ("inspector", "Inspector"), icons::ICON_TUNE.codepoint, Right, panels::inspector_ui),
    panel(Pane::Problems, ("problems", "Problems"), icons::ICON_ERROR.codepoint, Bottom, panels::problems_ui),
    panel(Pane::Run, ("run", "Run"), icons::ICON_PLAY_ARROW.codepoint, Bottom, panels::run_ui),
    panel(Pane::Items, ("items", "Items"), icons::ICON_LIST.codepoint, Bottom, panels::items_ui),
    panel(Pane::Logs, ("logs", "Log"), icons::ICON_SUBJECT.codepoint, Bottom, panels::logs_ui),
    panel(Pane::Devices, ("devices", "Devices"), icons::ICON_MEMORY.codepoint, Bottom, panels::devices_ui),
    panel(Pane::Services, ("services", "Services"), icons::ICON_DNS.codepoint, Bottom, panels::services_ui),
    panel(Pane::Preview, ("preview", "Preview"), icons::ICON_IMAGE.codepoint, Right, panels::preview_ui),
    panel(Pane::Runs, ("runs", "Runs"), icons::ICON_HISTORY.codepoint, Bottom, panels::runs_ui),
    panel(Pane::Compare, ("compare", "Compare"), icons::ICON_DIFFERENCE.codepoint, Bottom, panels::compare_ui),
    panel(Pane::Lineage, ("lineage", "Lineage"), icons::ICON_FAMILY_HISTORY.codepoint, Bottom, panels::lineage_ui),
];

impl Pane {
    /// Returns what is known of it; `None` for the canvas.
    pub fn panel(self) -> Option<&'static Panel> {
        PANELS.iter().find(|panel| panel.pane == self)
    }

    /// Returns the pane of a name in a file.
    pub fn named(name: &str) -> Option<Self> {
        let panel = PANELS.iter().find(|panel| panel.name == name).map(|panel| panel.pane);
        panel.or_else(|| (name == CANVAS).then_some(Self::Canvas))
    }

    /// Returns its name in files.
    pub fn name(self) -> &'static str {
        self.panel().map_or(CANVAS, |panel| panel.name)
    }

    /// Returns its name for people.
    pub fn title(self) -> &'static str {
        self.panel().map_or("Graph", |panel| panel.title)
    }

    /// Returns its icon.
    pub fn icon(self) -> &'static str {
        self.panel().map_or(icons::ICON_ACCOUNT_TREE.codepoint, |panel| panel.icon)
    }
}
