//! Ways of wires: points that a wire goes through, where a person has put some.

use egui::{Pos2, Vec2};
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{End, GraphDoc, Reference, Route};

use super::connect::source;
use super::curve::Curve;
use super::hit::{PointRef, WireRef};
use super::scene::{Scene, SceneWire, references};
use crate::action::{Action, Change, Selection};

/// Returns the ends of a wire as a route names them; `None` where the wire is gone.
fn ends(doc: &GraphDoc, wire: &WireRef) -> Option<(End, End)> {
    let Reference::Port { node, port } = source(doc, wire)? else { return None };
    Some((End { node, port }, End { node: wire.node.clone(), port: wire.port.clone() }))
}

/// Returns the routes of a graph that have a wire still.
fn with_wires(doc: &GraphDoc) -> Vec<Route> {
    let has_wire = |route: &&Route| {
        let wire = doc.nodes.get(&route.to.node).and_then(|node| node.inputs.get(&route.to.port));
        let is_it = |reference: &Reference| matches!(reference, Reference::Port { node, port } if *node == route.from.node && *port == route.from.port);
        !route.through.is_empty() && wire.is_some_and(|wire| references(&wire.value).any(is_it))
    };
    doc.layout.routes.iter().filter(has_wire).cloned().collect()
}

/// Returns the edit that gives the points of a wire another form; `None` where the wire is gone.
fn changed(doc: &GraphDoc, wire: &WireRef, change: impl FnOnce(&mut Vec<[f64; 2]>)) -> Option<Edit> {
    let (from, to) = ends(doc, wire)?;
    let mut routes = with_wires(doc);
    let at = routes.iter().position(|route| route.from == from && route.to == to).unwrap_or_else(|| {
        routes.push(Route { from, to, through: Vec::new() });
        routes.len() - 1
    });
    change(&mut routes[at].through);
    routes.retain(|route| !route.through.is_empty());
    Some(Edit::SetRoutes(routes))
}

/// Returns the change that lets a wire go through a point, between those that it goes through already.
pub fn add(doc: &GraphDoc, scene: &Scene, wire: &WireRef, at: Pos2) -> Option<Change> {
    let shown = scene.wires.iter().find(|shown| shown.name(scene) == *wire)?;
    let legs = legs(&way(shown, scene, |_| Vec2::ZERO));
    let nearest = |one: &(usize, f32), other: &(usize, f32)| one.1.total_cmp(&other.1);
    let (index, _) = legs.iter().map(|leg| leg.distance(at)).enumerate().min_by(nearest)?;
    let edit = changed(doc, wire, |through| through.insert(index.min(through.len()), pair(at)))?;
    let select = Selection { point: Some(PointRef { wire: wire.clone(), index }), ..Selection::default() };
    Some(Change { select: Some(select), ..Change::new("add a point to a wire", edit) })
}

/// Returns the change that takes a point away.
pub fn remove(doc: &GraphDoc, point: &PointRef) -> Option<Change> {
    let edit = changed(doc, &point.wire, |through| {
        if point.index < through.len() {
            through.remove(point.index);
        }
    })?;
    Some(Change { select: Some(Selection::default()), ..Change::new("remove a point of a wire", edit) })
}

/// Pushes the change that moves a point.
pub fn moved(doc: &GraphDoc, point: &PointRef, by: Vec2, actions: &mut Vec<Action>) {
    let select = Selection { point: Some(point.clone()), ..Selection::default() };
    let edit = changed(doc, &point.wire, |through| {
        for at in through.iter_mut().skip(point.index).take(1) {
            *at = [(at[0] + f64::from(by.x)).round(), (at[1] + f64::from(by.y)).round()];
        }
    });
    match edit.filter(|_| by.round() != Vec2::ZERO) {
        Some(edit) => {
            actions.push(Action::Change(Change { select: Some(select), ..Change::new("move a point of a wire", edit) }))
        }
        None => actions.push(Action::Select(select)),
    }
}

/// Returns the edit that moves points along with nodes: those of wires of which both ends are moved.
pub fn along(doc: &GraphDoc, is_moved: impl Fn(&str) -> bool, by: Vec2) -> Option<Edit> {
    let is_between = |route: &Route| is_moved(&route.from.node) && is_moved(&route.to.node);
    if !doc.layout.routes.iter().any(is_between) {
        return None;
    }
    let mut routes = with_wires(doc);
    for at in routes.iter_mut().filter(|route| is_between(route)).flat_map(|route| &mut route.through) {
        *at = [(at[0] + f64::from(by.x)).round(), (at[1] + f64::from(by.y)).round()];
    }
    Some(Edit::SetRoutes(routes))
}

/// Returns the edit that takes the points of wires between nodes away; `None` where there are none.
pub fn straightened(doc: &GraphDoc, is_placed: impl Fn(&str) -> bool) -> Option<Edit> {
    let is_between = |route: &Route| is_placed(&route.from.node) && is_placed(&route.to.node);
    let routes = &doc.layout.routes;
    let left = || routes.iter().filter(|route| !is_between(route)).cloned().collect();
    routes.iter().any(is_between).then(|| Edit::SetRoutes(left()))
}

/// Returns the middle of a wire.
pub fn middle(scene: &Scene, wire: &WireRef) -> Option<Pos2> {
    let shown = scene.wires.iter().find(|shown| shown.name(scene) == *wire)?;
    let legs = legs(&way(shown, scene, |_| Vec2::ZERO));
    legs.get(legs.len() / 2).map(|leg| leg.at(if legs.len().is_multiple_of(2) { 0.0 } else { 0.5 }))
}

fn pair(at: Pos2) -> [f64; 2] {
    [f64::from(at.x.round()), f64::from(at.y.round())]
}

/// Returns the points of a wire from end to end; those between move where both ends do.
pub fn way(wire: &SceneWire, scene: &Scene, moved: impl Fn(&super::scene::SceneNode) -> Vec2) -> Vec<Pos2> {
    let by = moved(&scene.nodes[wire.from]);
    let by = if by == moved(&scene.nodes[wire.to]) { by } else { Vec2::ZERO };
    let [from, to] = wire.ends(scene, &moved);
    let between = wire.through.iter().map(|at| *at + by);
    std::iter::once(from).chain(between).chain([to]).collect()
}

/// Returns the curves through some points, which meet without a corner.
pub fn legs(points: &[Pos2]) -> Vec<Curve> {
    if let [from, to] = *points {
        return vec![Curve::between([from, to])];
    }
    let direction = |at: usize| match at {
        0 => Vec2::X,
        at if at + 1 == points.len() => Vec2::X,
        at => (points[at + 1] - points[at - 1]).normalized(),
    };
    let leg = |at: usize| Curve::along([points[at], points[at + 1]], [direction(at), direction(at + 1)]);
    (0..points.len().saturating_sub(1)).map(leg).collect()
}
