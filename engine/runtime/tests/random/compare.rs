//! What a run did, held against what it must do.

mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use windlass_core::event::{Event, Fate as Left, Outcome, RunState, What};
use windlass_core::key::Key;
use windlass_core::plan::Plan;
use windlass_core::spec::Purity;

use crate::observe::{Seen, Tells};
use crate::reference::{At, Expected, Fate};

/// Returns what is wrong, one sentence each.
pub fn compare(plan: &Plan, expected: &Expected, seen: &Seen, tells: Tells) -> Vec<String> {
    match tells {
        Tells::EachItem => compare_each(plan, expected, seen),
        Tells::Sums => compare_sums(expected, seen),
    }
}

fn compare_each(plan: &Plan, expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = ending(expected, seen);
    let told = Told::of(&seen.events, &mut wrong);
    let same = |what, wrong: &mut Vec<String>, differences: Vec<String>| {
        wrong.extend(differences.into_iter().take(6).map(|line| format!("{what} {line}")));
    };
    same("fate of", &mut wrong, differences(&expected.fates, &told.fates));
    same("group", &mut wrong, differences(&expected.groups, &told.groups));
    same("log of", &mut wrong, differences(&expected.lines, &told.lines));
    same("output", &mut wrong, differences(&expected.outputs, &told.outputs));
    let handled = |set: &BTreeSet<At>| set.iter().map(|at| (at.clone(), ())).collect::<BTreeMap<_, _>>();
    same("taking up of", &mut wrong, differences(&handled(&expected.handled), &handled(&told.handled)));
    wrong.extend(firings(expected, &told));
    wrong.extend(incomplete(expected, &told));
    wrong.extend(sums(expected, &seen.state));
    wrong.extend(window::exceeded(plan, expected, &seen.events));
    wrong
}

/// Returns what is wrong with a run whose light steps were counted: failures, groups, outputs and logs are told as ever,
/// and of fates that were not told the sums are right.
fn compare_sums(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = ending(expected, seen);
    let told = Told::of(&seen.events, &mut wrong);
    let is_failure = |fate: &Fate| matches!(fate, Fate::Failed(_));
    let failed = expected.fates.iter().filter(|(_, fate)| is_failure(fate));
    wrong.extend(
        failed.filter(|(at, fate)| told.fates.get(at) != Some(*fate)).map(|(at, _)| format!("no failure {at:?}")),
    );
    wrong.extend(surplus("fate of", &expected.fates, &told.fates));
    wrong.extend(differences(&expected.groups, &told.groups));
    wrong.extend(differences(&expected.lines, &told.lines));
    wrong.extend(differences(&expected.outputs, &told.outputs));
    wrong.extend(incomplete(expected, &told));
    wrong.extend(sums(expected, &seen.state));
    for (id, step) in seen.state.steps.iter().enumerate() {
        let of = |fits: fn(&Fate) -> bool| {
            expected.fates.iter().filter(|((of, _), fate)| *of == id && fits(fate)).count() as u64
        };
        let fates = [of(|fate| *fate == Fate::Emitted), of(|fate| matches!(fate, Fate::Skipped | Fate::Upstream))];
        if [step.emitted, step.skipped] != fates || !step.running.is_empty() {
            wrong.push(format!("step {id}: {} emitted, {} skipped, not {fates:?}", step.emitted, step.skipped));
        }
    }
    wrong.truncate(12);
    wrong
}

/// Returns what is wrong with a run that went on after another one: it ends as if nothing had happened, and what was said
/// to have been done is not done again, unless it is pure and light, or is folded again in order.
pub fn compare_resumed(plan: &Plan, expected: &Expected, first: &Seen, seen: &Seen) -> Vec<String> {
    let mut wrong = ending(expected, seen);
    let told = Told::of(&seen.events, &mut wrong);
    wrong.extend(differences(&expected.fates, &told.fates));
    wrong.extend(differences(&expected.groups, &told.groups));
    wrong.extend(differences(&expected.outputs, &told.outputs));
    wrong.extend(sums(expected, &seen.state));
    let counts = |of: &At| {
        let step = &plan.steps[of.0];
        let is_remembered = step.spec.purity != Purity::Pure && !step.spec.is_ordered() && !step.spec.is_pairing();
        is_remembered && step.in_loop.is_none()
    };
    let done: BTreeSet<_> = first.events.iter().filter_map(done).filter(counts).collect();
    let fired = seen.events.iter().filter_map(|event| match &event.what {
        What::Firing { step, key, .. } => Some(at(*step, key)),
        _ => None,
    });
    wrong.extend(fired.filter(|of| done.contains(of)).map(|of| format!("{of:?} was done, and fires again")));
    wrong.truncate(12);
    wrong
}

/// Returns the item that left a step without failing.
fn done(event: &Event) -> Option<At> {
    match &event.what {
        What::Done { step, key, fate, took_ms: Some(_), .. } if !matches!(fate, Left::Failed { .. }) => {
            Some(at(*step, key))
        }
        _ => None,
    }
}

/// Returns the sizes of the groups that the events tell of.
pub fn sizes(seen: &Seen) -> BTreeMap<At, u64> {
    let sizes = seen.events.iter().filter_map(|event| match &event.what {
        What::Group { step, key, count, .. } => Some((at(*step, key), *count)),
        _ => None,
    });
    sizes.collect()
}

/// Returns what is wrong with a run that may have come to an early end: what it did must be right as far as it goes.
pub fn compare_early(plan: &Plan, expected: &Expected, seen: &Seen, tells: Tells, outcome: Outcome) -> Vec<String> {
    let ended = seen.state.ended.as_ref().map(|(outcome, _)| *outcome);
    // What asked for an early end may have come when nothing was left to do.
    if matches!(ended, Some(Outcome::Finished | Outcome::Waiting)) {
        return compare(plan, expected, seen, tells);
    }
    if seen.hung || ended != Some(outcome) {
        return vec![format!("the run ended as {:?}; hung: {}", seen.state.ended, seen.hung)];
    }
    let mut wrong = Vec::new();
    let mut told = Told::of(&seen.events, &mut wrong);
    // A firing that the stop met before its end leaves its item open, whatever it would have come to.
    told.fates.retain(|_, fate| *fate != Fate::Open);
    wrong.extend(surplus("fate of", &expected.fates, &told.fates));
    wrong.extend(surplus("group", &expected.groups, &told.groups));
    wrong.extend(surplus("log of", &expected.lines, &told.lines));
    wrong.extend(surplus("output", &expected.outputs, &told.outputs));
    // Only where each item is told of can it be seen which are open.
    if tells == Tells::EachItem {
        wrong.extend(window::exceeded(plan, expected, &seen.events));
    }
    wrong
}

fn surplus<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
) -> Vec<String> {
    let wrong = found.iter().filter(|(key, value)| expected.get(key) != Some(value));
    wrong.map(|(key, value)| format!("{what} {key:?} is {value:?}, not {:?}", expected.get(key))).take(6).collect()
}

fn ending(expected: &Expected, seen: &Seen) -> Vec<String> {
    match &seen.state.ended {
        _ if seen.hung => vec!["the run hung".into()],
        Some((outcome, _)) if *outcome == expected.outcome() => Vec::new(),
        other => vec![format!("the run ended as {other:?}")],
    }
}

/// What the events tell.
#[derive(Default)]
struct Told {
    fates: BTreeMap<At, Fate>,
    handled: BTreeSet<At>,
    groups: BTreeMap<At, (u64, bool)>,
    incomplete: BTreeMap<At, (u64, u64)>,
    lines: BTreeMap<At, Vec<String>>,
    outputs: BTreeMap<(String, Key), serde_json::Value>,
    tries: BTreeMap<At, Vec<u32>>,
}

impl Told {
    fn of(events: &[Event], wrong: &mut Vec<String>) -> Self {
        let mut told = Self::default();
        for (at, event) in events.iter().enumerate() {
            if event.seq != at as u64 {
                wrong.push(format!("event {at} has the number {}", event.seq));
            }
            if let Some(twice) = told.take(&event.what) {
                wrong.push(format!("twice: {twice}"));
            }
        }
        told
    }

    /// Takes an event in; returns it in words if it must not come twice and did.
    fn take(&mut self, what: &What) -> Option<String> {
        let twice = match what {
            What::Done { step, key, fate, .. } => self.fates.insert(at(*step, key), left(fate)).is_some(),
            What::LeftOpen { step, key } => self.fates.insert(at(*step, key), Fate::Open).is_some(),
            // Once it has its answer, the same try begins anew.
            What::Asked { step, key, .. } => self.tries.get_mut(&at(*step, key)).and_then(Vec::pop).is_none(),
            What::Handled { step, key } => !self.handled.insert(at(*step, key)),
            What::Group { step, key, count, cause } => {
                self.groups.insert(at(*step, key), (*count, cause.is_some())).is_some()
            }
            What::Incomplete { step, key, taken, failed } => {
                self.incomplete.insert(at(*step, key), (*taken, *failed)).is_some()
            }
            What::Output { name, key, value } => {
                self.outputs.insert((name.clone(), key.parse().unwrap()), value.clone()).is_some()
            }
            What::Log { step, key, line } => {
                self.lines.entry(at(*step, key)).or_default().push(line.clone());
                false
            }
            What::Firing { step, key, attempt, .. } => {
                self.tries.entry(at(*step, key)).or_default().push(*attempt);
                false
            }
            _ => false,
        };
        twice.then(|| format!("{what:?}"))
    }
}

fn at(step: usize, key: &str) -> At {
    (step, key.parse().unwrap())
}

fn left(fate: &Left) -> Fate {
    match fate {
        Left::Emitted => Fate::Emitted,
        Left::Skipped { reason } if reason.starts_with('`') && reason.ends_with("` failed") => Fate::Upstream,
        Left::Skipped { .. } => Fate::Skipped,
        Left::Failed { attempts, .. } => Fate::Failed(*attempts),
    }
}

fn differences<K: Ord + Debug, V: PartialEq + Debug>(expected: &BTreeMap<K, V>, found: &BTreeMap<K, V>) -> Vec<String> {
    let lacking = expected.iter().filter(|(key, value)| found.get(key) != Some(value));
    let lacking = lacking.map(|(key, value)| match found.get(key) {
        Some(other) => format!("{key:?} is {other:?}, not {value:?}"),
        None => format!("{key:?} is missing, not {value:?}"),
    });
    let surplus = found.iter().filter(|(key, _)| !expected.contains_key(key));
    lacking.chain(surplus.map(|(key, value)| format!("{key:?} is {value:?}, and should not be there"))).collect()
}

/// Each try has its own number, and what has no right to fire does not.
fn firings(expected: &Expected, told: &Told) -> Vec<String> {
    let right = |at: &At, tries: &[u32]| {
        let in_order = tries.iter().copied().eq(1..=u32::try_from(tries.len()).unwrap_or(0));
        match expected.fates.get(at) {
            Some(Fate::Failed(attempts)) => in_order && tries.len() == *attempts as usize,
            Some(Fate::Upstream) | None => tries.is_empty(),
            Some(Fate::Emitted | Fate::Skipped | Fate::Open) => in_order,
        }
    };
    let wrong = told.tries.iter().filter(|(at, tries)| !right(at, tries));
    wrong.map(|(at, tries)| format!("tries of {at:?} are {tries:?}")).take(6).collect()
}

fn incomplete(expected: &Expected, told: &Told) -> Vec<String> {
    let surplus = told.incomplete.iter().filter(|(at, counts)| expected.incomplete.get(at) != Some(*counts));
    let lacking = expected.incomplete.keys().filter(|at| !told.incomplete.contains_key(at));
    let surplus = surplus.map(|(at, counts)| format!("incomplete {at:?} {counts:?}"));
    surplus.chain(lacking.map(|at| format!("incomplete {at:?} is missing"))).take(6).collect()
}

/// `emitted + skipped + failed = admitted` at every step, and every step has ended.
fn sums(expected: &Expected, state: &RunState) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, step) in state.steps.iter().enumerate() {
        let of_step = || expected.fates.iter().filter(|((step, _), _)| *step == id);
        let items = of_step().count() as u64;
        let open = of_step().filter(|(_, fate)| **fate == Fate::Open).count() as u64;
        if (step.admitted, step.done()) != (items, items - open) {
            wrong.push(format!("step {id}: {} admitted, {} done, of {items}", step.admitted, step.done()));
        }
        if !step.finished {
            wrong.push(format!("step {id} has not ended"));
        }
    }
    wrong
}
