//! Ordered steps in random graphs: behind splits, filters and failures, with inner windows of 1.

use crate::generate::{filter, source, split_of, strictness, sum_of, work};
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

/// Puts the items of a group together, and makes one number of each batch.
pub fn batch(sketch: &mut Sketch) -> Option<()> {
    let from = member(sketch)?;
    let size = sketch.dice.one_of(&[1, 2, 2, 3, 4]);
    let draft = Draft::of("flow.batch").param("size", size).wire(sketch, "value", from);
    let draft = strictness(sketch, draft);
    let batches = sketch.add_batches(draft, &[1, 1, 2, 4], &["batch"]);
    let draft = Draft::of("fault.sum").wire(sketch, "values", batches);
    // No other node takes a list.
    sketch.sources.pop();
    let mixed = sketch.add(draft, &["out"]);
    match sketch.dice.below(6) {
        0 => drop(split_of(sketch, mixed)),
        1 => drop(sum_of(sketch, mixed)),
        2 => drop(take_of(sketch, mixed)),
        3 => drop(work(sketch, mixed)),
        _ => {}
    }
    Some(())
}

fn take_of(sketch: &mut Sketch, from: usize) -> usize {
    let count = sketch.dice.within(0, 3);
    let draft = Draft::of("flow.take").param("count", count).wire(sketch, "value", from);
    sketch.add(draft, &["value"])
}

/// Takes the first of a group whose other items may be needed elsewhere.
pub fn take(sketch: &mut Sketch) -> Option<()> {
    let from = member(sketch)?;
    take_of(sketch, from);
    Some(())
}

/// Makes several numbers of one, and breaks off after the first few.
fn split_that_breaks(sketch: &mut Sketch, from: usize) -> usize {
    let kind = sketch.dice.one_of(&["fault.split", "fault.stream"]);
    let (count, at, retries) = (sketch.dice.within(3, 5), sketch.dice.within(1, 3), sketch.dice.within(0, 1));
    let draft = Draft::of(kind).param("count", count).param("fail_at", at).param("flaky", 2).retries(retries);
    let draft = draft.wire(sketch, "value", from);
    sketch.add_split(draft, &[1, 2, 3, 4], &["out", "odd"])
}

/// Takes the first of a group that nothing else looks at, so that the group may end there.
pub fn take_of_its_own(sketch: &mut Sketch) -> Option<()> {
    let begun = sketch.sources.len();
    let mut end = match sketch.pick(|source| source.scope.len() < 3) {
        Some(from) if sketch.dice.percent(25) => split_that_breaks(sketch, from),
        Some(from) if sketch.dice.percent(60) => split_of(sketch, from),
        // A source in a body would run once, beside the rounds.
        _ if sketch.bodies > 0 => return None,
        _ => source(sketch),
    };
    for _ in 0..sketch.dice.within(0, 2) {
        end = if sketch.dice.percent(30) { filter(sketch, end) } else { work(sketch, end) };
    }
    if sketch.dice.percent(25) {
        let scope = sketch.sources[end].scope.clone();
        let beside = sketch.pick(|source| scope.starts_with(&source.scope)).unwrap_or(end);
        let draft = Draft::of("fault.pair").wire(sketch, "left", end).wire(sketch, "right", beside);
        end = sketch.add(draft, &["out"]);
    }
    end = take_of(sketch, end);
    if sketch.dice.percent(50) {
        end = work(sketch, end);
    }
    if sketch.dice.percent(60) {
        end = sum_of(sketch, end);
    }
    // Nothing is wired to what lies before the take.
    let last = sketch.sources.remove(end);
    sketch.sources.truncate(begun);
    sketch.sources.push(last);
    Some(())
}
