//! Rows of steps that compute on with what the one before has given, longer than any stack.

use std::fmt::Write;

use windlass_core::event::RunState;

use crate::bench::{assert_sums, run};

/// Far more than fit on the stack of a thread, each inside the one before.
const STEPS: usize = 3000;

/// Runs steps of this kind that follow each other; the one with the number has other parameters.
fn run_row(kind: &str, steps: usize, (odd, params): (usize, &str)) -> RunState {
    let mut text = "nodes:\n  many: { kind: fault.split, params: { count: 3 } }\n".to_owned();
    let mut before = "many".to_owned();
    for number in 0..steps {
        let params = if number == odd { params } else { "{}" };
        writeln!(text, "  s{number}: {{ kind: {kind}, params: {params}, inputs: {{ value: {before}.out }} }}").unwrap();
        before = format!("s{number}");
    }
    let (state, _) = run(&text);
    assert_sums(&state);
    assert_eq!(state.ended.as_ref().map(|(_, cause)| cause.clone()), Some(None), "{:?}", state.ended);
    assert_eq!(state.steps.len(), steps + 1);
    state
}

fn assert_runs(kind: &str) {
    let state = run_row(kind, STEPS, (STEPS, ""));
    assert!(state.steps.iter().skip(1).all(|step| step.emitted == 3), "each step has done each item");
}

#[test]
fn a_long_row_of_computing_steps_runs_to_its_end() {
    assert_runs("fault.compute");
}

#[test]
fn a_long_row_of_light_steps_runs_to_its_end() {
    assert_runs("fault.add");
}

/// A row is done in several jobs; what fails is told of the right step, wherever in a job that lies.
#[test]
fn a_failure_in_a_long_row_is_that_of_its_step() {
    for odd in [0, 1, 30, 31, 32, 33, 34, 63, 64, 65, 66, 69] {
        let state = run_row("fault.compute", 70, (odd, "{ refuse: 1 }"));
        for (number, step) in state.steps.iter().skip(1).enumerate() {
            let fates = (step.emitted, step.failed, step.skipped);
            let expected = match number {
                before if before < odd => (3, 0, 0),
                it if it == odd => (0, 3, 0),
                _ => (0, 0, 3),
            };
            assert_eq!(fates, expected, "step {number}, where {odd} fails");
        }
    }
}
