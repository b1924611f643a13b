//! Ordered steps in random graphs: behind splits, filters and failures, with inner windows of 1.

use crate::generate::{filter, strictness, work};
use crate::sketch::{Draft, Sketch};

/// Returns a port of a group, often with a filter or something slow or failing before it.
fn member(sketch: &mut Sketch) -> Option<usize> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    Some(match sketch.dice.below(10) {
        0..3 => work(sketch, from),
        3..5 => filter(sketch, from),
        _ => from,
    })
}

/// Goes through a group in order.
pub fn tally(sketch: &mut Sketch) -> Option<()> {
    let from = member(sketch)?;
    let draft = Draft::of("fault.tally").wire(sketch, "value", from);
    let draft = match sketch.dice.below(8) {
        0 => draft.param("refuse", sketch.dice.within(1, 4)).retries(sketch.dice.below(2)),
        1 => draft.param("flaky", sketch.dice.within(1, 2)).retries(sketch.dice.within(0, 2)),
        2 => draft.param("refuse_end", sketch.dice.within(1, 3)),
        _ => draft,
    };
    let draft = strictness(sketch, draft);
    sketch.add_ordered(draft, "out", "total");
    Some(())
}
