//! The canvas: draws the part of a graph that is seen, and turns what the pointer does into actions.
//!
//! What is out of view is not laid out, what is too small to read is a box, what did not change is not made again.

mod body;
pub mod connect;
mod curve;
mod flow;
mod gestures;
mod ground;
pub mod hit;
pub mod live;
mod loose;
mod minimap;
mod navigate;
mod nodes;
mod ports;
mod previews;
pub mod routes;
mod said;
pub mod scene;
mod tags;
mod together;
pub mod view;
mod wires;

use std::collections::HashMap;

use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo};
use windlass_core::doc::GraphDoc;
use windlass_core::problem::Severity;

pub use gestures::Gesture;
use live::Live;
pub(crate) use nodes::text_ui;
pub(crate) use previews::height as preview_height;
use scene::{Scene, SceneNode};
use view::View;

use crate::action::{Action, Selection};
use crate::checks::Together;
use crate::editor::Panel;
use crate::theme::Theme;

/// What the canvas shows.
pub struct Shown<'a> {
    /// The document.
    pub doc: &'a GraphDoc,
    /// The document as the canvas shows it.
    pub scene: &'a Scene,
    /// The part that is seen.
    pub view: View,
    /// What is selected.
    pub selection: &'a Selection,
    /// The worst problem of each node.
    pub problems: &'a HashMap<String, Severity>,
    /// Nodes that run as one step.
    pub together: &'a [Together],
    /// What stands before the ids of nodes in their names among all of the graph.
    pub prefix: &'a str,
    /// What the run says.
    pub live: &'a Live,
    /// The colours.
    pub theme: &'a Theme,
    /// Whether the whole graph is shown in a corner.
    pub minimap: Panel,
    /// What the menu under the pointer offers.
    pub menu: &'a [MenuLine],
}

/// A line of the menu under the pointer.
pub struct MenuLine {
    /// The command.
    pub id: &'static str,
    /// Its name as it is now.
    pub name: String,
    /// Whether it can be performed now.
    pub is_possible: bool,
}

/// Draws the canvas in all the room there is; returns that room.
pub fn canvas_ui(ui: &mut Ui, shown: &Shown<'_>, gesture: &mut Gesture, actions: &mut Vec<Action>) -> Rect {
    let window = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(window, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Canvas"));
    if !shown.scene.nodes.is_empty() {
        navigate::navigate(ui, &response, shown.view, gesture, actions);
    }
    gestures::follow(ui, &response, shown, gesture, actions);
    draw(ui, window, shown, (gesture, &response), actions);
    said::said_ui(&response, shown, gesture);
    response.context_menu(|ui| menu_ui(ui, shown.menu, actions));
    window
}

fn menu_ui(ui: &mut Ui, lines: &[MenuLine], actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    for line in lines {
        if ui.add_enabled(line.is_possible, egui::Button::new(&line.name)).clicked() {
            actions.push(Action::Command(line.id));
            ui.close();
        }
    }
}

fn draw(
    ui: &mut Ui,
    window: Rect,
    shown: &Shown<'_>,
    (gesture, response): (&Gesture, &Response),
    actions: &mut Vec<Action>,
) {
    let mut inner = ui.new_child(egui::UiBuilder::new().id_salt("canvas").max_rect(window));
    inner.set_clip_rect(window.intersect(ui.clip_rect()));
    let painter = inner.painter().clone();
    let (view, theme, scene) = (&shown.view, shown.theme, shown.scene);
    let moved = |node: &SceneNode| gesture.moves(&node.id, shown);
    ground::grid_ui(&painter, window, view, theme);
    together::together_ui(&painter, window, shown, moved);
    let dragged = gesture.dragged();
    ground::behind_ui(&painter, window, (view, theme), (&shown.doc.layout, shown.scene), (shown.selection, &dragged));
    let hovered = gesture.hovered_wire();
    let looks = wires::Looks {
        theme,
        selected: shown.selection.wire.as_ref(),
        hovered,
        hidden: gesture.picked_up(),
        point: shown.selection.point.as_ref(),
        dragged: gesture.dragged_point(),
        live: &shown.live.wires,
        lit: shown.live.lit.as_ref(),
    };
    wires::wires_ui(&painter, window, view, scene, &moved, &looks);
    flow::flow_ui(&painter, window, (view, theme), scene, (&moved, &looks));
    tags::tags_ui(&painter, window, (view, theme), scene, &moved);
    let looks = nodes::Looks {
        theme,
        selection: shown.selection,
        problems: shown.problems,
        compatible: gesture.compatible(),
        live: shown.live,
    };
    nodes::nodes_ui(&mut inner, window, view, scene, &moved, (&looks, actions));
    loose::loose_ui(&mut inner, window, shown, gesture, response);
    if shown.minimap == Panel::Shown {
        minimap::minimap_ui(&mut inner, window, shown, actions);
    }
}
