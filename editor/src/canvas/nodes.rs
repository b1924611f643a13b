//! Nodes: title, icon, ports and parameters where they can be read, boxes where they cannot.

use std::collections::HashMap;

use egui::{
    Align2, Color32, CornerRadius, FontId, Mesh, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons;
use windlass_core::problem::Severity;

use super::body::params_ui;
use super::live::{Live, Standing, badge_ui};
use super::ports::{Compatible, ports_ui};
use super::previews::preview_ui;
use super::scene::{Scene, SceneNode};
use super::view::{Detail, View};
use crate::action::{Action, Selection};
use crate::theme::{HEADER_HEIGHT, NODE_WIDTH, Theme, category_colour, category_icon, font, icon_font};

/// Corners of nodes, in points of the canvas.
const CORNER: f32 = 7.0;

/// How much of what lies aside of the way that is looked at is covered.
const DIM: f32 = 0.72;

/// What nodes look like beside their faces.
pub struct Looks<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// What is selected.
    pub selection: &'a Selection,
    /// The worst problem of each node.
    pub problems: &'a HashMap<String, Severity>,
    /// Which ports fit what is dragged; `None` where nothing is.
    pub compatible: Option<&'a Compatible>,
    /// What the run says of each node, by its place.
    pub live: &'a Live,
}

/// Draws all nodes that can be seen.
pub fn nodes_ui(
    ui: &mut Ui,
    window: Rect,
    view: &View,
    scene: &Scene,
    moved: &impl Fn(&SceneNode) -> Vec2,
    (looks, actions): (&Looks<'_>, &mut Vec<Action>),
) {
    let seen = view.seen(window).expand(40.0);
    let mut boxes = Mesh::default();
    for (place, node) in scene.nodes.iter().enumerate() {
        let rect = node.rect().translate(moved(node));
        if !rect.intersects(seen) {
            continue;
        }
        let rect = view.rect_to_screen(window, rect);
        if view.detail() == Detail::Box {
            box_ui(&mut boxes, rect, node, place, looks);
        } else {
            node_ui(ui, rect, (node, place), view, (looks, actions));
        }
    }
    ui.painter().add(Shape::mesh(boxes));
}

/// Adds a node as a box: its edge tells what matters about it, its body what it belongs to.
fn box_ui(boxes: &mut Mesh, rect: Rect, node: &SceneNode, place: usize, looks: &Looks<'_>) {
    let edge = edge(node, place, looks).color;
    let width = (rect.width() * 0.05).clamp(0.5, 2.0);
    boxes.add_colored_rect(rect, edge);
    let title = category_colour(&node.face.category, looks.theme.look);
    let inner = rect.shrink(width);
    boxes.add_colored_rect(inner, looks.theme.node);
    let bottom = (inner.top() + rect.height() * HEADER_HEIGHT / node.rect().height()).min(inner.bottom());
    let bar = looks.live.colour(place, looks.theme).unwrap_or(title);
    boxes.add_colored_rect(Rect::from_min_max(inner.min, pos2(inner.right(), bottom)), bar);
}

fn node_ui(
    ui: &mut Ui,
    rect: Rect,
    (node, place): (&SceneNode, usize),
    view: &View,
    (looks, actions): (&Looks<'_>, &mut Vec<Action>),
) {
    name_ui(ui, rect, node, looks);
    let painter = ui.painter().clone();
    let theme = looks.theme;
    let corner = CornerRadius::same((CORNER * view.zoom).round().clamp(1.0, 12.0) as u8);
    let policy = &node.face.node().policy;
    let fade = if policy.mute || policy.bypass { 0.55 } else { 1.0 };
    painter.rect_filled(rect, corner, theme.node.gamma_multiply(fade));
    title_ui(&painter, rect, node, view, (looks, corner));
    painter.rect_stroke(rect, corner, edge(node, place, looks), StrokeKind::Outside);
    ports_ui(&painter, rect.min, node, view, (theme, looks.compatible));
    if view.detail() == Detail::Full && !node.collapsed {
        params_ui(ui, rect.min, node, view, (theme, actions));
        if let Some(shown) = looks.live.previews.get(&node.id) {
            preview_ui(ui, rect.min, node, shown, (view, theme));
        }
    }
    if let Some(live) = looks.live.node(place) {
        badge_ui(&painter, rect, live, view, theme);
    }
    if looks.live.is_dim(&node.id) {
        painter.rect_filled(rect.expand(2.0), corner, theme.canvas.gamma_multiply(DIM));
    } else if let Some(standing) = looks.live.lit.as_ref().and_then(|lit| lit.get(&node.id)) {
        painter.rect_stroke(rect, corner, Stroke::new(3.0, standing.colour(theme)), StrokeKind::Outside);
    }
}

/// Tells screen readers and tests of a node.
fn name_ui(ui: &mut Ui, rect: Rect, node: &SceneNode, looks: &Looks<'_>) {
    let response = ui.interact(rect, ui.scope_id().with(("node", &node.id)), Sense::hover());
    let is_selected = looks.selection.nodes.contains(&node.id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, format!("Node {}", node.id)));
}

fn edge(node: &SceneNode, place: usize, looks: &Looks<'_>) -> Stroke {
    let theme = looks.theme;
    let has_failed = looks.live.node(place).is_some_and(|live| live.standing == Standing::Failed);
    match looks.problems.get(&node.id) {
        _ if looks.selection.nodes.contains(&node.id) => Stroke::new(2.0, theme.accent),
        Some(Severity::Error) => Stroke::new(2.0, theme.error),
        _ if has_failed => Stroke::new(2.0, theme.error),
        Some(Severity::Warning) => Stroke::new(1.5, theme.warning),
        None => Stroke::new(1.0, theme.node_edge),
    }
}

fn title_ui(painter: &Painter, rect: Rect, node: &SceneNode, view: &View, (looks, corner): (&Looks<'_>, CornerRadius)) {
    let (theme, face) = (looks.theme, &node.face);
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), HEADER_HEIGHT * view.zoom));
    let bottom = if node.collapsed { corner.sw } else { 0 };
    let corner = CornerRadius { sw: bottom, se: bottom, ..corner };
    painter.rect_filled(bar, corner, category_colour(&face.category, theme.look));
    let middle = bar.center().y;
    let at = |x: f32| pos2(bar.left() + x * view.zoom, middle);
    let icon = if face.runs_graph() { icons::ICON_ACCOUNT_TREE.codepoint } else { category_icon(&face.category) };
    painter.text(at(10.0), Align2::LEFT_CENTER, icon, icon_font(view.font_size(15.0)), theme.text);
    let marks = marks(node, looks);
    let room = NODE_WIDTH - 40.0 - 18.0 * marks.len() as f32;
    text_ui(painter, at(31.0), &face.title, font(view.font_size(13.5)), theme.text, room * view.zoom);
    for (place, (mark, colour)) in marks.into_iter().enumerate() {
        let at = at(NODE_WIDTH - 16.0 - 18.0 * place as f32);
        painter.text(at, Align2::CENTER_CENTER, mark, icon_font(view.font_size(14.0)), colour);
    }
}

/// Returns what is to be seen at once about a node, from the right to the left.
fn marks(node: &SceneNode, looks: &Looks<'_>) -> Vec<(&'static str, Color32)> {
    let (theme, policy) = (looks.theme, &node.face.node().policy);
    let problem = looks.problems.get(&node.id).map(|severity| match severity {
        Severity::Error => (icons::ICON_ERROR.codepoint, theme.error),
        Severity::Warning => (icons::ICON_WARNING.codepoint, theme.warning),
    });
    let mute = policy.mute.then_some((icons::ICON_BLOCK.codepoint, theme.weak));
    let bypass = policy.bypass.then_some((icons::ICON_REDO.codepoint, theme.weak));
    let inside = node.face.is_container().then_some((icons::ICON_LAYERS.codepoint, theme.text));
    problem.into_iter().chain(mute).chain(bypass).chain(inside).collect()
}

/// Draws one line of text from its left middle on, cut where there is no room.
pub fn text_ui(painter: &Painter, at: Pos2, text: &str, font: FontId, colour: Color32, room: f32) -> f32 {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = painter.layout_job(job);
    let size = galley.size();
    painter.galley(pos2(at.x, at.y - size.y / 2.0), galley, Color32::PLACEHOLDER);
    size.x
}
