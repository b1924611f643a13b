//! Where things are once subgraphs are opened: what is in them stands below the graph, each in a frame of its own.

use std::collections::HashSet;

use crate::convert::levels::{Level, Levels};
use crate::workflow::{Graph, Group};

/// How far a wire's way is followed.
const FARTHEST: usize = 256;
/// The size of a node that does not say its own.
const SIZE: [f64; 2] = [210.0, 100.0];
/// Room between what is opened and its frame; above it stands a title.
const MARGIN: [f64; 2] = [40.0, 80.0];

/// By how much each level is moved.
pub struct Places {
    levels: Vec<Moved>,
}

#[derive(Clone, Copy)]
struct Moved {
    by: [f64; 2],
    /// The frame around it.
    frame: Option<([f64; 2], [f64; 2])>,
}

impl Places {
    /// Finds room for every level.
    pub fn of(levels: &Levels<'_>) -> Self {
        let first = bounds(levels.get(0).graph).unwrap_or_default();
        let mut places = vec![Moved { by: [0.0, 0.0], frame: None }];
        let mut below = first.end[1] + MARGIN[1];
        for at in 1..levels.count() {
            let bounds = bounds(levels.get(at).graph).unwrap_or_default();
            let corner = [first.start[0], below];
            let by = [corner[0] + MARGIN[0] - bounds.start[0], corner[1] + MARGIN[1] - bounds.start[1]];
            let size = [0, 1].map(|side| bounds.end[side] - bounds.start[side] + 2.0 * MARGIN[side]);
            below += size[1] + MARGIN[1];
            places.push(Moved { by, frame: Some((corner, size)) });
        }
        Self { levels: places }
    }

    /// Returns where a point of a level is.
    pub fn of_level(&self, level: usize, at: [f64; 2]) -> [f64; 2] {
        let by = self.levels.get(level).map_or([0.0, 0.0], |moved| moved.by);
        [at[0] + by[0], at[1] + by[1]]
    }

    /// Returns the frame around a level.
    pub fn frame(&self, level: usize, title: &str) -> Option<Group> {
        let (at, size) = self.levels.get(level)?.frame?;
        Some(Group { title: title.to_owned(), at, size, colour: None })
    }
}

#[derive(Clone, Copy, Default)]
struct Bounds {
    start: [f64; 2],
    end: [f64; 2],
}

fn bounds(graph: &Graph) -> Option<Bounds> {
    let nodes = graph.nodes.values().map(|node| (node.look.at, node.look.size.unwrap_or(SIZE)));
    let all = nodes.chain(graph.groups.iter().map(|group| (group.at, group.size)));
    all.map(|(at, size)| Bounds { start: at, end: [at[0] + size[0], at[1] + size[1]] }).reduce(|one, other| Bounds {
        start: [0, 1].map(|side| one.start[side].min(other.start[side])),
        end: [0, 1].map(|side| one.end[side].max(other.end[side])),
    })
}

/// Returns the points that a wire goes through, from where it begins: those of its own, and reroutes that are nodes.
pub fn way(level: &Level<'_>, link: i64) -> Vec<[f64; 2]> {
    let (graph, mut next, mut points) = (level.graph, Some(link), Vec::new());
    // Points are met from the wire's end on.
    let (mut links, mut reroutes) = (HashSet::new(), HashSet::new());
    // What is met a second time leads in a circle.
    while let Some(link) = next.take().filter(|link| links.insert(*link)).and_then(|link| graph.links.get(&link)) {
        let mut point = link.through;
        while let Some(reroute) = point.filter(|at| reroutes.insert(*at)).and_then(|at| graph.reroutes.get(&at)) {
            points.push(reroute.at);
            point = reroute.before.filter(|_| points.len() < FARTHEST);
        }
        let from = graph.nodes.get(&link.from).filter(|node| node.class == "Reroute" && points.len() < FARTHEST);
        if let Some(reroute) = from {
            points.push(reroute.look.at);
            next = reroute.inputs.first().and_then(|slot| slot.link);
        }
    }
    points.reverse();
    points
}
