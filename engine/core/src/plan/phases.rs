//! The phases of a plan: which steps have to wait for a whole group, and which wires park their items meanwhile.

use std::sync::Arc;

use super::{Step, StepId, StepInput};
use crate::spec::Spec;

/// A value that begins a phase: a join repeats it to deeper items, and it is made of a group inside its own scope.
struct Begin {
    phase: usize,
    /// The splits that the value lies inside of.
    scope: Vec<StepId>,
}

/// What is known of a step once those that feed it are known.
struct Behind {
    phase: usize,
    /// The first so many splits of its scope hold a group that was collected further up, the deepest such group.
    collected: Option<usize>,
    spec: Arc<Spec>,
}

/// Sets the phase of each step, and which of its wires park.
pub(super) fn assign(steps: &mut [Step]) {
    let mut begins = Vec::new();
    let mut behind: Vec<Behind> = Vec::with_capacity(steps.len());
    for step in steps.iter_mut() {
        let before = step.inputs.iter().map(|input| behind[input.from].phase).max().unwrap_or(0);
        let collected = |input: &StepInput| collected_within(input, &behind[input.from]);
        let starts = |input: &&StepInput| {
            let inside = input.scope_inside().len();
            inside < step.scope.len() && collected(input) == Some(inside)
        };
        let starting: Vec<_> = step.inputs.iter().filter(starts).map(|input| input.scope_inside().to_vec()).collect();
        step.phase = before + usize::from(!starting.is_empty());
        let collected = step.inputs.iter().filter_map(collected).max();
        behind.push(Behind { phase: step.phase, collected, spec: step.spec.clone() });
        begins.extend(starting.into_iter().map(|scope| Begin { phase: step.phase, scope }));
    }
    for at in 0..steps.len() {
        let to = steps[at].phase;
        for input in 0..steps[at].inputs.len() {
            let from = steps[steps[at].inputs[input].from].phase;
            steps[at].inputs[input].parks = parks(&steps[at].inputs[input], &begins, from, to);
        }
    }
}

/// Returns how many splits of a wire's scope, behind its port, hold a group that was collected on the way.
fn collected_within(input: &StepInput, behind: &Behind) -> Option<usize> {
    let inside = input.scope_inside().len();
    let ends_a_group = input.collect || behind.spec.waits_for_group(&input.from_port);
    if ends_a_group { Some(inside) } else { behind.collected.map(|within| within.min(inside)) }
}

/// Returns how many outer levels keep their tokens on a wire that crosses into phases `from + 1` to `to`; `None` where
/// there is nothing inside of them to give back.
fn parks(input: &StepInput, begins: &[Begin], from: usize, to: usize) -> Option<usize> {
    let scope = input.scope_inside();
    let crossed = begins.iter().filter(|begin| from < begin.phase && begin.phase <= to);
    let on_its_line = crossed.filter(|begin| scope.starts_with(&begin.scope));
    on_its_line.map(|begin| begin.scope.len()).min().filter(|kept| *kept < scope.len())
}
