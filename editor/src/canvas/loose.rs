//! What is under way with the pointer, drawn above everything: the dragged wire with its reason, and the box of selection.

use egui::{Align2, CornerRadius, Pos2, Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2};

use super::Shown;
use super::gestures::{Gesture, Loose, Over};
use super::scene::Side;
use super::wires::curve_ui;
use crate::theme::{font, type_colour};

/// Draws what is under way.
pub fn loose_ui(ui: &mut Ui, window: Rect, shown: &Shown<'_>, gesture: &Gesture, response: &Response) {
    match gesture {
        Gesture::Box { from, .. } => {
            let Some(to) = response.interact_pointer_pos() else { return };
            let rect = Rect::from_two_pos(shown.view.to_screen(window, *from), to);
            let accent = shown.theme.accent;
            let edge = Stroke::new(1.0, accent);
            ui.painter().rect(rect, CornerRadius::ZERO, accent.gamma_multiply(0.12), edge, StrokeKind::Inside);
        }
        Gesture::Wire(loose) => {
            let pointer = ui.input(|input| input.pointer.latest_pos());
            if let Some(pointer) = pointer {
                wire_ui(ui, window, shown, loose, pointer);
            }
        }
        _ => {}
    }
}

fn wire_ui(ui: &Ui, window: Rect, shown: &Shown<'_>, loose: &Loose, pointer: Pos2) {
    let Some(node) = shown.scene.node(&loose.port.node) else { return };
    let Some(offset) = node.port_offset(loose.port.side, &loose.port.port) else { return };
    let fixed = shown.view.to_screen(window, node.at + offset);
    let end = match &loose.over {
        Over::Port(port) => port_at(window, shown, port).unwrap_or(pointer),
        Over::Nothing | Over::Refused(_) => pointer,
    };
    let ends = if loose.port.side == Side::Output { [fixed, end] } else { [end, fixed] };
    let refused = matches!(loose.over, Over::Refused(_));
    let colour = if refused { shown.theme.error } else { type_colour(&loose.ty, shown.theme.look) };
    curve_ui(ui.painter(), ends, Stroke::new(3.0 * shown.view.zoom.clamp(0.7, 1.3), colour));
    if let Over::Refused(why) = &loose.over {
        reason_ui(ui, pointer, why, shown);
    }
}

fn port_at(window: Rect, shown: &Shown<'_>, port: &super::hit::PortRef) -> Option<Pos2> {
    let node = shown.scene.node(&port.node)?;
    Some(shown.view.to_screen(window, node.at + node.port_offset(port.side, &port.port)?))
}

fn reason_ui(ui: &Ui, pointer: Pos2, why: &str, shown: &Shown<'_>) {
    let theme = shown.theme;
    let galley = ui.painter().layout(why.to_owned(), font(13.0), theme.error, 320.0);
    let rect = Align2::LEFT_TOP.anchor_size(pointer + vec2(16.0, 14.0), galley.size() + vec2(16.0, 10.0));
    let over = (rect.right() - ui.clip_rect().right()).max(0.0);
    let rect = rect.translate(vec2(-over, 0.0));
    ui.painter().rect(rect, CornerRadius::same(6), theme.panel, Stroke::new(1.0, theme.error), StrokeKind::Inside);
    ui.painter().galley(pos2(rect.left() + 8.0, rect.top() + 5.0), galley, theme.error);
}
