//! What lies under the pointer.

use egui::{Pos2, Rect, Vec2, vec2};
use windlass_core::doc::Layout;

use super::curve::Curve;
use super::routes::{legs, way};
use super::scene::{Scene, SceneNode, Side};
use crate::face::ERROR_PORT;

/// How far from a port it is still hit, in points of the screen.
const PORT_REACH: f32 = 11.0;
/// How far from a wire it is still hit.
const WIRE_REACH: f32 = 6.0;
/// How far from a point of a wire it is still hit.
const POINT_REACH: f32 = 9.0;
/// Height of the title of a frame, in points of the canvas.
pub const FRAME_TITLE: f32 = 28.0;
/// Size of the corner by which a frame is made larger.
pub const FRAME_CORNER: f32 = 18.0;
/// Width of a note, in points of the canvas.
pub const NOTE_WIDTH: f32 = 220.0;

/// A port of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRef {
    /// The node.
    pub node: String,
    /// Which side it is at.
    pub side: Side,
    /// Its name.
    pub port: String,
}

/// A wire into a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireRef {
    /// The node that it feeds.
    pub node: String,
    /// The port or parameter.
    pub port: String,
    /// Its place among the wires of the port.
    pub position: usize,
}

/// A point that a wire goes through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PointRef {
    /// The wire.
    pub wire: WireRef,
    /// Its place among the points of the wire.
    pub index: usize,
}

/// What lies under the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A port.
    Port(PortRef),
    /// A node.
    Node(String),
    /// A wire.
    Wire(WireRef),
    /// A point that a wire goes through.
    Point(PointRef),
    /// The title of a frame.
    Frame(usize),
    /// The corner of a frame.
    FrameCorner(usize),
    /// A note.
    Note(usize),
    /// Nothing.
    Ground,
}

/// Returns what lies at a point of the canvas.
pub fn hit(scene: &Scene, layout: &Layout, at: Pos2, zoom: f32) -> Hit {
    let reach = PORT_REACH / zoom;
    let near = |node: &&SceneNode| node.rect().expand(reach).contains(at);
    for node in scene.nodes.iter().rev().filter(near) {
        if let Some(port) = port_at(node, at, reach) {
            return Hit::Port(port);
        }
        if node.rect().contains(at) {
            return Hit::Node(node.id.clone());
        }
    }
    if let Some(point) = point_at(scene, at, POINT_REACH / zoom) {
        return Hit::Point(point);
    }
    if let Some(wire) = wire_at(scene, at, zoom) {
        return Hit::Wire(wire);
    }
    let note = layout.notes.iter().rposition(|note| note_rect(note.at, &note.text).contains(at));
    note.map_or_else(|| frame_at(scene, layout, at), Hit::Note)
}

/// Returns the port at a point of the canvas, where no node lies over it.
pub fn port_under(scene: &Scene, at: Pos2, zoom: f32) -> Option<PortRef> {
    let reach = PORT_REACH / zoom;
    let mut near = scene.nodes.iter().rev().filter(|node| node.rect().expand(reach).contains(at));
    near.find_map(|node| match port_at(node, at, reach) {
        None if node.rect().contains(at) => Some(None),
        None => None,
        port => Some(port),
    })?
}

/// Returns the port of a node that is nearest to a point, where one is near.
pub fn port_at(node: &SceneNode, at: Pos2, reach: f32) -> Option<PortRef> {
    let face = &node.face;
    let params = face.params.iter().map(|param| (Side::Input, param.spec.name.as_str()));
    let inputs = face.inputs.iter().map(|port| (Side::Input, port.name.as_str())).chain(params);
    let outputs = face.outputs.iter().map(|port| port.name.as_str()).chain([ERROR_PORT]);
    let ports = inputs.chain(outputs.map(|name| (Side::Output, name)));
    let distances = ports.filter_map(|(side, name)| {
        let distance = (node.at + node.port_offset(side, name)? - at).length();
        (distance <= reach).then_some((distance, side, name))
    });
    let (_, side, port) = distances.min_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(PortRef { node: node.id.clone(), side, port: port.to_owned() })
}

/// Returns the wire at a point.
pub fn wire_at(scene: &Scene, at: Pos2, zoom: f32) -> Option<WireRef> {
    let reach = WIRE_REACH / zoom;
    let is_near = |wire: &&super::scene::SceneWire| {
        let is_near = |curve: &Curve| curve.bounds().expand(reach).contains(at) && curve.distance(at) <= reach;
        match wire.through.is_empty() {
            true => is_near(&Curve::between(wire.ends(scene, |_| Vec2::ZERO))),
            false => legs(&way(wire, scene, |_| Vec2::ZERO)).iter().any(is_near),
        }
    };
    let wire = scene.wires.iter().rev().find(is_near)?;
    let node = scene.nodes[wire.to].id.clone();
    Some(WireRef { node, port: wire.to_port.clone(), position: wire.position })
}

/// Returns the point of a wire that is near.
fn point_at(scene: &Scene, at: Pos2, reach: f32) -> Option<PointRef> {
    let wires = scene.wires.iter().rev().filter(|wire| !wire.through.is_empty());
    let mut near = wires.filter_map(|wire| {
        let index = wire.through.iter().position(|point| (*point - at).length() <= reach)?;
        Some(PointRef { wire: wire.name(scene), index })
    });
    near.next()
}

fn frame_at(scene: &Scene, layout: &Layout, at: Pos2) -> Hit {
    for (index, frame) in layout.frames.iter().enumerate().rev() {
        let rect = scene.frame(index, frame_rect(frame.at, frame.size));
        let corner = Rect::from_min_max(rect.max - Vec2::splat(FRAME_CORNER), rect.max);
        if corner.contains(at) {
            return Hit::FrameCorner(index);
        }
        if Rect::from_min_size(rect.min, vec2(rect.width(), FRAME_TITLE)).contains(at) {
            return Hit::Frame(index);
        }
    }
    Hit::Ground
}

/// Returns the place of a frame.
pub fn frame_rect(at: [f64; 2], size: [f64; 2]) -> Rect {
    Rect::from_min_size(point(at), point(size).to_vec2().max(Vec2::ZERO))
}

/// Returns the place of a note, by a guess at how many lines its text takes.
pub fn note_rect(at: [f64; 2], text: &str) -> Rect {
    let lines: usize = text.lines().map(|line| line.chars().count() / 30 + 1).sum();
    Rect::from_min_size(point(at), vec2(NOTE_WIDTH, lines.max(1) as f32 * 18.0 + 16.0))
}

/// How far from the middle anything is drawn, in points of the canvas: beyond it, places run together and sums are no
/// numbers any more.
const FARTHEST: f64 = 1e7;

/// Returns a point of the document as one of the canvas.
pub fn point([x, y]: [f64; 2]) -> Pos2 {
    let near = |number: f64| number.clamp(-FARTHEST, FARTHEST) as f32;
    egui::pos2(near(x), near(y))
}
