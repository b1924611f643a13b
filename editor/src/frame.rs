//! One frame of the window: bars at the top and bottom, and between them the canvas with panes around it.

mod dropped;
mod menu;
mod status;

pub use dropped::hovering_ui;

use egui::{CentralPanel, Frame, Margin, Panel as Side, Ui};

use crate::action::Action;
use crate::canvas::view::View;
use crate::canvas::{self, MenuLine, canvas_ui};
use crate::commands::{ALL, Command, Menu};
use crate::docked::docked_ui;
use crate::editor::Editor;
use crate::panels;
use crate::start::start_ui;
use crate::tab::Tab;

/// Draws the window.
pub fn frame_ui(ui: &mut Ui, editor: &mut Editor, actions: &mut Vec<Action>) {
    let panel = Frame::new().fill(editor.theme.panel).inner_margin(Margin::symmetric(8, 6));
    Side::top("menu").frame(panel).show(ui, |ui| menu::menu_ui(ui, editor, actions));
    Side::bottom("status").frame(panel).show(ui, |ui| status::status_ui(ui, editor, actions));
    CentralPanel::no_frame().show(ui, |ui| match editor.start.take() {
        Some(mut start) => {
            start_ui(ui, &mut start, &editor.theme, actions);
            editor.start = Some(start);
        }
        None => docked_ui(ui, editor, actions),
    });
}

/// Draws the graph.
pub fn canvas_pane_ui(ui: &mut Ui, editor: &mut Editor, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    panels::breadcrumb_ui(ui, editor, actions);
    let (theme, minimap) = (editor.theme.clone(), editor.minimap);
    let menu = menu_lines(editor);
    let tab = &mut editor.tabs[editor.current];
    let window = ui.available_rect_before_wrap();
    if tab.wants_fit && window.width() > 1.0 {
        tab.wants_fit = false;
        let frames = tab.doc().layout.frames.iter().map(|frame| canvas::hit::frame_rect(frame.at, frame.size));
        let all = tab.scene.bounds(tab.scene.nodes.iter()).into_iter().chain(frames).reduce(egui::Rect::union);
        tab.view = all.map_or_else(View::default, |all| View::fitted(window, all));
    }
    let mut gesture = std::mem::take(&mut tab.gesture);
    let prefix = tab.prefix();
    let shown = canvas::Shown {
        doc: tab.doc(),
        scene: &tab.scene,
        view: tab.view,
        selection: &tab.selection,
        problems: &tab.worst,
        together: &tab.checked.together,
        prefix: &prefix,
        live: &tab.live,
        theme: &theme,
        minimap,
        menu: &menu,
    };
    tab.window = canvas_ui(ui, &shown, &mut gesture, actions);
    tab.gesture = gesture;
    if tab.scene.nodes.is_empty() {
        empty_ui(ui, tab, actions);
    }
}

/// Returns what the menu under the pointer offers: what is done with nodes.
fn menu_lines(editor: &Editor) -> Vec<MenuLine> {
    let edits = ["cut", "copy", "paste", "duplicate", "delete", "run-selected"];
    let offered = ALL.iter().filter(|command| edits.contains(&command.id) || command.menu == Menu::Node);
    let line = |command: &Command| MenuLine {
        id: command.id,
        name: command.name(editor),
        is_possible: command.is_possible(editor),
    };
    offered.map(line).collect()
}

/// Says how to begin, where there is nothing yet.
fn empty_ui(ui: &mut Ui, tab: &Tab, actions: &mut Vec<Action>) {
    let size = egui::vec2(320.0, 150.0);
    let rect = egui::Rect::from_center_size(tab.window.center(), size);
    let (title, lines): (_, &[_]) = match tab.scope.is_empty() {
        true => ("An empty graph", &[("Add node…", "add"), ("Open a graph…", "open")]),
        false => ("An empty body", &[("Add node…", "add"), ("Up to the graph around", "leave")]),
    };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.vertical_centered(|ui| {
            ui.heading(title);
            ui.weak("Press Tab or double-click to add a node.");
            ui.add_space(8.0);
            for (text, id) in lines {
                if ui.button(*text).clicked() {
                    actions.push(Action::Command(id));
                }
            }
        });
    });
}
