//! Wires: curves where they can be told apart, straight lines where they cannot.

use std::collections::HashMap;

use egui::epaint::PathShape;
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use super::curve::Curve;
use super::hit::{PointRef, WireRef};
use super::live::{Standing, WireLive};
use super::routes::{legs, way};
use super::scene::{Scene, SceneNode, SceneWire};
use super::view::{Detail, View};
use crate::theme::{Theme, type_colour};

/// Points of the thicker part of a wire.
const FILL_POINTS: usize = 32;

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
    /// The point of a wire that is selected.
    pub point: Option<&'a PointRef>,
    /// The point that is being dragged, and how far.
    pub dragged: Option<(&'a PointRef, Vec2)>,
    /// What the run says of each wire, by its place; empty where nothing runs.
    pub live: &'a [Option<WireLive>],
    /// The nodes on the way that is looked at.
    pub lit: Option<&'a HashMap<String, Standing>>,
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
        if !wire.through.is_empty() {
            routed_ui(painter, window, (scene, wire, place), view, (moved, looks));
            continue;
        }
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
    if let Some(stroke) = stroke((scene, wire, place), view, looks) {
        curve_ui(painter, ends, stroke);
        fill_ui(painter, &[Curve::between(ends)], place, stroke, (view, looks));
    }
}

/// Draws a wire that goes through points, and the points.
fn routed_ui(
    painter: &Painter,
    window: Rect,
    (scene, wire, place): (&Scene, &SceneWire, usize),
    view: &View,
    (moved, looks): (&impl Fn(&SceneNode) -> Vec2, &Looks<'_>),
) {
    let Some(mut stroke) = stroke((scene, wire, place), view, looks) else { return };
    let is_at = |point: &PointRef, index: usize| is(&point.wire, scene, wire) && point.index == index;
    let mut points = way(wire, scene, moved);
    if let Some((dragged, by)) = looks.dragged.filter(|(dragged, _)| is(&dragged.wire, scene, wire)) {
        points.iter_mut().skip(dragged.index + 1).take(1).for_each(|at| *at += by);
    }
    if !Rect::from_points(&points).expand(100.0).intersects(view.seen(window)) {
        return;
    }
    if view.detail() == Detail::Box {
        stroke = Stroke::new(1.0, stroke.color.gamma_multiply(0.45));
    }
    let points: Vec<_> = points.into_iter().map(|point| view.to_screen(window, point)).collect();
    for leg in legs(&points) {
        let segments = (leg.bounds().size().length() / 14.0).clamp(6.0, 48.0) as usize;
        painter.add(PathShape::line(leg.points(segments).collect(), stroke));
    }
    if view.detail() == Detail::Box {
        return;
    }
    fill_ui(painter, &legs(&points), place, stroke, (view, looks));
    for (index, at) in points[1..points.len() - 1].iter().enumerate() {
        let is_selected = looks.point.is_some_and(|point| is_at(point, index));
        let colour = if is_selected { looks.theme.accent } else { stroke.color };
        let edge = Stroke::new(1.5, if is_selected { looks.theme.text } else { looks.theme.canvas });
        painter.circle(*at, (5.0 * view.zoom).clamp(3.0, 8.0), colour, edge);
    }
}

fn is(wire: &WireRef, scene: &Scene, shown: &SceneWire) -> bool {
    wire.node == scene.nodes[shown.to].id && wire.port == shown.to_port && wire.position == shown.position
}

/// Returns how a wire is drawn; `None` where it is not.
fn stroke((scene, wire, place): (&Scene, &SceneWire, usize), view: &View, looks: &Looks<'_>) -> Option<Stroke> {
    let is = |other: Option<&WireRef>| other.is_some_and(|other| is(other, scene, wire));
    if is(looks.hidden) {
        return None;
    }
    let mut colour = type_colour(&wire.ty, looks.theme.look);
    let live = looks.live.get(place).and_then(Option::as_ref);
    let mut width = 2.0 * view.zoom.clamp(0.6, 1.4);
    if live.is_some_and(|live| live.holds_back) {
        colour = looks.theme.error;
    }
    if let Some(lit) = looks.lit {
        let is_lit = [wire.from, wire.to].iter().all(|node| lit.contains_key(&scene.nodes[*node].id));
        colour = if is_lit { looks.theme.accent } else { colour.gamma_multiply(0.25) };
        width += if is_lit { 1.0 } else { 0.0 };
    }
    if is(looks.selected) {
        (colour, width) = (looks.theme.accent, width + 1.5);
    } else if is(looks.hovered) {
        width += 1.0;
    }
    Some(Stroke::new(width, colour))
}

/// Draws what waits on a wire as a thicker line that grows from the port it waits for.
fn fill_ui(painter: &Painter, legs: &[Curve], place: usize, stroke: Stroke, (view, looks): (&View, &Looks<'_>)) {
    let live = looks.live.get(place).and_then(Option::as_ref);
    let Some(live) = live.filter(|live| live.fill > 0.0) else { return };
    let all = legs.len() as f32;
    let points = (0..=FILL_POINTS).map(|at| {
        let along = all * (1.0 - live.fill * (1.0 - at as f32 / FILL_POINTS as f32));
        let leg = (along as usize).min(legs.len() - 1);
        legs[leg].at(along - leg as f32)
    });
    let width = stroke.width + 3.5 * view.zoom.clamp(0.6, 1.4);
    painter.add(PathShape::line(points.collect(), Stroke::new(width, stroke.color)));
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
