//! Wires: curves where they can be told apart, straight lines where they cannot.

use egui::epaint::PathShape;
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use super::curve::Curve;
use super::hit::WireRef;
use super::scene::{Scene, SceneNode, SceneWire};
use super::view::{Detail, View};
use crate::theme::{Theme, type_colour};

/// How wires look beside their type.
pub struct Looks<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// The wire that is selected.
    pub selected: Option<&'a WireRef>,
    /// The wire under the pointer.
    pub hovered: Option<&'a WireRef>,
    /// The wire that is being dragged, which is not drawn.
    pub hidden: Option<&'a WireRef>,
    /// How full each wire is, 0.0 to 1.0, by its place; empty where nothing runs.
    pub fill: &'a [f32],
}

/// Draws all wires that can be seen.
pub fn wires_ui(
    painter: &Painter,
    window: Rect,
    view: &View,
    scene: &Scene,
    moved: &impl Fn(&SceneNode) -> Vec2,
    looks: &Looks<'_>,
) {
    let seen = view.seen(window);
    let mut lines = Mesh::default();
    for (place, wire) in scene.wires.iter().enumerate() {
        let curve = Curve::between(wire.ends(scene, moved));
        if !curve.bounds().intersects(seen) {
            continue;
        }
        let ends = wire.ends(scene, moved).map(|end| view.to_screen(window, end));
        if view.detail() == Detail::Box {
            line(&mut lines, ends, type_colour(&wire.ty, looks.theme.look).gamma_multiply(0.45));
        } else {
            wire_ui(painter, (ends, place), (scene, wire), view, looks);
        }
    }
    painter.add(Shape::mesh(lines));
}

fn wire_ui(
    painter: &Painter,
    (ends, place): ([Pos2; 2], usize),
    (scene, wire): (&Scene, &SceneWire),
    view: &View,
    looks: &Looks<'_>,
) {
    let is = |other: Option<&WireRef>| {
        other.is_some_and(|other| {
            other.node == scene.nodes[wire.to].id && other.port == wire.to_port && other.position == wire.position
        })
    };
    if is(looks.hidden) {
        return;
    }
    let mut colour = type_colour(&wire.ty, looks.theme.look);
    let fill = looks.fill.get(place).copied().unwrap_or(0.0);
    let mut width = (2.0 + 2.5 * fill) * view.zoom.clamp(0.6, 1.4);
    if fill >= 0.99 {
        colour = looks.theme.error;
    }
    if is(looks.selected) {
        (colour, width) = (looks.theme.accent, width + 1.5);
    } else if is(looks.hovered) {
        width += 1.0;
    }
    curve_ui(painter, ends, Stroke::new(width, colour));
}

/// Draws one wire between two places on the screen.
pub fn curve_ui(painter: &Painter, ends: [Pos2; 2], stroke: Stroke) {
    let curve = Curve::between(ends);
    let segments = ((ends[1] - ends[0]).length() / 14.0).clamp(8.0, 48.0) as usize;
    painter.add(PathShape::line(curve.points(segments).collect(), stroke));
}

/// Adds a line of the width of a point.
fn line(mesh: &mut Mesh, [from, to]: [Pos2; 2], colour: Color32) {
    let along = to - from;
    let across = along.rot90() / along.length().max(1.0) * 0.5;
    let first = mesh.vertices.len() as u32;
    for corner in [from + across, from - across, to - across, to + across] {
        mesh.colored_vertex(corner, colour);
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first, first + 2, first + 3);
}
