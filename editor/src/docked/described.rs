//! The places of panes as a file says them: rows, columns and tabs, with sizes in points. What a file says of panes that are not
//! known is passed over, and panes that it says nothing of come to where they are at first.

use egui_tiles::{Container, Linear, LinearDir, Tabs, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::sizes::has_canvas;
use crate::panes::{PANELS, Pane, Place};

/// Containers in containers that a file may have at most.
const MOST_DEEP: usize = 16;
/// The sizes that a file gives, in points; what is smaller was set by nobody.
const SIZES: std::ops::RangeInclusive<f32> = 40.0..=4000.0;

/// A pane, or several of them; just one of `row`, `column`, `tabs` and `pane` is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// Its size in the row or column that it is in; none where it takes what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    row: Vec<Part>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    column: Vec<Part>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tabs: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pane: Option<String>,
    /// Whether it is in front of the others in its tabs.
    #[serde(skip_serializing_if = "is_false")]
    front: bool,
    #[serde(skip_serializing_if = "is_false")]
    hidden: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Describes where the panes are.
pub fn describe(tree: &Tree<Pane>) -> Part {
    tree.root.map(|root| part(&tree.tiles, root)).unwrap_or_default()
}

fn part(tiles: &Tiles<Pane>, id: TileId) -> Part {
    let mut described = match tiles.get(id) {
        Some(Tile::Pane(pane)) => Part { pane: Some(pane.name().to_owned()), ..Part::default() },
        Some(Tile::Container(Container::Tabs(tabs))) => {
            let front = |child: &TileId| Part { front: tabs.active == Some(*child), ..part(tiles, *child) };
            Part { tabs: tabs.children.iter().map(front).collect(), ..Part::default() }
        }
        Some(Tile::Container(Container::Linear(linear))) => {
            let size = |child: TileId| {
                let is_sized = !has_canvas(tiles, child) && linear.shares[child] >= *SIZES.start();
                is_sized.then(|| linear.shares[child].round())
            };
            let parts = linear.children.iter().map(|child| Part { size: size(*child), ..part(tiles, *child) });
            match linear.dir {
                LinearDir::Horizontal => Part { row: parts.collect(), ..Part::default() },
                LinearDir::Vertical => Part { column: parts.collect(), ..Part::default() },
            }
        }
        // Nothing here makes grids; what is in one would stand in a row.
        Some(Tile::Container(grid)) => {
            Part { row: grid.children().map(|child| part(tiles, *child)).collect(), ..Part::default() }
        }
        None => Part::default(),
    };
    described.hidden = !tiles.is_visible(id);
    described
}

/// Puts panes where a description says; `None` where it has no canvas.
pub fn tiles(described: &Part) -> Option<(TileId, Tiles<Pane>)> {
    let mut tiles = Tiles::default();
    let mut root = tile(&mut tiles, described, 0)?;
    tiles.find_pane(&Pane::Canvas)?;
    for panel in PANELS {
        if tiles.find_pane(&panel.pane).is_none() {
            add_missing(&mut tiles, &mut root, panel.pane);
        }
    }
    Some((root, tiles))
}

fn tile(tiles: &mut Tiles<Pane>, part: &Part, depth: usize) -> Option<TileId> {
    if depth > MOST_DEEP {
        return None;
    }
    let id = if let Some(name) = &part.pane {
        let pane = Pane::named(name).filter(|pane| tiles.find_pane(pane).is_none())?;
        tiles.insert_pane(pane)
    } else if !part.tabs.is_empty() {
        tabs(tiles, &part.tabs, depth)?
    } else if !part.row.is_empty() {
        linear(tiles, LinearDir::Horizontal, &part.row, depth)?
    } else {
        linear(tiles, LinearDir::Vertical, &part.column, depth)?
    };
    if part.hidden && part.pane.is_some() && tiles.get_pane(&id) != Some(&Pane::Canvas) {
        tiles.set_visible(id, false);
    }
    Some(id)
}

fn tabs(tiles: &mut Tiles<Pane>, parts: &[Part], depth: usize) -> Option<TileId> {
    let made = parts.iter().filter_map(|part| Some((tile(tiles, part, depth + 1)?, part.front)));
    let made: Vec<_> = made.collect();
    let mut tabs = Tabs::new(made.iter().map(|(id, _)| *id).collect());
    made.iter().filter(|(_, front)| *front).for_each(|(id, _)| tabs.set_active(*id));
    (!made.is_empty()).then(|| tiles.insert_container(Container::Tabs(tabs)))
}

fn linear(tiles: &mut Tiles<Pane>, dir: LinearDir, parts: &[Part], depth: usize) -> Option<TileId> {
    let mut linear = Linear::new(dir, Vec::new());
    for part in parts {
        let Some(id) = tile(tiles, part, depth + 1) else { continue };
        linear.add_child(id);
        if let Some(size) = part.size.filter(|size| SIZES.contains(size)) {
            linear.shares.set_share(id, size);
        }
    }
    (!linear.children.is_empty()).then(|| tiles.insert_container(Container::Linear(linear)))
}

/// Adds a pane beside another one of its place, or at an edge of the window where there is none.
fn add_missing(tiles: &mut Tiles<Pane>, root: &mut TileId, pane: Pane) {
    let Some(panel) = pane.panel() else { return };
    let of_place = PANELS.iter().filter(|other| other.place == panel.place && other.pane != pane);
    let beside = of_place.filter_map(|other| tiles.parent_of(tiles.find_pane(&other.pane)?)).next();
    let id = tiles.insert_pane(pane);
    if let Some(Tile::Container(Container::Tabs(tabs))) = beside.and_then(|beside| tiles.get_mut(beside)) {
        tabs.add_child(id);
        return;
    }
    let (dir, children) = match panel.place {
        Place::Left => (LinearDir::Horizontal, vec![id, *root]),
        Place::Right => (LinearDir::Horizontal, vec![*root, id]),
        Place::Bottom => (LinearDir::Vertical, vec![*root, id]),
    };
    let mut linear = Linear::new(dir, children);
    linear.shares.set_share(id, super::size_of(panel.place));
    *root = tiles.insert_container(Container::Linear(linear));
}
