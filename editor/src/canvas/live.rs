//! What a run says of nodes and wires, as the canvas shows it.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align2, Color32, CornerRadius, Painter, Rect, pos2, vec2};
use egui_material_icons::icons;

use super::nodes::text_ui;
use super::view::{Detail, View};
use crate::running::Shown;
use crate::theme::{Theme, font, icon_font};
use crate::words::{bytes_in_words, rate_in_words};

/// How a node stands in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing has come to it.
    Waiting,
    /// It works.
    Running,
    /// It asks a person.
    Asking,
    /// It has seen all its items.
    Done,
    /// Some items failed.
    Failed,
}

/// What a run says of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLive {
    /// How it stands.
    pub standing: Standing,
    /// Share done, 0.0 to 1.0, where that is known.
    pub share: Option<f32>,
    /// Figures in words: `12 of 40 · 3/s`.
    pub words: String,
    /// More figures: times, what was known, the device; empty where there are none.
    pub more: String,
}

/// What a run says of a wire.
#[derive(Clone, Debug, PartialEq)]
pub struct WireLive {
    /// How full it is, 0.0 to 1.0.
    pub fill: f32,
    /// Items that wait on it.
    pub waiting: usize,
    /// Whether it holds back what feeds it.
    pub holds_back: bool,
    /// Figures for whoever looks closer.
    pub figures: Figures,
}

/// Figures of a wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// How many items may wait.
    pub limit: usize,
    /// Items that went over it.
    pub items: u64,
    /// Items a second.
    pub rate: f32,
    /// Bytes that went over it.
    pub bytes: u64,
    /// Bytes a second.
    pub bytes_rate: f32,
}

impl WireLive {
    /// Returns its figures in words, which are made for the wire that is looked at alone.
    pub fn in_words(&self) -> String {
        let Figures { limit, items, rate, bytes, bytes_rate } = self.figures;
        let mut words = format!("{} of {limit} wait  ·  {items} items", self.waiting);
        if rate > 0.0 {
            words.push_str(&format!("  ·  {}", rate_in_words(rate)));
        }
        if bytes > 0 {
            words.push_str(&format!("  ·  {}", bytes_in_words(bytes)));
        }
        if bytes_rate >= 1.0 {
            words.push_str(&format!(", {}/s", bytes_in_words(bytes_rate as u64)));
        }
        words
    }
}

/// What a run says of nodes, by their place, and of wires.
#[derive(Clone, Default)]
pub struct Live {
    /// The nodes; empty where nothing runs.
    pub nodes: Vec<Option<NodeLive>>,
    /// The previews of nodes that are in view, by their id.
    pub previews: HashMap<String, Arc<Shown>>,
    /// The nodes on the way of the item that is looked at, and how it left them; `None` where none is.
    pub lit: Option<HashMap<String, Standing>>,
    /// The wires, by their place; empty where nothing runs.
    pub wires: Vec<Option<WireLive>>,
}

impl Live {
    /// Returns whether a node lies aside of the way that is looked at.
    pub fn is_dim(&self, node: &str) -> bool {
        self.lit.as_ref().is_some_and(|lit| !lit.contains_key(node))
    }

    /// Returns what is said of a node.
    pub fn node(&self, place: usize) -> Option<&NodeLive> {
        self.nodes.get(place)?.as_ref()
    }

    /// Returns the colour of a node that is too small for words.
    pub fn colour(&self, place: usize, theme: &Theme) -> Option<Color32> {
        self.node(place).filter(|live| live.standing != Standing::Waiting).map(|live| live.standing.colour(theme))
    }
}

impl Standing {
    /// Returns its colour.
    pub fn colour(self, theme: &Theme) -> Color32 {
        match self {
            Self::Waiting => theme.weak,
            Self::Running => theme.busy,
            Self::Asking => theme.warning,
            Self::Done => theme.good,
            Self::Failed => theme.error,
        }
    }

    /// Returns its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Waiting => icons::ICON_SCHEDULE.codepoint,
            Self::Running => icons::ICON_AUTORENEW.codepoint,
            Self::Asking => icons::ICON_HELP.codepoint,
            Self::Done => icons::ICON_CHECK_CIRCLE.codepoint,
            Self::Failed => icons::ICON_ERROR.codepoint,
        }
    }
}

/// Draws what is said of a node below it: a bar, an icon, figures.
pub fn badge_ui(painter: &Painter, rect: Rect, live: &NodeLive, view: &View, theme: &Theme) {
    let colour = live.standing.colour(theme);
    let height = (4.0 * view.zoom).max(2.0);
    let bar = Rect::from_min_size(rect.left_bottom() + vec2(0.0, 4.0 * view.zoom), vec2(rect.width(), height));
    painter.rect_filled(bar, CornerRadius::same(2), theme.line);
    let share = live.share.unwrap_or(if live.standing == Standing::Done { 1.0 } else { 0.0 });
    let done = Rect::from_min_size(bar.min, vec2(bar.width() * share.clamp(0.0, 1.0), height));
    painter.rect_filled(done, CornerRadius::same(2), colour);
    if view.detail() < Detail::Full {
        return;
    }
    let y = bar.bottom() + 11.0 * view.zoom;
    let icon = icon_font(view.font_size(14.0));
    painter.text(pos2(bar.left(), y), Align2::LEFT_CENTER, live.standing.icon(), icon, colour);
    let at = pos2(bar.left() + 19.0 * view.zoom, y);
    let room = rect.width() - 19.0 * view.zoom;
    text_ui(painter, at, &live.words, font(view.font_size(12.0)), theme.text, room);
    let at = pos2(bar.left(), y + 15.0 * view.zoom);
    text_ui(painter, at, &live.more, font(view.font_size(11.0)), theme.weak, rect.width());
}
