//! Adding a node as the palette says: on the canvas, at a port, into a wire, or in place of another one.

use egui::{Pos2, Rect, vec2};
use windlass_core::doc::edit::{Edit, apply};
use windlass_core::doc::{GraphDoc, NodeDoc, Runs};

use super::{change, refresh};
use crate::action::{Change, PaletteAt};
use crate::canvas::connect::{self, first_fit};
use crate::canvas::scene::{Folds, Scene, Side};
use crate::document::pieces::free_name;
use crate::editor::Editor;
use crate::face::Kinds;
use crate::overlay::Overlay;
use crate::theme::{HEADER_HEIGHT, NODE_WIDTH};

/// How far a node stands from the port that it was made for.
const BESIDE: f32 = 60.0;
/// Room that is looked for below each other, for a node whose height is not known yet.
const NEW_HEIGHT: f32 = 150.0;
/// Room that is left around nodes.
const APART: f32 = 12.0;

/// Adds a node of a kind where the palette is open.
pub fn add_kind(editor: &mut Editor, kind: &str) {
    let at = match editor.overlay.take() {
        Some(Overlay::Palette(palette)) => palette.at,
        other => {
            editor.overlay = other;
            PaletteAt::default()
        }
    };
    if let Some(node) = &at.replaces {
        return replace(editor, node, kind);
    }
    let tab = editor.tab();
    let doc = tab.doc();
    let id = free_name(doc, kind.rsplit('.').next().unwrap_or(kind));
    let place = place(&at, tab.middle());
    let place = if at.at.is_none() { free(&tab.scene, place) } else { place };
    let mut edits = vec![
        Edit::AddNode { id: id.clone(), node: Box::new(NodeDoc::of_kind(kind)), at: None },
        Edit::MoveNode { node: id.clone(), to: Some([f64::from(place.x), f64::from(place.y)]) },
    ];
    let wired = wired(editor, &edits, &id, &at);
    let said = wired.as_ref().err().cloned();
    edits.extend(wired.unwrap_or_default());
    change(editor, Change::new(format!("add {id}"), Edit::Compound(edits)).selecting([id]));
    if let Some(why) = said {
        editor.say(why);
    }
    refresh(editor);
}

fn place(at: &PaletteAt, middle: Pos2) -> Pos2 {
    let place = match (&at.port, at.at) {
        (Some(port), Some(at)) if port.side == Side::Input => at - vec2(NODE_WIDTH, HEADER_HEIGHT + 14.0),
        (Some(_), Some(at)) => at - vec2(0.0, HEADER_HEIGHT + 14.0),
        (None, Some(at)) => at - vec2(NODE_WIDTH / 2.0, HEADER_HEIGHT / 2.0),
        (_, None) => middle - vec2(NODE_WIDTH / 2.0, BESIDE),
    };
    place.round()
}

/// Returns a place where a new node covers no other one: the wished one, or below what stands there.
fn free(scene: &Scene, mut wished: Pos2) -> Pos2 {
    let size = vec2(NODE_WIDTH, NEW_HEIGHT);
    let covers = |at: Pos2| {
        let room = Rect::from_min_size(at, size);
        scene.nodes.iter().map(|node| node.rect()).find(|rect| rect.expand(APART).intersects(room))
    };
    // Each step goes below one more node, so that it ends.
    for _ in 0..scene.nodes.len() {
        match covers(wished) {
            Some(rect) => wished.y = rect.bottom() + 2.0 * APART,
            None => break,
        }
    }
    wished.round()
}

/// Returns the edits that wire the new node as the palette says; `Err` says why it cannot be wired.
fn wired(editor: &Editor, edits: &[Edit], id: &str, at: &PaletteAt) -> Result<Vec<Edit>, String> {
    if at.port.is_none() && at.wire.is_none() {
        return Ok(Vec::new());
    }
    let tab = editor.tab();
    let (doc, scene) = with(editor, tab.doc(), edits);
    if let Some(wire) = &at.wire {
        return connect::insert(&doc, &scene, id, wire).map(|edit| vec![edit]);
    }
    let Some((port, node)) = at.port.as_ref().zip(scene.node(id)) else { return Ok(Vec::new()) };
    let other = first_fit(&scene, port, node).ok_or_else(|| format!("nothing of `{id}` fits `{}`", port.port))?;
    let (from, to) = if port.side == Side::Output { (port, &other) } else { (&other, port) };
    Ok(vec![connect::connect(&doc, &scene, from, to)])
}

/// Returns the graph as it would be after edits.
fn with(editor: &Editor, doc: &GraphDoc, edits: &[Edit]) -> (GraphDoc, Scene) {
    let mut doc = doc.clone();
    // The caller makes the same edits, and says what is wrong with them.
    let _ = edits.iter().try_for_each(|edit| apply(&mut doc, edit).map(drop));
    let mut scene = Scene::default();
    let tab = editor.tab();
    let kinds = Kinds {
        registry: &editor.registry,
        graphs: &editor.graphs,
        folder: tab.path().and_then(std::path::Path::parent),
    };
    scene.follow(&doc, 0, &kinds, &Folds { collapsed: &tab.collapsed, previews: &tab.previews });
    (doc, scene)
}

/// Gives a node another kind; wires and constants that the new kind knows stay.
fn replace(editor: &mut Editor, id: &str, kind: &str) {
    let tab = editor.tab();
    let doc = tab.doc();
    let Some(node) = doc.nodes.get(id) else { return };
    let mut edits = vec![Edit::SetRuns { node: id.to_owned(), runs: Runs::Kind(kind.to_owned()) }];
    let (_, scene) = with(editor, doc, &edits);
    let Some(face) = scene.node(id).and_then(|node| node.face.spec.clone()) else { return };
    let unknown_param = |name: &&String| face.param(name).is_none() && face.input(name).is_none();
    edits.extend(node.params.keys().filter(unknown_param).map(|name| Edit::SetParam {
        node: id.to_owned(),
        name: name.clone(),
        value: None,
        at: None,
    }));
    edits.extend(node.inputs.keys().filter(unknown_param).map(|name| Edit::SetInput {
        node: id.to_owned(),
        name: name.clone(),
        wire: None,
        at: None,
    }));
    for wire in scene.wires.iter().filter(|wire| scene.nodes[wire.from].id == id) {
        if face.output(&wire.from_port).is_none() && wire.from_port != crate::face::ERROR_PORT {
            edits.extend(connect::disconnect(doc, &wire.name(&scene)));
        }
    }
    change(editor, Change::new(format!("replace {id} by {kind}"), Edit::Compound(edits)));
}
