//! Draws the panes at their places: tabs with icon, name and a button that takes the pane away, and lines that can be dragged.

use egui::{
    Align2, Color32, CursorIcon, Id, Margin, Rect, Response, Role, Sense, Stroke, Style, Ui, Visuals, WidgetInfo,
};
use egui_material_icons::icons;
use egui_tiles::{Behavior, EditAction, ResizeState, SimplificationOptions, TabState, Tile, TileId, Tiles, UiResponse};

use super::sizes;
use crate::action::Action;
use crate::editor::Editor;
use crate::fields::named;
use crate::frame::canvas_pane_ui;
use crate::panes::Pane;
use crate::theme::{Theme, font, icon_font};

/// Height of the names above panes, in points.
pub(super) const TAB_HEIGHT: f32 = 30.0;
/// Width of the lines between panes, in points.
pub(super) const GAP: f32 = 1.0;

/// Draws all panes in the room there is.
pub fn docked_ui(ui: &mut Ui, editor: &mut Editor, actions: &mut Vec<Action>) {
    // The tree cannot be part of the editor while its panes are drawn from it.
    let mut docked = std::mem::take(&mut editor.docked);
    sizes::settle(&mut docked.tree, ui.available_size());
    let canvas = docked.tree.tiles.find_pane(&Pane::Canvas);
    let theme = editor.theme.clone();
    let mut drawn = Drawn { editor, actions, theme, canvas, is_edited: false, closed: None };
    docked.tree.ui(&mut drawn, ui);
    let (is_edited, closed) = (drawn.is_edited, drawn.closed);
    closed.into_iter().for_each(|pane| docked.hide(pane));
    if is_edited {
        docked.revision += 1;
    }
    if is_edited || closed.is_some() {
        ui.ctx().request_repaint();
    }
    editor.docked = docked;
}

struct Drawn<'a> {
    editor: &'a mut Editor,
    actions: &'a mut Vec<Action>,
    theme: Theme,
    canvas: Option<TileId>,
    is_edited: bool,
    /// A pane that is to go; one that is being drawn cannot be hidden yet.
    closed: Option<Pane>,
}

impl Behavior<Pane> for Drawn<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        match pane.panel() {
            None => canvas_pane_ui(ui, self.editor, self.actions),
            Some(panel) => {
                ui.painter().rect_filled(ui.max_rect(), 0.0, self.theme.panel);
                let room = ui.max_rect().shrink2(egui::vec2(10.0, 8.0));
                // What a panel remembers of itself stays when it is moved elsewhere.
                let own = egui::UiBuilder::new().scope_id(Id::unique(("pane", panel.name))).max_rect(room);
                ui.scope_builder(own, |ui| {
                    ui.shrink_clip_rect(room.expand(4.0));
                    (panel.ui)(ui, self.editor, self.actions);
                });
            }
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        pane.title().into()
    }

    fn tab_ui(&mut self, tiles: &mut Tiles<Pane>, ui: &mut Ui, id: Id, tile: TileId, state: &TabState) -> Response {
        let title = title(tiles, tile);
        let icon = tiles.get_pane(&tile).map_or(icons::ICON_DASHBOARD.codepoint, |pane| pane.icon());
        let colour = if state.active { self.theme.text } else { self.theme.weak };
        let text = ui.painter().layout_no_wrap(title.clone(), font(13.0), colour);
        let close_width = if state.closable { 22.0 } else { 0.0 };
        let width = 10.0 + 20.0 + text.size().x + 10.0 + close_width;
        let (_, rect) = ui.allocate_space(egui::vec2(width, ui.available_height()));
        let is_fixed = !self.is_tile_draggable(tiles, tile);
        let response = ui.interact(rect, id, if is_fixed { Sense::click() } else { Sense::click_and_drag() });
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, state.active, &title));
        if state.is_being_dragged {
            return response;
        }
        if state.active {
            ui.painter().rect_filled(rect, 0.0, self.theme.panel);
            let line = Rect::from_min_size(rect.min, egui::vec2(rect.width(), 2.0));
            ui.painter().rect_filled(line, 0.0, self.theme.accent);
        }
        let colour = if response.hovered() { self.theme.text } else { colour };
        let at = rect.left_center() + egui::vec2(10.0, 0.0);
        ui.painter().text(at, Align2::LEFT_CENTER, icon, icon_font(15.0), colour);
        let at = at + egui::vec2(20.0, -text.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, text, colour);
        if state.closable && self.close_ui(ui, rect, &title, &response) {
            self.closed = tiles.get_pane(&tile).copied();
        }
        response.on_hover_cursor(CursorIcon::Default)
    }

    fn is_tab_closable(&self, tiles: &Tiles<Pane>, tile: TileId) -> bool {
        tiles.get_pane(&tile).is_some_and(|pane| *pane != Pane::Canvas)
    }

    fn is_tab_bar_visible(&self, _: TileId, tabs: &egui_tiles::Tabs) -> bool {
        self.canvas.is_none_or(|canvas| tabs.children != [canvas])
    }

    fn is_tile_draggable(&self, _: &Tiles<Pane>, tile: TileId) -> bool {
        self.canvas != Some(tile)
    }

    fn tab_title_for_tile(&mut self, tiles: &Tiles<Pane>, tile: TileId) -> egui::WidgetText {
        title(tiles, tile).into()
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_height(&self, _: &Style) -> f32 {
        TAB_HEIGHT
    }

    fn gap_width(&self, _: &Style) -> f32 {
        GAP
    }

    fn min_size(&self) -> f32 {
        80.0
    }

    fn tab_bar_color(&self, _: &Visuals) -> Color32 {
        self.theme.canvas
    }

    fn resize_stroke(&self, _: &Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => Stroke::new(GAP, self.theme.line),
            ResizeState::Hovering => Stroke::new(2.0, self.theme.weak),
            ResizeState::Dragging => Stroke::new(2.0, self.theme.accent),
        }
    }

    fn tab_bar_hline_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::new(1.0, self.theme.line)
    }

    fn drag_preview_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::new(1.5, self.theme.accent)
    }

    fn drag_preview_color(&self, _: &Visuals) -> Color32 {
        self.theme.accent.gamma_multiply(0.25)
    }

    fn drag_ui(&mut self, tiles: &Tiles<Pane>, ui: &mut Ui, tile: TileId) {
        egui::Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
            ui.label(title(tiles, tile));
        });
    }

    /// `Ctrl-Tab` goes to the next graph.
    fn cycle_tabs_with_keyboard(&self) -> bool {
        false
    }

    fn on_edit(&mut self, _: EditAction) {
        self.is_edited = true;
    }
}

impl Drawn<'_> {
    /// Draws the button that takes a pane away; returns whether that is wished.
    fn close_ui(&self, ui: &mut Ui, tab: Rect, title: &str, response: &Response) -> bool {
        let at = tab.right_center() - egui::vec2(16.0, 0.0);
        let button = Rect::from_center_size(at, egui::vec2(18.0, 18.0));
        let close = ui.interact(button, response.id.with("close"), Sense::click());
        named(ui, &close, &format!("Close {title}"));
        let is_near = ui.rect_contains_pointer(tab) || close.has_focus();
        if close.hovered() {
            ui.painter().rect_filled(button, 4.0, self.theme.field);
        }
        if is_near {
            let cross = icons::ICON_CLOSE.codepoint;
            ui.painter().text(at, Align2::CENTER_CENTER, cross, icon_font(13.0), self.theme.weak);
        }
        close.clicked() || response.clicked_by(egui::PointerButton::Middle)
    }
}

/// Returns the name of a pane, or of those that are together in a container.
fn title(tiles: &Tiles<Pane>, tile: TileId) -> String {
    match tiles.get(tile) {
        Some(Tile::Pane(pane)) => pane.title().to_owned(),
        Some(Tile::Container(container)) => {
            let titles: Vec<_> = container.children().map(|child| title(tiles, *child)).collect();
            titles.join(", ")
        }
        None => String::new(),
    }
}
