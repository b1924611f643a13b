//! Rows of steps that compute on with what the one before has given, longer than any stack.

use std::fmt::Write;

use crate::bench::{assert_sums, run};

/// Far more than fit on the stack of a thread, each inside the one before.
const STEPS: usize = 3000;

/// Writes a graph whose steps of this kind follow each other.
fn row(kind: &str, count: usize) -> String {
    let mut text = format!("nodes:\n  many: {{ kind: fault.split, params: {{ count: {count} }} }}\n");
    let mut before = "many".to_owned();
    for number in 0..STEPS {
        writeln!(text, "  s{number}: {{ kind: {kind}, inputs: {{ value: {before}.out }} }}").unwrap();
        before = format!("s{number}");
    }
    text
}

fn assert_runs(kind: &str) {
    let (state, _) = run(&row(kind, 3));
    assert_sums(&state);
    assert_eq!(state.ended.as_ref().map(|(_, cause)| cause.clone()), Some(None), "{:?}", state.ended);
    assert!(state.steps.iter().skip(1).all(|step| step.emitted == 3), "each step has done each item");
    assert_eq!(state.steps.len(), STEPS + 1);
}

#[test]
fn a_long_row_of_computing_steps_runs_to_its_end() {
    assert_runs("fault.compute");
}

#[test]
fn a_long_row_of_light_steps_runs_to_its_end() {
    assert_runs("fault.add");
}
