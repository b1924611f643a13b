//! Ports of nodes: colour for the type, shape for how many values, hollow where nothing needs to be wired.

use std::collections::HashMap;

use egui::{Align2, Color32, Painter, Pos2, Shape, Stroke, vec2};
use windlass_core::types::Type;

use super::hit::PortRef;
use super::nodes::text_ui;
use super::scene::{SceneNode, Side, row_middle};
use super::view::{Detail, View};
use crate::face::{ERROR_PORT, Port};
use crate::theme::{NODE_WIDTH, PORT_RADIUS, Theme, font, type_colour};

/// Which ports fit what is dragged, and why the others do not.
#[derive(Default)]
pub struct Compatible {
    /// Side of the ports that are looked for.
    pub side: Option<Side>,
    /// Reasons against ports, by node and port.
    pub against: HashMap<(String, String), String>,
}

impl Compatible {
    /// Returns why a port does not fit.
    pub fn why_not(&self, port: &PortRef) -> Option<&str> {
        if self.side != Some(port.side) {
            return Some("an output goes to an input");
        }
        self.against.get(&(port.node.clone(), port.port.clone())).map(String::as_str)
    }
}

/// What a port looks like.
struct Look {
    colour: Color32,
    many: bool,
    hollow: bool,
}

/// Draws the ports of a node, and their names where they can be read.
pub fn ports_ui(
    painter: &Painter,
    corner: Pos2,
    node: &SceneNode,
    view: &View,
    (theme, compatible): (&Theme, Option<&Compatible>),
) {
    let fits = |side, name: &str| {
        let port = || PortRef { node: node.id.clone(), side, port: name.to_owned() };
        compatible.is_none_or(|compatible| compatible.why_not(&port()).is_none())
    };
    let look = |ty: &Type, many, hollow, fits| {
        let colour = type_colour(ty, theme.look);
        Look { colour: if fits { colour } else { colour.gamma_multiply(0.2) }, many, hollow }
    };
    for (side, ports) in [(Side::Input, &node.face.inputs), (Side::Output, &node.face.outputs)] {
        for (row, port) in ports.iter().enumerate() {
            let fits = fits(side, &port.name);
            let hollow = side == Side::Input && port.optional && !node.face.node().inputs.contains_key(&port.name);
            shape_ui(painter, corner, (node, side, &port.name), view, &look(&port.ty, port.many, hollow, fits));
            if view.detail() == Detail::Full && !node.collapsed {
                label_ui(painter, corner, (side, row, port), view, if fits { theme.text } else { theme.weak });
            }
        }
    }
    for param in node.face.params.iter().filter(|param| param.is_wired || compatible.is_some()) {
        let look = look(&param.spec.ty, false, !param.is_wired, fits(Side::Input, &param.spec.name));
        shape_ui(painter, corner, (node, Side::Input, &param.spec.name), view, &look);
    }
    let hollow = look(&Type::Failure, false, true, fits(Side::Output, ERROR_PORT));
    if !node.collapsed {
        shape_ui(painter, corner, (node, Side::Output, ERROR_PORT), view, &hollow);
    }
}

fn shape_ui(painter: &Painter, corner: Pos2, (node, side, name): (&SceneNode, Side, &str), view: &View, look: &Look) {
    let Some(offset) = node.port_offset(side, name) else { return };
    let centre = corner + offset * view.zoom;
    let small = if name == ERROR_PORT { 0.7 } else { 1.0 };
    let radius = (PORT_RADIUS * view.zoom * small).max(1.5);
    let stroke = Stroke::new((1.6 * view.zoom).max(0.8), look.colour);
    let fill = if look.hollow { Color32::BLACK.gamma_multiply(0.25) } else { look.colour };
    if look.many {
        let reach = radius * 1.25;
        let points = [vec2(0.0, -reach), vec2(reach, 0.0), vec2(0.0, reach), vec2(-reach, 0.0)];
        painter.add(Shape::convex_polygon(points.map(|by| centre + by).to_vec(), fill, stroke));
    } else {
        painter.circle(centre, radius, fill, stroke);
    }
}

fn label_ui(painter: &Painter, corner: Pos2, (side, row, port): (Side, usize, &Port), view: &View, colour: Color32) {
    let y = row_middle(row);
    let font = font(view.font_size(12.0));
    let room = (NODE_WIDTH / 2.0 - 14.0) * view.zoom;
    match side {
        Side::Input => {
            text_ui(painter, corner + vec2(12.0, y) * view.zoom, &port.name, font, colour, room);
        }
        Side::Output => {
            let at = corner + vec2(NODE_WIDTH - 12.0, y) * view.zoom;
            painter.text(at, Align2::RIGHT_CENTER, &port.name, font, colour);
        }
    }
}
