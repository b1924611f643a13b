//! What opens above the window and is gone after one choice: palette, finding, all commands, help.

mod help;
mod listing;
mod palette;

use egui::{Align2, Area, Frame, Id, Order, Rect, Ui, vec2};

pub use listing::Listing;
pub use palette::{Offer, Palette, offers};

use crate::action::Action;
use crate::commands;
use crate::editor::Editor;

/// What is open above the window.
pub enum Overlay {
    /// Kinds of nodes.
    Palette(Box<Palette>),
    /// Nodes of the graph.
    Find(Listing),
    /// All commands.
    Commands(Listing),
    /// Keys and gestures.
    Help,
}

/// Draws what is open above the window.
pub fn overlay_ui(ui: &mut Ui, editor: &mut Editor, actions: &mut Vec<Action>) {
    let Some(mut overlay) = editor.overlay.take() else { return };
    let window = ui.ctx().content_rect();
    let rect = inside(ui, window, "overlay", |ui| match &mut overlay {
        Overlay::Palette(palette) => palette::palette_ui(ui, palette, editor, actions),
        Overlay::Find(listing) => find_ui(ui, listing, editor, actions),
        Overlay::Commands(listing) => commands_ui(ui, listing, editor, actions),
        Overlay::Help => help::help_ui(ui, &editor.theme),
    });
    let pressed = ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten());
    if pressed.is_some_and(|at| !rect.contains(at)) {
        actions.push(Action::CloseOverlay);
    }
    editor.overlay = Some(overlay);
}

/// Draws something above the window, in the upper middle; returns the room that it takes.
fn inside(ui: &Ui, window: Rect, name: &str, add: impl FnOnce(&mut Ui)) -> Rect {
    let area = Area::new(Id::unique(name)).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 96.0));
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).inner_margin(10.0).show(ui, |ui| {
            ui.set_width(460.0_f32.min(window.width() - 40.0));
            add(ui);
        });
    });
    shown.response.rect
}

fn find_ui(ui: &mut Ui, listing: &mut Listing, editor: &Editor, actions: &mut Vec<Action>) {
    let nodes = editor.tab().scene.nodes.iter().map(|node| {
        let face = &node.face;
        let words = format!("{} {} {}", node.id, face.title, face.kind).to_lowercase();
        (editor.tab().step_name(&node.id), words, format!("{} · {}", face.title, face.kind))
    });
    let rows: Vec<_> = nodes.filter(|(_, words, _)| listing.fits(words)).take(40).collect();
    let rows: Vec<_> = rows.into_iter().map(|(id, _, what)| (id.clone(), id, what)).collect();
    if let Some(id) = listing.ui(ui, "Find a node", &rows, &editor.theme) {
        actions.push(Action::GoTo(id));
    }
}

fn commands_ui(ui: &mut Ui, listing: &mut Listing, editor: &Editor, actions: &mut Vec<Action>) {
    let possible = commands::ALL.iter().filter(|command| command.is_possible(editor));
    let rows = possible.map(|command| {
        let keys = command.keys.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
        (command.id, command.name(editor), keys)
    });
    let rows: Vec<_> = rows.filter(|(_, name, _)| listing.fits(&name.to_lowercase())).collect();
    if let Some(id) = listing.ui(ui, "Search all commands", &rows, &editor.theme) {
        actions.push(Action::CloseOverlay);
        actions.push(Action::Command(id));
    }
}
