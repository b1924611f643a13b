//! What is said of what the pointer rests on: name, type and purpose of a port, so that no type is told by its colour alone.

use egui::Response;

use super::Shown;
use super::gestures::Gesture;
use super::hit::{PortRef, port_under};
use super::scene::{Scene, Side, output_type};
use super::view::Detail;

/// Says what the pointer rests on, beside it.
pub fn said_ui(response: &Response, shown: &Shown<'_>, gesture: &Gesture) {
    if !gesture.is_idle() || shown.view.detail() == Detail::Box {
        return;
    }
    let Some(at) = response.hover_pos().map(|at| shown.view.to_canvas(response.rect, at)) else { return };
    let port = port_under(shown.scene, at, shown.view.zoom);
    if let Some(words) = port.and_then(|port| words(shown.scene, &port)) {
        response.clone().on_hover_text_at_pointer(words);
    }
}

fn words(scene: &Scene, port: &PortRef) -> Option<String> {
    let face = &scene.node(&port.node)?.face;
    let ports = if port.side == Side::Input { &face.inputs } else { &face.outputs };
    let found = ports.iter().find(|found| found.name == port.port);
    let (ty, doc, many) = match (found, port.side) {
        (Some(found), _) => (found.ty.clone(), found.doc.clone(), found.many),
        (None, Side::Output) => (output_type(face, &port.port), "What failed, with its cause.".into(), false),
        (None, Side::Input) => {
            let param = face.params.iter().find(|param| param.spec.name == port.port)?;
            (param.spec.ty.clone(), param.spec.doc.clone(), false)
        }
    };
    let group = match (many, port.side) {
        (false, _) => "",
        (true, Side::Input) => ", all of a group",
        (true, Side::Output) => ", one for each child",
    };
    let doc = doc.split_inclusive(". ").next().unwrap_or_default().trim();
    Some(format!("{}: {ty}{group}\n{doc}", port.port).trim_end().to_owned())
}
