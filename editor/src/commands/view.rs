//! Commands about what is seen.

use egui::Context;

use crate::canvas::view::View;
use crate::editor::Editor;
use crate::overlay::{Listing, Overlay};
use crate::panes::Pane;
use crate::theme::{Look, Theme};

/// How much larger a step makes it.
const STEP: f32 = 1.25;

pub(super) fn fit(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    tab.wants_fit = true;
}

pub(super) fn fit_selection(editor: &mut Editor, _: &Context) {
    let tab = editor.tab_mut();
    if let Some(bounds) = tab.scene.bounds(tab.chosen()) {
        tab.view = View::fitted(tab.window, bounds);
    }
}

pub(super) fn zoom_in(editor: &mut Editor, _: &Context) {
    zoom(editor, STEP);
}

pub(super) fn zoom_out(editor: &mut Editor, _: &Context) {
    zoom(editor, 1.0 / STEP);
}

pub(super) fn actual_size(editor: &mut Editor, _: &Context) {
    let zoom_now = editor.tab().view.zoom;
    zoom(editor, 1.0 / zoom_now);
}

fn zoom(editor: &mut Editor, factor: f32) {
    let tab = editor.tab_mut();
    tab.view = tab.view.zoomed(tab.window, tab.window.center(), factor);
}

/// Returns what showing a pane means now: one that is seen is taken away.
pub(super) fn pane_name(editor: &Editor, pane: Pane) -> Option<String> {
    let word = if editor.docked.is_in_front(pane) { "Hide" } else { "Show" };
    Some(format!("{word} {}", pane.title().to_lowercase()))
}

pub(super) fn reset_layout(editor: &mut Editor, _: &Context) {
    editor.docked.reset();
}

pub(super) fn previews(editor: &mut Editor, _: &Context) {
    editor.previews.toggle();
}

pub(super) fn minimap(editor: &mut Editor, _: &Context) {
    editor.minimap.toggle();
}

pub(super) fn theme(editor: &mut Editor, _: &Context) {
    let look = if editor.theme.look == Look::Dark { Look::Light } else { Look::Dark };
    editor.theme = Theme::of(look);
}

pub(super) fn has_tabs(editor: &Editor) -> bool {
    editor.tabs.len() > 1
}

pub(super) fn next_tab(editor: &mut Editor, _: &Context) {
    editor.current = (editor.current + 1) % editor.tabs.len();
}

pub(super) fn find(editor: &mut Editor, _: &Context) {
    editor.overlay = Some(Overlay::Find(Listing::default()));
}

pub(super) fn commands(editor: &mut Editor, _: &Context) {
    editor.overlay = Some(Overlay::Commands(Listing::default()));
}

pub(super) fn help(editor: &mut Editor, _: &Context) {
    editor.overlay = Some(Overlay::Help);
}
