//! What the pointer does on the canvas: selecting, moving, wiring. Ends in actions; until then only the gesture changes.

mod ends;

use egui::{Key, Modifiers, PointerButton, Pos2, Response, Ui, Vec2};
use windlass_core::types::Type;

use super::Shown;
use super::connect::{compatible, first_fit, source};
use super::ground::Dragged;
use super::hit::{Hit, PointRef, PortRef, WireRef, frame_rect, hit};
use super::ports::Compatible;
use super::routes;
use super::scene::{Side, output_type};
use crate::action::{Action, PaletteAt, Selection};
use windlass_core::doc::Reference;

/// What the pointer is about.
#[derive(Default)]
pub enum Gesture {
    /// Nothing; the wire under the pointer is known.
    #[default]
    Idle,
    /// It hovers over a wire.
    OverWire(WireRef),
    /// It moves what is selected.
    Move(Vec2),
    /// It moves a frame with what lies in it.
    Frame(usize, Vec2),
    /// It makes a frame larger.
    Grow(usize, Vec2),
    /// It moves a note.
    Note(usize, Vec2),
    /// It moves a point of a wire.
    Point(PointRef, Vec2),
    /// It draws a box around what is to be selected.
    Box {
        /// Where it began.
        from: Pos2,
        /// What was selected before and stays so.
        kept: Selection,
    },
    /// It drags a wire.
    Wire(Box<Loose>),
}

/// A wire with one end at the pointer.
pub struct Loose {
    /// The port at its other end.
    pub port: PortRef,
    /// What it carries, as far as that is known.
    pub ty: Type,
    /// The wire that was picked up.
    pub picked_up: Option<WireRef>,
    /// Which ports it fits.
    pub compatible: Compatible,
    /// What the pointer is over.
    pub over: Over,
}

/// What a dragged wire is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// Nothing that it could go to.
    Nothing,
    /// A port that it fits.
    Port(PortRef),
    /// A port or node that it does not fit, and why.
    Refused(String),
}

impl Gesture {
    /// Returns whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle | Self::OverWire(_))
    }

    /// Returns how far something is being moved.
    fn distance(&mut self) -> Option<&mut Vec2> {
        match self {
            Self::Move(by) | Self::Frame(_, by) | Self::Grow(_, by) | Self::Note(_, by) | Self::Point(_, by) => {
                Some(by)
            }
            Self::Idle | Self::OverWire(_) | Self::Box { .. } | Self::Wire(_) => None,
        }
    }

    /// Returns how far a node is being moved.
    pub fn moves(&self, id: &str, shown: &Shown<'_>) -> Vec2 {
        match self {
            Self::Move(by) if shown.selection.nodes.contains(id) => *by,
            Self::Frame(frame, by) if is_inside(shown, *frame, id) => *by,
            _ => Vec2::ZERO,
        }
    }

    /// Returns the frame or note that is being moved.
    pub fn dragged(&self) -> Dragged {
        match *self {
            Self::Frame(frame, by) => Dragged { frame: Some((frame, by)), ..Dragged::default() },
            Self::Grow(frame, by) => Dragged { grown: Some((frame, by)), ..Dragged::default() },
            Self::Note(note, by) => Dragged { note: Some((note, by)), ..Dragged::default() },
            _ => Dragged::default(),
        }
    }

    /// Returns the point of a wire that is being moved, and how far.
    pub fn dragged_point(&self) -> Option<(&PointRef, Vec2)> {
        if let Self::Point(point, by) = self { Some((point, *by)) } else { None }
    }

    /// Returns the wire under the pointer.
    pub fn hovered_wire(&self) -> Option<&WireRef> {
        if let Self::OverWire(wire) = self { Some(wire) } else { None }
    }

    /// Returns the wire that was picked up.
    pub fn picked_up(&self) -> Option<&WireRef> {
        if let Self::Wire(loose) = self { loose.picked_up.as_ref() } else { None }
    }

    /// Returns which ports the dragged wire fits.
    pub fn compatible(&self) -> Option<&Compatible> {
        if let Self::Wire(loose) = self { Some(&loose.compatible) } else { None }
    }
}

/// Tells whether a node lies in a frame.
pub(super) fn is_inside(shown: &Shown<'_>, frame: usize, id: &str) -> bool {
    let Some(frame) = shown.doc.layout.frames.get(frame) else { return false };
    let rect = frame_rect(frame.at, frame.size);
    shown.scene.node(id).is_some_and(|node| rect.contains(node.rect_without_preview().center()))
}

/// Takes what the pointer did in this frame.
pub fn follow(ui: &Ui, response: &Response, shown: &Shown<'_>, gesture: &mut Gesture, actions: &mut Vec<Action>) {
    let modifiers = ui.input(|input| input.modifiers);
    if ui.input(|input| input.key_pressed(Key::Escape)) && !gesture.is_idle() {
        *gesture = Gesture::Idle;
        return;
    }
    if response.drag_started_by(PointerButton::Primary) && !ui.input(|input| input.key_down(Key::Space)) {
        begin(ui, response, shown, (gesture, modifiers), actions);
    }
    if response.dragged_by(PointerButton::Primary) || matches!(gesture, Gesture::Wire(_)) {
        go_on(ui, response, shown, gesture);
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        let at = canvas_at(ui, response, shown);
        // The last way of the pointer came together with its release.
        if let Some(moved) = gesture.distance() {
            *moved += ui.input(|input| input.pointer.delta()) / shown.view.zoom;
        }
        let ended = std::mem::take(gesture);
        ends::end(ended, at, shown, actions);
    }
    click(response, shown, (gesture, modifiers), actions);
}

fn canvas_at(ui: &Ui, response: &Response, shown: &Shown<'_>) -> Pos2 {
    let seen = ui.input(|input| input.pointer.latest_pos()).unwrap_or(response.rect.center());
    shown.view.to_canvas(response.rect, seen)
}

fn hit_at(shown: &Shown<'_>, at: Pos2) -> Hit {
    hit(shown.scene, &shown.doc.layout, at, shown.view.zoom)
}

fn begin(
    ui: &Ui,
    response: &Response,
    shown: &Shown<'_>,
    (gesture, modifiers): (&mut Gesture, Modifiers),
    actions: &mut Vec<Action>,
) {
    let Some(pressed) = ui.input(|input| input.pointer.press_origin()) else { return };
    let at = shown.view.to_canvas(response.rect, pressed);
    let adds = modifiers.shift || modifiers.command;
    *gesture = match hit_at(shown, at) {
        Hit::Port(port) => Gesture::Wire(Box::new(take_wire(shown, port))),
        Hit::Node(id) => {
            if !shown.selection.nodes.contains(&id) {
                actions.push(Action::Select(with_node(shown.selection, &id, adds)));
            }
            Gesture::Move(Vec2::ZERO)
        }
        Hit::Frame(frame) => Gesture::Frame(frame, Vec2::ZERO),
        Hit::FrameCorner(frame) => Gesture::Grow(frame, Vec2::ZERO),
        Hit::Note(note) => Gesture::Note(note, Vec2::ZERO),
        Hit::Point(point) => Gesture::Point(point, Vec2::ZERO),
        Hit::Wire(_) | Hit::Ground => {
            let kept = if adds { shown.selection.clone() } else { Selection::default() };
            Gesture::Box { from: at, kept }
        }
    };
}

/// Begins a wire at a port; one that ends there is picked up.
fn take_wire(shown: &Shown<'_>, port: PortRef) -> Loose {
    let node = &shown.doc.nodes.get(&port.node);
    let wired = node.and_then(|node| node.inputs.get(&port.port)).filter(|_| port.side == Side::Input);
    let last = wired.map(|wire| super::scene::references(&wire.value).count().saturating_sub(1));
    let picked_up = last.map(|position| WireRef { node: port.node.clone(), port: port.port.clone(), position });
    let fed_by = picked_up.as_ref().and_then(|wire| source(shown.doc, wire));
    let Some(Reference::Port { node, port: output }) = fed_by else { return loose(shown, port, None) };
    loose(shown, PortRef { node, side: Side::Output, port: output }, picked_up)
}

fn loose(shown: &Shown<'_>, port: PortRef, picked_up: Option<WireRef>) -> Loose {
    let face = shown.scene.node(&port.node).map(|node| &node.face);
    let ty = match (face, port.side) {
        (Some(face), Side::Output) => output_type(face, &port.port),
        (Some(face), Side::Input) => face.input_type(&port.port).cloned().unwrap_or(Type::Any),
        (None, _) => Type::Any,
    };
    let compatible = compatible(shown.scene, &port);
    Loose { port, ty, picked_up, compatible, over: Over::Nothing }
}

fn go_on(ui: &Ui, response: &Response, shown: &Shown<'_>, gesture: &mut Gesture) {
    // From where the button went down: what is dragged stays under the pointer, however far it went unseen.
    let ends = ui.input(|input| input.pointer.press_origin().zip(input.pointer.latest_pos()));
    if let (Some(moved), Some((from, to))) = (gesture.distance(), ends) {
        *moved = (to - from) / shown.view.zoom;
    }
    if let Gesture::Wire(loose) = gesture {
        loose.over = over(shown, loose, canvas_at(ui, response, shown));
    }
}

fn over(shown: &Shown<'_>, loose: &Loose, at: Pos2) -> Over {
    let judged = |port: PortRef| match loose.compatible.why_not(&port) {
        None => Over::Port(port),
        Some(why) => Over::Refused(why.to_owned()),
    };
    match hit_at(shown, at) {
        Hit::Port(port) if port == loose.port => Over::Nothing,
        Hit::Port(port) => judged(port),
        Hit::Node(id) if id == loose.port.node => Over::Nothing,
        Hit::Node(id) => {
            let fit = shown.scene.node(&id).and_then(|node| first_fit(shown.scene, &loose.port, node));
            fit.map_or_else(|| Over::Refused(format!("nothing of `{id}` fits `{}`", loose.ty)), Over::Port)
        }
        _ => Over::Nothing,
    }
}

fn click(
    response: &Response,
    shown: &Shown<'_>,
    (gesture, modifiers): (&mut Gesture, Modifiers),
    actions: &mut Vec<Action>,
) {
    let Some(pointer) = response.hover_pos().or(response.interact_pointer_pos()) else { return };
    let at = shown.view.to_canvas(response.rect, pointer);
    if gesture.is_idle() {
        *gesture = match hit_at(shown, at) {
            Hit::Wire(wire) | Hit::Point(PointRef { wire, .. }) => Gesture::OverWire(wire),
            _ => Gesture::Idle,
        };
    }
    let adds = modifiers.shift || modifiers.command;
    if response.clicked() {
        actions.push(Action::Select(clicked(shown, hit_at(shown, at), adds)));
    }
    if response.secondary_clicked() && !is_selected(shown, &hit_at(shown, at)) {
        actions.push(Action::Select(clicked(shown, hit_at(shown, at), false)));
    }
    if response.double_clicked() {
        actions.extend(double_clicked(shown, hit_at(shown, at), at));
    }
}

fn is_selected(shown: &Shown<'_>, hit: &Hit) -> bool {
    matches!(hit, Hit::Node(id) if shown.selection.nodes.contains(id))
}

fn clicked(shown: &Shown<'_>, hit: Hit, adds: bool) -> Selection {
    match hit {
        Hit::Node(id) | Hit::Port(PortRef { node: id, .. }) => with_node(shown.selection, &id, adds),
        Hit::Wire(wire) => Selection { wire: Some(wire), ..Selection::default() },
        Hit::Frame(frame) | Hit::FrameCorner(frame) => Selection { frame: Some(frame), ..Selection::default() },
        Hit::Note(note) => Selection { note: Some(note), ..Selection::default() },
        Hit::Point(point) => Selection { point: Some(point), ..Selection::default() },
        Hit::Ground if adds => shown.selection.clone(),
        Hit::Ground => Selection::default(),
    }
}

/// Selects a node alone, or adds it to others; one that is among them is taken out.
fn with_node(selection: &Selection, id: &str, adds: bool) -> Selection {
    if !adds {
        return Selection::of([id.to_owned()]);
    }
    let mut nodes = selection.nodes.clone();
    if !nodes.remove(id) {
        nodes.insert(id.to_owned());
    }
    Selection { nodes, ..Selection::default() }
}

fn double_clicked(shown: &Shown<'_>, hit: Hit, at: Pos2) -> Option<Action> {
    let is_container = |id: &str| shown.scene.node(id).is_some_and(|node| node.face.is_container());
    match hit {
        Hit::Node(id) if is_container(&id) => Some(Action::Enter(id)),
        Hit::Ground => Some(Action::OpenPalette(PaletteAt { at: Some(at), ..PaletteAt::default() })),
        Hit::Wire(wire) => routes::add(shown.doc, shown.scene, &wire, at).map(Action::Change),
        Hit::Point(point) => routes::remove(shown.doc, &point).map(Action::Change),
        Hit::Node(_) | Hit::Frame(_) | Hit::Note(_) => Some(Action::Command("rename")),
        Hit::Port(_) | Hit::FrameCorner(_) => None,
    }
}
