//! Random graphs, biased towards what has hung or gone wrong before: joins of side branches, repeated values,
//! inner windows of 1, empty groups, failures at random places.

mod asks;
mod light;
mod loops;
mod phases;

use windlass_core::doc::GraphDoc;

use crate::sketch::{Draft, Sketch};
use crate::{ordered, pairs};

const MAX_DEPTH: usize = 3;
/// Kinds that fire on skips, each with its output.
const MERGES: [(&str, &str); 2] = [("fault.merge", "out"), ("flow.merge", "value")];
/// Kinds that fire on skips and failures.
const FALLBACKS: [(&str, &str); 2] = [("fault.fallback", "out"), ("flow.fallback", "value")];
type Action = fn(&mut Sketch) -> Option<()>;

const ACTIONS: [(usize, Action); 33] = [
    (4, map),
    (3, chain),
    (3, drop_some),
    (6, diamond),
    (6, repeat),
    (5, split),
    (5, sum),
    (4, sums),
    (2, list),
    (3, gather),
    (3, switch_and_merge),
    (3, fallback),
    (3, rescue),
    (3, join_many),
    (2, merge_any),
    (2, two_sources),
    (1, wire_a_parameter),
    (7, phases::normalise),
    (4, phases::each_others),
    (2, phases::split_later),
    (5, ordered::tally),
    (4, ordered::take),
    (5, ordered::batch),
    (6, ordered::take_of_its_own),
    (5, asks::ask),
    (3, asks::ask_on_a_branch),
    (3, asks::take_of_asked),
    (6, loops::loop_of),
    (5, pairs::zip),
    (2, pairs::cross),
    (4, pairs::join),
    (7, light::row),
    (3, light::row_behind_a_join),
];

/// Returns the graph of a seed.
pub fn generate(seed: u64) -> GraphDoc {
    let mut sketch = Sketch::new(seed);
    source(&mut sketch);
    let actions = sketch.dice.within(2, 11);
    for _ in 0..actions {
        let action = choose(&mut sketch);
        // An action that finds no fitting ports does nothing.
        let _ = action(&mut sketch);
    }
    finish(&mut sketch);
    sketch.doc
}

fn choose(sketch: &mut Sketch) -> Action {
    let total = ACTIONS.iter().map(|(weight, _)| weight).sum();
    let mut left = sketch.dice.below(total);
    for (weight, action) in ACTIONS {
        if left < weight {
            return action;
        }
        left -= weight;
    }
    map
}

/// Ends what leads nowhere in a sink or an output, and leaves some of it open.
fn finish(sketch: &mut Sketch) {
    for at in 0..sketch.sources.len() {
        let (used, roll) = (sketch.sources[at].used, sketch.dice.below(100));
        if (!used && roll < 50) || roll < 8 {
            let draft = Draft::of("fault.say").wire(sketch, "value", at);
            sketch.add(draft, &[]);
        } else if (!used && roll < 85) || roll < 16 {
            sketch.output(at);
        }
    }
}

/// Ends what leads nowhere in a body in a sink, and leaves some of it open.
fn finish_body(sketch: &mut Sketch) {
    for at in 0..sketch.sources.len() {
        if !sketch.sources[at].used && sketch.dice.percent(50) {
            let draft = Draft::of("fault.say").wire(sketch, "value", at);
            sketch.add(draft, &[]);
        }
    }
}

fn making(sketch: &mut Sketch, most: usize) -> Draft {
    let kind = sketch.dice.one_of(&["fault.split", "fault.split", "fault.split_whole", "fault.stream"]);
    // Empty groups come often enough from numbers that vary.
    let (count, vary) = (sketch.dice.within(1, most), sketch.dice.percent(50));
    let count = if sketch.dice.percent(4) { 0 } else { count };
    let draft = Draft::of(kind).param("count", count).flag("vary", vary);
    if !sketch.dice.percent(20) {
        return draft;
    }
    let (at, flaky) = (sketch.dice.within(0, most), sketch.dice.within(1, 3));
    let (retries, among) = (sketch.dice.within(0, 2), sketch.dice.one_of(&[0, 2, 3]));
    draft.param("fail_at", at).param("flaky", flaky).param("among", among).retries(retries)
}

pub fn source(sketch: &mut Sketch) -> usize {
    let draft = making(sketch, 8).flag("vary", false);
    sketch.add_split(draft, &[1, 2, 3, 4, 6, 8], &["out", "odd"])
}

fn split(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| source.scope.len() < MAX_DEPTH)?;
    split_of(sketch, from);
    Some(())
}

/// Makes several numbers of one; returns the first of the ports.
pub fn split_of(sketch: &mut Sketch, from: usize) -> usize {
    let draft = making(sketch, 3).wire(sketch, "value", from);
    sketch.add_split(draft, &[1, 1, 1, 2, 3, 4], &["out", "odd"])
}

fn worker(sketch: &mut Sketch) -> Draft {
    let kinds = ["add", "add", "add", "compute", "compute", "wait", "panic", "crash", "lease"];
    let kind = sketch.dice.one_of(&kinds);
    let draft = Draft::of(&format!("fault.{kind}"));
    if matches!(kind, "panic" | "crash") {
        return draft.param("refuse", sketch.dice.within(2, 5));
    }
    if kind == "lease" {
        return draft;
    }
    let draft = draft.param("salt", sketch.dice.below(100));
    match sketch.dice.below(10) {
        0..3 => draft.param("refuse", sketch.dice.within(1, 4)).retries(sketch.dice.below(2)),
        3 => draft.param("flaky", sketch.dice.within(1, 2)).retries(sketch.dice.within(1, 2)),
        4 if kind == "compute" => draft.param("busy_us", 200),
        _ => draft,
    }
}

pub fn work(sketch: &mut Sketch, from: usize) -> usize {
    let draft = worker(sketch).wire(sketch, "value", from);
    sketch.add(draft, &["out"])
}

fn map(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    work(sketch, from);
    Some(())
}

/// Computes several times in a row, so that steps compete for cores with those that they feed.
fn chain(sketch: &mut Sketch) -> Option<()> {
    let mut end = sketch.pick(|source| !source.scope.is_empty())?;
    for _ in 0..sketch.dice.within(2, 3) {
        let kind = sketch.dice.one_of(&["fault.compute", "fault.compute", "fault.lease"]);
        let draft = Draft::of(kind).wire(sketch, "value", end);
        end = sketch.add(draft, &["out"]);
    }
    Some(())
}

pub fn filter(sketch: &mut Sketch, from: usize) -> usize {
    let (draft, port) = match sketch.dice.below(20) {
        0..4 => (Draft::of("flow.filter").text("where", "value % 3 != 0"), "value"),
        4 => (Draft::of("fault.silent"), "out"),
        _ => (Draft::of("fault.filter").param("drop", sketch.dice.within(1, 4)), "out"),
    };
    let draft = draft.wire(sketch, "value", from);
    sketch.add(draft, &[port])
}

fn drop_some(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    filter(sketch, from);
    Some(())
}

/// Joins a port with a branch of itself.
fn diamond(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    let mut side = from;
    for _ in 0..sketch.dice.within(1, 3) {
        side = if sketch.dice.percent(30) { filter(sketch, side) } else { work(sketch, side) };
    }
    pair(sketch, from, side);
    Some(())
}

/// Repeats a shallower value to deeper items.
fn repeat(sketch: &mut Sketch) -> Option<()> {
    let deep = sketch.pick(|source| !source.scope.is_empty())?;
    let scope = sketch.sources[deep].scope.clone();
    let shallow = sketch.pick(|source| source.scope.len() < scope.len() && scope.starts_with(&source.scope))?;
    let shallow = if sketch.dice.percent(40) { work(sketch, shallow) } else { shallow };
    if sketch.dice.percent(30) {
        weigh(sketch, shallow, deep)
    } else {
        pair(sketch, deep, shallow)
    };
    Some(())
}

/// Joins a value with a large one that is repeated to it.
fn weigh(sketch: &mut Sketch, large: usize, value: usize) -> usize {
    let draft = Draft::of("fault.swell").wire(sketch, "value", large);
    let text = sketch.add(draft, &["out"]);
    let draft = Draft::of("fault.weigh").wire(sketch, "text", text).wire(sketch, "value", value);
    // No other node takes a text.
    sketch.sources.pop();
    sketch.add(draft, &["out"])
}

fn pair(sketch: &mut Sketch, one: usize, other: usize) -> usize {
    let (left, right) = if sketch.dice.percent(50) { (one, other) } else { (other, one) };
    let draft = match sketch.dice.percent(50) {
        true => Draft::of("fault.pair").wire(sketch, "left", left).wire(sketch, "right", right),
        false => Draft::of("fault.join").wires(sketch, "values", &[left, right]),
    };
    sketch.add(draft, &["out"])
}

pub fn strictness(sketch: &mut Sketch, draft: Draft) -> Draft {
    if sketch.dice.percent(25) { draft.strict() } else { draft }
}

pub fn sum_of(sketch: &mut Sketch, from: usize) -> usize {
    let draft = Draft::of("fault.sum").collect(sketch, "values", from);
    let draft = strictness(sketch, draft);
    sketch.add(draft, &["out"])
}

fn sum(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    let sum = sum_of(sketch, from);
    // Collects of collected groups are worth more than their share.
    if !sketch.sources[sum].scope.is_empty() && sketch.dice.percent(50) {
        sum_of(sketch, sum);
    }
    Some(())
}

/// Collects a group to a list and makes items of its members again.
fn list(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    let draft = Draft::of("flow.collect").collect(sketch, "values", from);
    let draft = strictness(sketch, draft);
    let list = sketch.add(draft, &["values"]);
    let draft = Draft::of("flow.each").wire(sketch, "values", list);
    // No other node takes a list.
    sketch.sources.pop();
    sketch.add_split(draft, &[1, 2, 3], &["value", "index"]);
    Some(())
}

/// Collects two ports in one node: of one scope, or of two scopes side by side.
fn sums(sketch: &mut Sketch) -> Option<()> {
    let left = sketch.pick(|source| !source.scope.is_empty())?;
    let around = sketch.sources[left].scope[..sketch.sources[left].scope.len() - 1].to_vec();
    let right = sketch.pick(|source| source.scope.len() == around.len() + 1 && source.scope.starts_with(&around))?;
    let draft = Draft::of("fault.sums").collect(sketch, "left", left).collect(sketch, "right", right);
    let draft = strictness(sketch, draft);
    sketch.add(draft, &["out"]);
    Some(())
}

/// Collects a group beside a value of the scope around it.
fn gather(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|source| !source.scope.is_empty())?;
    let around = sketch.sources[from].scope[..sketch.sources[from].scope.len() - 1].to_vec();
    let beside = sketch.pick(|source| around.starts_with(&source.scope))?;
    let draft = Draft::of("fault.gather").collect(sketch, "values", from).wire(sketch, "beside", beside);
    let draft = strictness(sketch, draft);
    sketch.add(draft, &["out"]);
    Some(())
}

fn switch_and_merge(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    let draft = Draft::of("fault.switch").wire(sketch, "value", from);
    let even = sketch.add(draft, &["even", "odd"]);
    let one = if sketch.dice.percent(50) { work(sketch, even) } else { even };
    let other = if sketch.dice.percent(50) { work(sketch, even + 1) } else { even + 1 };
    first_of(sketch, MERGES, &[one, other]);
    Some(())
}

fn first_of(sketch: &mut Sketch, kinds: [(&str, &'static str); 2], of: &[usize]) -> usize {
    let (kind, port) = sketch.dice.one_of(&kinds);
    let draft = Draft::of(kind).wires(sketch, "values", of);
    sketch.add(draft, &[port])
}

fn fallback(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    let first = work(sketch, from);
    let mut all = vec![first];
    for _ in 0..sketch.dice.within(1, 2) {
        all.push(if sketch.dice.percent(50) { work(sketch, from) } else { sketch.pick_beside(&all)? });
    }
    first_of(sketch, FALLBACKS, &all);
    Some(())
}

/// Wires the `error` port of a node, and sometimes brings what comes of it back to the main line.
fn rescue(sketch: &mut Sketch) -> Option<()> {
    let from = sketch.pick(|_| true)?;
    let is_input = sketch.sources[from].node.is_empty();
    let main = if is_input || sketch.dice.percent(70) { work(sketch, from) } else { from };
    let source = sketch.sources[main].clone();
    // What a split fails with lies in the scope around its children.
    let draft = Draft::of("fault.rescue").rescue(&source.node, "error", &source.fires_in);
    let rescued = sketch.add(draft, &["out"]);
    if source.scope == source.fires_in && sketch.dice.percent(70) {
        let kinds = sketch.dice.one_of(&[MERGES, FALLBACKS]);
        first_of(sketch, kinds, &[main, rescued]);
    }
    Some(())
}

fn several(sketch: &mut Sketch, most: usize) -> Option<Vec<usize>> {
    let mut all = vec![sketch.pick(|_| true)?];
    for _ in 1..sketch.dice.within(2, most) {
        all.push(sketch.pick_beside(&all)?);
    }
    Some(all)
}

fn join_many(sketch: &mut Sketch) -> Option<()> {
    let all = several(sketch, 6)?;
    let draft = Draft::of("fault.join").wires(sketch, "values", &all);
    sketch.add(draft, &["out"]);
    Some(())
}

fn merge_any(sketch: &mut Sketch) -> Option<()> {
    let all = several(sketch, 4)?;
    let kinds = sketch.dice.one_of(&[MERGES, FALLBACKS]);
    first_of(sketch, kinds, &all);
    Some(())
}

/// Collects two sources and joins what comes of them where things happen once.
fn two_sources(sketch: &mut Sketch) -> Option<()> {
    if sketch.bodies > 0 {
        return loops::once_beside(sketch);
    }
    let other = source(sketch);
    let work = if sketch.dice.percent(60) { work(sketch, other) } else { other };
    let right = sum_of(sketch, work);
    let left = match sketch.pick(|source| source.scope.is_empty()) {
        Some(left) if left != right => left,
        _ => {
            let from = sketch.pick(|source| source.scope.len() == 1)?;
            sum_of(sketch, from)
        }
    };
    pair(sketch, left, right);
    Some(())
}

fn wire_a_parameter(sketch: &mut Sketch) -> Option<()> {
    let value = sketch.pick(|_| true)?;
    let salt = sketch.pick_beside(&[value])?;
    let draft = Draft::of("fault.add").wire(sketch, "value", value).wire(sketch, "salt", salt);
    sketch.add(draft, &["out"]);
    Some(())
}
