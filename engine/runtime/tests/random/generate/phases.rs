//! Graphs with phases: values made of whole groups that meet items which are still to come.

use super::{map, pair, source, split, sum_of, work};
use crate::sketch::Sketch;

/// Normalises items by what is made of their group, or of a group further out.
pub fn normalise(sketch: &mut Sketch) -> Option<()> {
    let item = sketch.pick(|source| !source.scope.is_empty())?;
    let scope = sketch.sources[item].scope.clone();
    let beside = sketch.pick(|source| source.scope == scope)?;
    let mut mean = sum_of(sketch, item);
    while !sketch.sources[mean].scope.is_empty() && sketch.dice.percent(35) {
        mean = sum_of(sketch, mean);
    }
    let mean = if sketch.dice.percent(30) { work(sketch, mean) } else { mean };
    let normal = pair(sketch, beside, mean);
    if sketch.dice.percent(30) {
        pair(sketch, normal, item);
    }
    Some(())
}

/// Lets two sources wait for each other's collect, at the top or inside of the same item.
pub fn each_others(sketch: &mut Sketch) -> Option<()> {
    let left = sketch.pick(|source| !source.scope.is_empty())?;
    let around = sketch.sources[left].scope[..sketch.sources[left].scope.len() - 1].to_vec();
    let found = sketch.pick(|source| source.scope.len() > around.len() && source.scope.starts_with(&around));
    if around.is_empty() && sketch.bodies > 0 {
        return normalise(sketch);
    }
    let right = match found {
        Some(right) if sketch.sources[right].scope != sketch.sources[left].scope => right,
        _ if around.is_empty() => source(sketch),
        _ => return normalise(sketch),
    };
    let [of_left, of_right] = [left, right].map(|side| {
        let mut all = sum_of(sketch, side);
        while sketch.sources[all].scope.len() > around.len() {
            all = sum_of(sketch, all);
        }
        all
    });
    pair(sketch, left, of_right);
    pair(sketch, right, of_left);
    Some(())
}

/// Makes children of an item of a later phase, or of an earlier one, and joins them with it.
pub fn split_later(sketch: &mut Sketch) -> Option<()> {
    normalise(sketch)?;
    split(sketch)?;
    map(sketch)
}
