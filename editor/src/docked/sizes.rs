//! The sizes of panes are points, not shares: a larger window gives the room to the canvas, and panels stay as they are.

use egui::{Vec2, vec2};
use egui_tiles::{Container, LinearDir, Tile, TileId, Tiles, Tree};

use super::drawn::{GAP, TAB_HEIGHT};
use crate::panes::Pane;

/// A share below this was set by nobody: the pane has just come to where it is.
const NEW: f32 = 8.0;
/// The size of a pane that has just come to where it is, in points.
const NEW_SIZE: f32 = 240.0;
/// The canvas keeps this much, as far as the others can shrink.
const LEAST_CANVAS: f32 = 160.0;

/// Gives each pane its size in so much room; what is left is the canvas's.
pub fn settle(tree: &mut Tree<Pane>, room: Vec2) {
    let all: Vec<_> = tree.tiles.tile_ids().collect();
    all.into_iter().for_each(|id| greet(&mut tree.tiles, id));
    if let Some(root) = tree.root {
        give(&mut tree.tiles, root, room);
    }
}

/// Gives what is new in a row or column a size.
fn greet(tiles: &mut Tiles<Pane>, id: TileId) {
    let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(id) else { return };
    for child in linear.children.clone() {
        if linear.shares[child] < NEW {
            linear.shares.set_share(child, NEW_SIZE);
        }
    }
}

/// Follows the containers that the canvas is in, and gives it what the others leave.
fn give(tiles: &mut Tiles<Pane>, id: TileId, room: Vec2) {
    let Some(container) = tiles.get_container(id) else { return };
    let seen: Vec<_> = container.children().copied().filter(|child| tiles.is_visible_in_layout(*child)).collect();
    let Some(own) = seen.iter().copied().find(|child| has_canvas(tiles, *child)) else { return };
    let Container::Linear(linear) = container else {
        return give(tiles, own, room - vec2(0.0, TAB_HEIGHT));
    };
    let dir = linear.dir;
    let along = if dir == LinearDir::Horizontal { room.x } else { room.y };
    let others: f32 = seen.iter().filter(|child| **child != own).map(|child| linear.shares[*child]).sum();
    let rest = (along - others - GAP * (seen.len() - 1) as f32).max(LEAST_CANVAS);
    if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(id) {
        linear.shares.set_share(own, rest);
    }
    give(tiles, own, if dir == LinearDir::Horizontal { vec2(rest, room.y) } else { vec2(room.x, rest) });
}

/// Returns whether the canvas is in a tile.
pub(super) fn has_canvas(tiles: &Tiles<Pane>, id: TileId) -> bool {
    match tiles.get(id) {
        Some(Tile::Pane(pane)) => *pane == Pane::Canvas,
        Some(Tile::Container(container)) => container.children().any(|child| has_canvas(tiles, *child)),
        None => false,
    }
}
