//! Pairings in random graphs: of scopes side by side, of two branches of one, of what was filtered or failed.

use crate::generate::{filter, source, strictness, work};
use crate::sketch::{Draft, Sketch};

fn around(scope: &[String]) -> &[String] {
    &scope[..scope.len().saturating_sub(1)]
}

/// Returns two ports whose groups lie on one line of nesting, often changed on the way.
fn sides(sketch: &mut Sketch) -> Option<(usize, usize)> {
    let left = sketch.pick(|source| !source.scope.is_empty())?;
    let scope = sketch.sources[left].scope.clone();
    let fits =
        |other: &[String]| around(other).starts_with(around(&scope)) || around(&scope).starts_with(around(other));
    // What a source in a body makes lies beside the rounds, and nothing else in the body may be joined with it.
    let right = match sketch.dice.percent(25) && scope.len() == 1 && sketch.bodies == 0 {
        true => source(sketch),
        false => sketch.pick(|source| !source.scope.is_empty() && fits(&source.scope))?,
    };
    Some((side(sketch, left), side(sketch, right)))
}

fn side(sketch: &mut Sketch, from: usize) -> usize {
    match sketch.dice.below(10) {
        0..3 => filter(sketch, from),
        3..5 => work(sketch, from),
        _ => from,
    }
}

fn both(sketch: &mut Sketch, kind: &str, (left, right): (usize, usize)) -> Draft {
    let draft = Draft::of(kind).collect(sketch, "left", left).collect(sketch, "right", right);
    strictness(sketch, draft)
}

/// Pairs in order.
pub fn zip(sketch: &mut Sketch) -> Option<()> {
    let sides = sides(sketch)?;
    let draft = both(sketch, "flow.zip", sides);
    let first = sketch.add_split(draft, &[1, 1, 2, 4], &["left", "right"]);
    if sketch.dice.percent(50) {
        let draft = Draft::of("fault.pair").wire(sketch, "left", first).wire(sketch, "right", first + 1);
        sketch.add(draft, &["out"]);
    }
    Some(())
}

/// Pairs each with each.
pub fn cross(sketch: &mut Sketch) -> Option<()> {
    let sides = sides(sketch)?;
    let draft = both(sketch, "flow.cross", sides);
    sketch.add_split(draft, &[1, 2, 4], &["left", "right"]);
    Some(())
}

/// Pairs by a key that several have.
pub fn join(sketch: &mut Sketch) -> Option<()> {
    let sides = sides(sketch)?;
    let how = sketch.dice.one_of(&["inner", "left", "outer"]);
    let draft = both(sketch, "flow.join", sides).text("left_key", "value % 4").text("right_key", "value % 4");
    let first = sketch.add_split(draft.text("how", how), &[1, 2, 4], &["left", "right"]);
    // What may be absent is no number; the later port first, so that the place of the other one stays.
    for (port, may_lack) in [(first + 1, how != "inner"), (first, how == "outer")] {
        if may_lack {
            let draft = Draft::of("flow.filter").text("where", "value is not none").wire(sketch, "value", port);
            sketch.add(draft, &["value"]);
            sketch.sources.remove(port);
        }
    }
    Some(())
}
