//! Questions to a person: before splits, beside branches that do without, in front of collects.

use super::{FALLBACKS, MERGES, first_of, pair, split_of, sum_of, work};
use crate::sketch::{Draft, Sketch};

fn ask_about(sketch: &mut Sketch, from: usize) -> usize {
    let (ask, refuse) = (sketch.dice.one_of(&[1, 2, 2, 3]), sketch.dice.one_of(&[0, 0, 0, 2]));
    let draft = Draft::of("fault.ask").param("ask", ask).param("refuse", refuse).wire(sketch, "value", from);
    sketch.add(draft, &["out"])
}

/// Asks about some items.
pub fn ask(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    let asked = ask_about(sketch, from);
    match sketch.dice.below(4) {
        0 if sketch.sources[asked].scope.len() < super::MAX_DEPTH => drop(split_of(sketch, asked)),
        1 => drop(pair(sketch, from, asked)),
        2 if !sketch.sources[asked].scope.is_empty() => drop(sum_of(sketch, asked)),
        _ => {}
    }
    Some(())
}

/// Takes the first of a group of which some items are asked about.
pub fn take_of_asked(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    let asked = ask_about(sketch, from);
    let draft = Draft::of("flow.take").param("count", sketch.dice.within(1, 3)).wire(sketch, "value", asked);
    let taken = sketch.add(draft, &["value"]);
    if sketch.dice.percent(50) {
        sum_of(sketch, taken);
    }
    Some(())
}

/// Asks on one of several branches that are brought together again.
pub fn ask_on_a_branch(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    let mut branches = vec![ask_about(sketch, from), work(sketch, from)];
    if sketch.dice.percent(50) {
        branches.reverse();
    }
    let kinds = sketch.dice.one_of(&[MERGES, FALLBACKS]);
    first_of(sketch, kinds, &branches);
    Some(())
}
