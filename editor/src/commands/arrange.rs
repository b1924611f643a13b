//! Commands about where things stand: frames, notes, layers, edges.

use egui::{Context, Pos2, Vec2, pos2, vec2};
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{Frame, Note};

use super::counted;
use crate::action::{Change, Selection};
use crate::apply::change;
use crate::arrange::layered;
use crate::canvas::routes;
use crate::canvas::scene::SceneNode;
use crate::dialogs::{Dialog, TextFor};
use crate::editor::Editor;
use crate::tab::Tab;
use crate::theme::GRID;

/// Room between a frame and what it is around.
const AROUND: f32 = 24.0;
/// Room for the title of a frame.
const TITLE: f32 = 36.0;
/// Room between nodes that are distributed.
const GAP: f32 = 54.0;

pub(super) fn frame(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let Some(bounds) = tab.scene.bounds(tab.chosen()) else { return };
    let min = bounds.min - vec2(AROUND, AROUND + TITLE);
    let size = bounds.size() + vec2(2.0 * AROUND, 2.0 * AROUND + TITLE);
    let mut frames = tab.doc().layout.frames.clone();
    frames.push(Frame { title: "Frame".into(), at: pair(min), size: pair(size.to_pos2()) });
    let at = frames.len() - 1;
    let select = Selection { frame: Some(at), ..Selection::default() };
    change(editor, Change { select: Some(select), ..Change::new("add frame", Edit::SetFrames(frames)) });
    editor.dialog = Some(Dialog::Text { what: TextFor::Frame(at), text: "Frame".into() });
}

pub(super) fn note(editor: &mut Editor, _: &Context) {
    let tab = editor.tab();
    let mut notes = tab.doc().layout.notes.clone();
    notes.push(Note { at: pair(tab.middle().round()), text: "Note".into() });
    let at = notes.len() - 1;
    let select = Selection { note: Some(at), ..Selection::default() };
    change(editor, Change { select: Some(select), ..Change::new("add note", Edit::SetNotes(notes)) });
    editor.dialog = Some(Dialog::Text { what: TextFor::Note(at), text: "Note".into() });
}

fn pair(at: Pos2) -> [f64; 2] {
    [f64::from(at.x.round()), f64::from(at.y.round())]
}

/// Moves the nodes that are chosen: the selected ones, or all.
fn place(editor: &mut Editor, verb: &str, to: impl Fn(&Tab, &[&SceneNode]) -> Vec<Pos2>) {
    let tab = editor.tab();
    let chosen: Vec<_> = tab.chosen().collect();
    let places = to(tab, &chosen);
    let moved = |(node, to): (&&SceneNode, Pos2)| Edit::MoveNode { node: node.id.clone(), to: Some(pair(to)) };
    let mut edits: Vec<_> = chosen.iter().zip(places).map(moved).collect();
    // What wires were led around stands elsewhere now.
    if verb == "arrange" {
        edits.extend(routes::straightened(tab.doc(), |id| chosen.iter().any(|node| node.id == id)));
    }
    let name = format!("{verb} {}", counted(chosen.len(), "node"));
    change(editor, Change::new(name, Edit::Compound(edits)));
}

pub(super) fn layers(editor: &mut Editor, ctx: &Context) {
    place(editor, "arrange", |tab, nodes| {
        let place = |at: usize| nodes.iter().position(|node| node.id == tab.scene.nodes[at].id);
        let index: Vec<_> = (0..tab.scene.nodes.len()).map(place).collect();
        let wires = tab.scene.pairs().into_iter().filter_map(|(from, to)| Some((index[from]?, index[to]?)));
        let heights: Vec<_> = nodes.iter().map(|node| node.rect().height()).collect();
        let places = layered(&heights, &wires.collect::<Vec<_>>());
        let corner = nodes.iter().map(|node| node.at).reduce(Pos2::min).unwrap_or_default();
        let least = places.iter().copied().reduce(Pos2::min).unwrap_or_default();
        places.into_iter().map(|place| place + (corner - least)).collect()
    });
    super::view::fit(editor, ctx);
}

pub(super) fn has_several(editor: &Editor) -> bool {
    editor.tab().selection.nodes.len() > 1
}

pub(super) fn left(editor: &mut Editor, _: &Context) {
    place(editor, "align", |_, nodes| {
        let left = nodes.iter().map(|node| node.at.x).fold(f32::INFINITY, f32::min);
        nodes.iter().map(|node| pos2(left, node.at.y)).collect()
    });
}

pub(super) fn top(editor: &mut Editor, _: &Context) {
    place(editor, "align", |_, nodes| {
        let top = nodes.iter().map(|node| node.at.y).fold(f32::INFINITY, f32::min);
        nodes.iter().map(|node| pos2(node.at.x, top)).collect()
    });
}

pub(super) fn down(editor: &mut Editor, _: &Context) {
    place(editor, "distribute", |_, nodes| {
        let mut order: Vec<_> = (0..nodes.len()).collect();
        order.sort_by(|one, other| nodes[*one].at.y.total_cmp(&nodes[*other].at.y));
        let mut places = vec![Pos2::ZERO; nodes.len()];
        let mut y = order.first().map_or(0.0, |first| nodes[*first].at.y);
        for at in order {
            places[at] = pos2(nodes[at].at.x, y);
            y += nodes[at].rect().height() + GAP;
        }
        places
    });
}

pub(super) fn snap(editor: &mut Editor, _: &Context) {
    place(editor, "snap", |_, nodes| {
        let snapped = |at: Vec2| (at / GRID).round() * GRID;
        nodes.iter().map(|node| snapped(node.at.to_vec2()).to_pos2()).collect()
    });
}
