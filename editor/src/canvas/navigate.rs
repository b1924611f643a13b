//! Moving over the canvas: middle drag, space drag, two fingers; wheel and pinch make it larger, towards the pointer.

use egui::{Event, Key, MouseWheelUnit, PointerButton, Response, Ui, Vec2};

use super::gestures::Gesture;
use super::view::View;
use crate::action::Action;

/// How much larger a notch of the wheel makes it.
const NOTCH: f32 = 1.15;

/// Takes what moves the view.
pub fn navigate(ui: &Ui, response: &Response, view: View, gesture: &Gesture, actions: &mut Vec<Action>) {
    let mut next = view;
    let by_space = gesture.is_idle() && ui.input(|input| input.key_down(Key::Space));
    if response.dragged_by(PointerButton::Middle) || by_space && response.dragged_by(PointerButton::Primary) {
        next = next.panned(response.drag_delta());
    }
    if let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let (by, factor) = ui.input(|input| input.events.iter().fold((Vec2::ZERO, input.zoom_delta()), wheel));
        next = next.panned(by);
        if factor != 1.0 {
            next = next.zoomed(response.rect, pointer, factor);
        }
    }
    if next != view {
        actions.push(Action::Look(next));
    }
}

/// A wheel turns in notches and makes larger; two fingers move by points.
fn wheel((by, factor): (Vec2, f32), event: &Event) -> (Vec2, f32) {
    match event {
        Event::MouseWheel { unit: MouseWheelUnit::Point, delta, modifiers, .. } if !modifiers.command => {
            (by + *delta, factor)
        }
        Event::MouseWheel { unit: MouseWheelUnit::Line, delta, modifiers, .. } if modifiers.shift => {
            (by + Vec2::new(delta.y + delta.x, 0.0) * 40.0, factor)
        }
        Event::MouseWheel { unit: MouseWheelUnit::Line, delta, modifiers, .. } if !modifiers.command => {
            (by, factor * NOTCH.powf(delta.y))
        }
        _ => (by, factor),
    }
}
