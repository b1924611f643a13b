//! Light steps in a row, which are fused where nothing forbids it: with failures, filters, code that waits after all,
//! retries and error ports in their midst, and joins before them.

use super::{filter, pair};
use crate::sketch::{Draft, Sketch};

/// A row of light steps.
pub fn row(sketch: &mut Sketch) -> Option<()> {
    let mut end = sketch.pick(|_| true)?;
    for _ in 0..sketch.dice.within(2, 6) {
        end = if sketch.dice.percent(15) { filter(sketch, end) } else { light(sketch, end) };
    }
    Some(())
}

/// A row of light steps behind a join.
pub fn row_behind_a_join(sketch: &mut Sketch) -> Option<()> {
    let one = sketch.pick(|source| !source.scope.is_empty())?;
    let side = light(sketch, one);
    let mut end = pair(sketch, one, side);
    for _ in 0..sketch.dice.within(1, 3) {
        end = light(sketch, end);
    }
    Some(())
}

fn light(sketch: &mut Sketch, from: usize) -> usize {
    let salt = sketch.dice.below(100);
    let draft = Draft::of("fault.light").param("salt", salt).wire(sketch, "value", from);
    let draft = match sketch.dice.below(8) {
        0..2 => draft.param("refuse", sketch.dice.within(2, 5)).retries(sketch.dice.one_of(&[0, 0, 0, 1])),
        2 => draft.param("drop", sketch.dice.within(2, 4)),
        3 => draft.param("wait", sketch.dice.within(1, 4)),
        4 => draft.param("wait", 2).param("refuse", 3),
        _ => draft,
    };
    sketch.add(draft, &["out"])
}
