//! Loops and containers: bodies of several nodes, with splits, failures, filters, sinks and loops inside.

use windlass_core::doc::InputDoc;
use windlass_core::problem::Spanned;
use windlass_core::types::Type;

use super::{FALLBACKS, MERGES, choose, finish_body, first_of, map};
use crate::sketch::{Draft, Sketch};

/// Bodies inside of bodies.
const MAX_BODIES: usize = 2;

/// Runs a body for each item, round by round.
pub fn loop_of(sketch: &mut Sketch) -> Option<()> {
    if sketch.bodies >= MAX_BODIES {
        return map(sketch);
    }
    let from = sketch.pick(|source| source.scope.len() < super::MAX_DEPTH)?;
    let beside = if sketch.dice.percent(40) { sketch.pick_beside(&[from]) } else { None };
    let kind = sketch.dice.one_of(&["flow.repeat", "flow.repeat", "flow.try", "flow.retry_until"]);
    let mut draft = Draft::of(kind).wire(sketch, "n", from);
    if let Some(beside) = beside {
        draft = draft.wire(sketch, "k", beside);
    }
    if kind != "flow.try" {
        draft = bound(sketch, draft);
        let until = ["n % 3 == 1", "n % 2 == 0", "n % 5 != 0", "n % 4 > m % 4"][sketch.dice.below(4)];
        if sketch.dice.percent(75) {
            draft = draft.text("until", until);
        }
    }
    let body = body(sketch, beside.is_some());
    let result = sketch.add_loop(draft.body(body), &["n", "m"]);
    after(sketch, kind, result);
    Some(())
}

/// Says how many rounds there may be, sometimes by a wire.
fn bound(sketch: &mut Sketch, draft: Draft) -> Draft {
    let max = sketch.dice.within(1, 4);
    if !sketch.dice.percent(20) {
        return draft.param("max", max);
    }
    let number = sketch.add(Draft::of("flow.constant").param("value", max), &["value"]);
    let draft = draft.wire(sketch, "max", number);
    // What runs once in a body lies beside the rounds.
    sketch.sources.truncate(number);
    draft
}

/// Takes up what a container gives in place of its outputs.
fn after(sketch: &mut Sketch, kind: &str, result: usize) {
    let source = sketch.sources[result].clone();
    if kind == "flow.try" && sketch.dice.percent(70) {
        let draft = Draft::of("fault.rescue").rescue(&source.node, "failure", &source.scope);
        let rescued = sketch.add(draft, &["out"]);
        let kinds = sketch.dice.one_of(&[MERGES, FALLBACKS]);
        first_of(sketch, kinds, &[result, rescued]);
    }
}

/// Joins what a round has with a value that a source in the body makes once for the run.
pub fn once_beside(sketch: &mut Sketch) -> Option<()> {
    let left = sketch.pick(|_| true)?;
    let known = sketch.sources.len();
    let once = super::source(sketch);
    let once = super::sum_of(sketch, once);
    let joined = super::pair(sketch, left, once);
    // What runs once lies beside the rounds: it may be joined with them, and nothing may be split off it.
    sketch.sources.drain(known..joined);
    Some(())
}

fn body(outer: &mut Sketch, has_beside: bool) -> windlass_core::doc::GraphDoc {
    let mut sketch = outer.inner();
    for name in ["n", "k"].into_iter().take(1 + usize::from(has_beside)) {
        let ty = Spanned::made(Type::int());
        sketch.doc.inputs.insert(name.into(), InputDoc { ty, default: None, doc: None, span: None });
        sketch.offer_input(name);
    }
    let first = super::work(&mut sketch, 0);
    for _ in 0..sketch.dice.within(0, 4) {
        let action = choose(&mut sketch);
        // An action that finds no fitting ports does nothing.
        let _ = action(&mut sketch);
    }
    for name in ["n", "m"] {
        let fits = |source: &crate::sketch::Source| source.scope.is_empty();
        let source = sketch.pick(fits).unwrap_or(first);
        sketch.output_as(name, source);
    }
    finish_body(&mut sketch);
    outer.take_back(sketch)
}
