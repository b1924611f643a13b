//! Layout of nodes in layers from left to right, for graphs without positions and for tidying up.

use egui::{Pos2, pos2};

use crate::theme::NODE_WIDTH;

/// Room between layers, for wires.
const GAP_X: f32 = 76.0;
/// Room between nodes of a layer.
const GAP_Y: f32 = 54.0;
/// How often the order in layers is improved.
const ROUNDS: usize = 6;

/// Returns the left top corners of nodes with these heights, which these wires connect.
pub fn layered(heights: &[f32], wires: &[(usize, usize)]) -> Vec<Pos2> {
    let layers = layers(heights.len(), wires);
    let mut rows = rows(&layers);
    for round in 0..ROUNDS {
        improve(&mut rows, wires, round % 2 == 0);
    }
    placed(&rows, heights)
}

/// Returns the layer of each node: behind all that feed it. What lies on a circle ends somewhere.
fn layers(count: usize, wires: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0; count];
    let mut waiting = vec![0_usize; count];
    let mut feeds = vec![Vec::new(); count];
    for &(from, to) in wires.iter().filter(|(from, to)| from != to) {
        waiting[to] += 1;
        feeds[from].push(to);
    }
    let mut ready: Vec<_> = (0..count).filter(|node| waiting[*node] == 0).collect();
    let mut done = 0;
    while done < ready.len() {
        let node = ready[done];
        done += 1;
        for &to in &feeds[node] {
            layer[to] = layer[to].max(layer[node] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    layer
}

fn rows(layers: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
    for (node, layer) in layers.iter().enumerate() {
        rows[*layer].push(node);
    }
    rows
}

/// Orders each layer by the mean place of its neighbours on one side.
fn improve(rows: &mut [Vec<usize>], wires: &[(usize, usize)], by_sources: bool) {
    let count = rows.iter().map(Vec::len).sum();
    let mut neighbours = vec![Vec::new(); count];
    for &(from, to) in wires {
        let (node, neighbour) = if by_sources { (to, from) } else { (from, to) };
        neighbours[node].push(neighbour);
    }
    let mut place = vec![0.0; count];
    note_places(rows, &mut place);
    for row in rows.iter_mut() {
        let mean = |node: &usize| {
            let near = &neighbours[*node];
            let sum: f32 = near.iter().map(|node| place[*node]).sum();
            if near.is_empty() { place[*node] } else { sum / near.len() as f32 }
        };
        let mut keyed: Vec<_> = row.iter().map(|node| (mean(node), *node)).collect();
        keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
        *row = keyed.into_iter().map(|(_, node)| node).collect();
    }
}

fn note_places(rows: &[Vec<usize>], place: &mut [f32]) {
    for row in rows {
        for (at, node) in row.iter().enumerate() {
            place[*node] = at as f32 - row.len() as f32 / 2.0;
        }
    }
}

fn placed(rows: &[Vec<usize>], heights: &[f32]) -> Vec<Pos2> {
    let mut places = vec![Pos2::ZERO; heights.len()];
    for (layer, row) in rows.iter().enumerate() {
        let whole: f32 = row.iter().map(|node| heights[*node] + GAP_Y).sum::<f32>() - GAP_Y;
        let mut y = -whole / 2.0;
        for node in row {
            places[*node] = pos2((layer as f32 * (NODE_WIDTH + GAP_X)).round(), y.round());
            y += heights[*node] + GAP_Y;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_feeds_stands_left_of_what_is_fed() {
        let wires = [(0, 1), (1, 3), (0, 3), (2, 3)];
        let places = layered(&[50.0; 4], &wires);
        assert!(wires.iter().all(|(from, to)| places[*from].x < places[*to].x), "{places:?}");
    }

    #[test]
    fn nodes_do_not_cover_each_other_even_on_a_circle() {
        let places = layered(&[90.0; 5], &[(0, 1), (1, 2), (2, 0), (3, 3)]);
        for (at, one) in places.iter().enumerate() {
            for other in &places[at + 1..] {
                assert!((one.x - other.x).abs() >= NODE_WIDTH || (one.y - other.y).abs() >= 90.0, "{places:?}");
            }
        }
    }
}
