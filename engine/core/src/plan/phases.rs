//! The phases of a plan: which steps have to wait for a whole group, and which wires park their items meanwhile.

use super::{LoopPart, Step, StepId, StepInput};
use crate::spec::Spec;

/// A value that begins a phase: a join repeats it to deeper items, and it is made of a group inside its own scope.
struct Begin {
    /// The loop whose body it stands in.
    body: Option<StepId>,
    phase: usize,
    /// The splits that the value lies inside of.
    scope: Vec<StepId>,
}

/// What is known of a step once those that feed it are known.
#[derive(Clone, Copy, Default)]
struct Behind {
    /// The innermost loop whose body it stands in, by its head.
    body: Option<StepId>,
    phase: usize,
    /// The first so many splits of its scope hold a group that was collected further up, the deepest such group.
    collected: Option<usize>,
}

/// Sets the phase of each step, and which of its wires park. A body counts its own phases; the result of a loop has the
/// phase of what goes into it.
pub(super) fn assign(steps: &mut [Step]) {
    let specs: Vec<_> = steps.iter().map(|step| step.spec.clone()).collect();
    let mut begins = Vec::new();
    let mut behind: Vec<Behind> = Vec::with_capacity(steps.len());
    for at in 0..steps.len() {
        let around = steps[at].scope.iter().rposition(|split| steps[*split].is_loop_head());
        let body = around.map(|depth| steps[at].scope[depth]);
        // A value from outside of the body runs once, and so waits for nothing that a round could hold back.
        let outermost = around.map_or(0, |depth| depth + 1);
        let step = &mut steps[at];
        let feeding = |input: &StepInput| match step.in_loop {
            Some(LoopPart::Result { head }) => behind[head],
            _ => in_body(behind[input.from], body),
        };
        let before = step.inputs.iter().map(|input| feeding(input).phase).max().unwrap_or(0);
        let is_result = matches!(step.in_loop, Some(LoopPart::Result { .. }));
        let collected = |input: &StepInput| match is_result {
            true => feeding(input).collected,
            false => collected_within(input, feeding(input), &specs[input.from]),
        };
        let starts = |input: &&StepInput| {
            let inside = input.scope_inside().len();
            !is_result && outermost <= inside && inside < step.scope.len() && collected(input) == Some(inside)
        };
        let starting: Vec<_> = step.inputs.iter().filter(starts).map(|input| input.scope_inside().to_vec()).collect();
        let phase = before + usize::from(!starting.is_empty());
        let collected = step.inputs.iter().filter_map(collected).max();
        step.phase = phase;
        behind.push(Behind { body, phase, collected });
        begins.extend(starting.into_iter().map(|scope| Begin { body, phase, scope }));
    }
    for at in 0..steps.len() {
        let (body, to) = (behind[at].body, steps[at].phase);
        let is_result = matches!(steps[at].in_loop, Some(LoopPart::Result { .. }));
        for input in 0..steps[at].inputs.len() {
            let from = in_body(behind[steps[at].inputs[input].from], body).phase;
            let begins = begins.iter().filter(|begin| begin.body == body);
            let parks = parks(&steps[at].inputs[input], begins, from, to).filter(|_| !is_result);
            steps[at].inputs[input].parks = parks;
        }
    }
}

/// Returns what counts inside a body of what is known of a step: nothing, where that stands outside of it.
fn in_body(behind: Behind, body: Option<StepId>) -> Behind {
    if behind.body == body { behind } else { Behind { body, ..Behind::default() } }
}

/// Returns how many splits of a wire's scope, behind its port, hold a group that was collected on the way.
fn collected_within(input: &StepInput, behind: Behind, spec: &Spec) -> Option<usize> {
    let inside = input.scope_inside().len();
    let ends_a_group = input.collect || spec.waits_for_group(&input.from_port);
    if ends_a_group {
        return Some(inside);
    }
    // What is handed out again under rows counts where it does not lie inside of them.
    let before = inside - input.replays.map_or(0, |replays| replays.levels);
    let within = behind.collected?.min(before);
    Some(if within == before { inside } else { within })
}

/// Returns how many outer levels keep their tokens on a wire that crosses into phases `from + 1` to `to`; `None` where
/// there is nothing inside of them to give back, or where it is handed out again under rows, for which it waits anyway.
fn parks<'a>(input: &StepInput, begins: impl Iterator<Item = &'a Begin>, from: usize, to: usize) -> Option<usize> {
    if input.replays.is_some() {
        return None;
    }
    let scope = input.scope_inside();
    let crossed = begins.filter(|begin| from < begin.phase && begin.phase <= to);
    let on_its_line = crossed.filter(|begin| scope.starts_with(&begin.scope));
    on_its_line.map(|begin| begin.scope.len()).min().filter(|kept| *kept < scope.len())
}
