//! Where the panes are: a tree of rows, columns and tabs that a person may rearrange. The canvas is always part of it.

mod described;
mod drawn;
mod sizes;

use egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tabs, TileId, Tiles, Tree};

pub use described::Part;
pub use drawn::docked_ui;

use crate::panes::{PANELS, Pane, Place};

/// Width of the panes at the left, in points.
const LEFT_WIDTH: f32 = 230.0;
/// Width of the panes at the right, in points.
const RIGHT_WIDTH: f32 = 300.0;
/// Height of the panes below the canvas, in points.
const BOTTOM_HEIGHT: f32 = 200.0;

/// Where the panes are.
pub struct Docked {
    tree: Tree<Pane>,
    /// Raised whenever a person changes it.
    revision: u64,
}

impl Default for Docked {
    fn default() -> Self {
        Self { tree: usual(), revision: 0 }
    }
}

impl Docked {
    /// Returns whether a pane is seen: neither hidden, nor behind another one.
    pub fn is_in_front(&self, pane: Pane) -> bool {
        self.tree.tiles.find_pane(&pane).is_some_and(|id| self.tree.active_tiles().contains(&id))
    }

    /// Shows a pane, in front of those at the same place.
    pub fn show(&mut self, pane: Pane) {
        let Some(id) = self.tree.tiles.find_pane(&pane) else { return };
        self.tree.set_visible(id, true);
        self.tree.make_active(|tile, _| tile == id);
        self.revision += 1;
    }

    /// Takes a pane away; it keeps its place for later. The canvas stays.
    pub fn hide(&mut self, pane: Pane) {
        let Some(id) = self.tree.tiles.find_pane(&pane).filter(|_| pane != Pane::Canvas) else { return };
        self.tree.set_visible(id, false);
        self.revision += 1;
    }

    /// Takes a pane away that is seen, and shows one that is not.
    pub fn toggle(&mut self, pane: Pane) {
        if self.is_in_front(pane) {
            self.hide(pane);
        } else {
            self.show(pane);
        }
    }

    /// Brings all panes back to where they were at first.
    pub fn reset(&mut self) {
        self.tree = usual();
        self.revision += 1;
    }

    /// Returns the number of changes so far, to see that something has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Describes where the panes are.
    pub fn describe(&self) -> Part {
        described::describe(&self.tree)
    }

    /// Puts the panes where a description says. Returns whether that can be done; else they stay as they are.
    pub fn arrange(&mut self, described: &Part) -> bool {
        let Some((root, tiles)) = described::tiles(described) else { return false };
        self.tree = Tree::new(self.tree.id(), root, tiles);
        true
    }
}

/// Returns the panes where they are at first: a row of the palette, the canvas above the rest, and the inspector.
fn usual() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let canvas = tiles.insert_pane(Pane::Canvas);
    let canvas = tabs(&mut tiles, vec![canvas]);
    let mut middle = Linear::new(LinearDir::Vertical, vec![canvas]);
    add(&mut tiles, &mut middle, Place::Bottom);
    let middle = tiles.insert_container(Container::Linear(middle));
    let mut row = Linear::new(LinearDir::Horizontal, Vec::new());
    add(&mut tiles, &mut row, Place::Left);
    row.add_child(middle);
    add(&mut tiles, &mut row, Place::Right);
    let root = tiles.insert_container(Container::Linear(row));
    Tree::new(Id::unique("panes"), root, tiles)
}

/// Returns the size that panes of a place have at first: width or height, in points.
fn size_of(place: Place) -> f32 {
    match place {
        Place::Left => LEFT_WIDTH,
        Place::Right => RIGHT_WIDTH,
        Place::Bottom => BOTTOM_HEIGHT,
    }
}

/// Adds the panes of a place to a row or column, as tabs.
fn add(tiles: &mut Tiles<Pane>, linear: &mut Linear, place: Place) {
    let of_place = PANELS.iter().filter(|panel| panel.place == place);
    let children: Vec<_> = of_place.map(|panel| tiles.insert_pane(panel.pane)).collect();
    if !children.is_empty() {
        let tabs = tabs(tiles, children);
        linear.add_child(tabs);
        linear.shares.set_share(tabs, size_of(place));
    }
}

fn tabs(tiles: &mut Tiles<Pane>, children: Vec<TileId>) -> TileId {
    tiles.insert_container(Container::Tabs(Tabs::new(children)))
}
