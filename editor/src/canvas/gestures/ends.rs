//! What a gesture comes to when the pointer is let go.

use egui::{Pos2, Rect, Vec2};
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{Frame, Note};

use super::{Gesture, Loose, Over, Shown, is_inside};
use crate::action::{Action, Change, PaletteAt, Selection};
use crate::canvas::hit::wire_at;
use crate::canvas::routes;
use crate::canvas::scene::{SceneNode, Side};
use crate::commands::counted;

/// Takes the end of a gesture at a point of the canvas.
pub fn end(gesture: Gesture, at: Pos2, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    match gesture {
        Gesture::Idle | Gesture::OverWire(_) => {}
        Gesture::Move(by) => moved(shown, by, actions),
        Gesture::Frame(frame, by) => frame_moved(shown, frame, by, actions),
        Gesture::Grow(frame, by) => frame_grown(shown, frame, by, actions),
        Gesture::Note(note, by) => note_moved(shown, note, by, actions),
        Gesture::Point(point, by) => routes::moved(shown.doc, &point, by, actions),
        Gesture::Box { from, kept } => actions.push(Action::Select(boxed(shown, Rect::from_two_pos(from, at), kept))),
        Gesture::Wire(loose) => wired(*loose, at, actions),
    }
}

/// Returns the edits that move nodes. Nodes whose place nobody has said are placed where they are seen.
pub fn moves<'a>(nodes: impl Iterator<Item = &'a SceneNode>, by: impl Fn(&SceneNode) -> Vec2) -> Vec<Edit> {
    let edit = |node: &SceneNode| {
        let by = by(node);
        let to = (node.at + by).round();
        (by != Vec2::ZERO || !node.is_placed)
            .then(|| Edit::MoveNode { node: node.id.clone(), to: Some([f64::from(to.x), f64::from(to.y)]) })
    };
    nodes.filter_map(edit).collect()
}

fn moved(shown: &Shown<'_>, by: Vec2, actions: &mut Vec<Action>) {
    if by.round() == Vec2::ZERO {
        return;
    }
    let selected = &shown.selection.nodes;
    let mut edits = moves(shown.scene.nodes.iter(), |node| if selected.contains(&node.id) { by } else { Vec2::ZERO });
    edits.extend(routes::along(shown.doc, |id| selected.contains(id), by));
    let name = format!("move {}", counted(selected.len(), "node"));
    actions.push(Action::Change(Change::new(name, Edit::Compound(edits))));
    let Some(node) = shown.selection.only_node().and_then(|id| shown.scene.node(id)) else { return };
    let is_loose = shown
        .scene
        .pairs()
        .iter()
        .all(|(from, to)| [from, to].iter().all(|end| shown.scene.nodes[**end].id != node.id));
    let wire = wire_at(shown.scene, node.rect().center() + by, shown.view.zoom.min(0.5));
    if let Some(wire) = wire.filter(|_| is_loose) {
        actions.push(Action::InsertOnWire { node: node.id.clone(), wire });
    }
}

fn by(at: [f64; 2], by: Vec2) -> [f64; 2] {
    [(at[0] + f64::from(by.x)).round(), (at[1] + f64::from(by.y)).round()]
}

fn frame_moved(shown: &Shown<'_>, index: usize, distance: Vec2, actions: &mut Vec<Action>) {
    actions.push(Action::Select(Selection { frame: Some(index), ..Selection::default() }));
    let mut frames = shown.doc.layout.frames.clone();
    let Some(frame) = frames.get_mut(index).filter(|_| distance.round() != Vec2::ZERO) else { return };
    frame.at = by(frame.at, distance);
    let inside = |node: &SceneNode| if is_inside(shown, index, &node.id) { distance } else { Vec2::ZERO };
    let mut edits = moves(shown.scene.nodes.iter(), inside);
    edits.push(Edit::SetFrames(frames));
    edits.extend(routes::along(shown.doc, |id| is_inside(shown, index, id), distance));
    actions.push(Action::Change(Change::new("move frame", Edit::Compound(edits))));
}

fn frame_grown(shown: &Shown<'_>, index: usize, distance: Vec2, actions: &mut Vec<Action>) {
    let mut frames = shown.doc.layout.frames.clone();
    let Some(Frame { size, .. }) = frames.get_mut(index) else { return };
    *size = by(*size, distance).map(|side| side.max(60.0));
    actions.push(Action::Change(Change::new("resize frame", Edit::SetFrames(frames))));
}

fn note_moved(shown: &Shown<'_>, index: usize, distance: Vec2, actions: &mut Vec<Action>) {
    actions.push(Action::Select(Selection { note: Some(index), ..Selection::default() }));
    let mut notes = shown.doc.layout.notes.clone();
    let Some(Note { at, .. }) = notes.get_mut(index).filter(|_| distance.round() != Vec2::ZERO) else { return };
    *at = by(*at, distance);
    actions.push(Action::Change(Change::new("move note", Edit::SetNotes(notes))));
}

fn boxed(shown: &Shown<'_>, rect: Rect, mut kept: Selection) -> Selection {
    let inside = shown.scene.nodes.iter().filter(|node| rect.intersects(node.rect()));
    kept.nodes.extend(inside.map(|node| node.id.clone()));
    Selection { nodes: kept.nodes, ..Selection::default() }
}

fn wired(loose: Loose, at: Pos2, actions: &mut Vec<Action>) {
    let Loose { port, picked_up, over, .. } = loose;
    match over {
        Over::Port(other) => {
            let (from, to) = if port.side == Side::Output { (port, other) } else { (other, port) };
            actions.push(Action::Connect { from, to, instead_of: picked_up });
        }
        Over::Refused(why) => actions.push(Action::Say(why)),
        Over::Nothing => match picked_up {
            Some(wire) => actions.push(Action::Disconnect(wire)),
            None => {
                actions.push(Action::OpenPalette(PaletteAt { at: Some(at), port: Some(port), ..PaletteAt::default() }))
            }
        },
    }
}
