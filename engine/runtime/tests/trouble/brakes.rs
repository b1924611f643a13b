//! Stops and pauses: what is done stays done, the rest stays open, and nothing hangs.

use std::collections::HashSet;
use std::time::Duration;

use windlass_core::event::{Event, Outcome, What};

use crate::bench::{Seen, assert_sums, engine, options, plan, start, step};

const SLOW: &str = "nodes:
  many: { kind: fault.split, params: { count: 100000 } }
  wait: { kind: fault.wait, inputs: { value: many.out } }
  after: { kind: fault.compute, inputs: { value: wait.out } }
";

fn one_is_done(what: &What) -> bool {
    matches!(what, What::Done { step: 2, .. })
}

#[test]
fn a_stop_leaves_the_rest_open() {
    let (engine, seen) = (engine(), Seen::default());
    let run = start(&engine, SLOW, &seen);
    seen.wait_for(one_is_done);
    run.stop(Outcome::Interrupted, "somebody said so");
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Interrupted, Some("somebody said so".into()))));
    assert!(step(&state, "after").emitted > 0);
    assert!(step(&state, "many").open() > 0, "the source is not done");
    assert_sums(&state);
    assert_done_once(&seen.events());
    assert_begun_is_done(&seen.events());
}

#[test]
fn code_that_looks_is_asked_to_end_after_the_grace_time() {
    let (engine, seen) = (engine(), Seen::default());
    let hang = "nodes:
  many: { kind: fault.split, params: { count: 3 } }
  hang: { kind: fault.hang, inputs: { value: many.out } }
  stall: { kind: fault.stall, inputs: { value: many.out } }
";
    let mut options = options(&seen);
    options.grace = Duration::from_millis(1);
    let run = engine.start(plan(hang, []), options).unwrap();
    seen.wait_for(|what| matches!(what, What::Firing { step: 1, .. }));
    run.stop(Outcome::Interrupted, "somebody said so");
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Interrupted, Some("somebody said so".into()))));
    assert_eq!(state.warnings, Vec::<String>::new(), "nothing had to be left behind");
    assert_eq!(step(&state, "hang").failed, 0, "a firing that was asked to end stays open");
    assert!(step(&state, "hang").open() > 0);
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let (engine, seen) = (engine(), Seen::default());
    let graph = plan(
        "nodes:
  many: { kind: fault.split, params: { count: 100000 } }
  bad: { kind: fault.panic, params: { refuse: 3 }, inputs: { value: many.out } }
",
        [],
    );
    let mut options = options(&seen);
    options.fail_fast = Some(true);
    let state = engine.start(graph, options).unwrap().wait();
    assert!(matches!(&state.ended, Some((Outcome::Stopped, Some(cause))) if cause.contains("`bad` failed")));
    assert_eq!(step(&state, "bad").failed, 1);
}

#[test]
fn a_paused_run_comes_to_a_rest_and_goes_on() {
    let (engine, seen) = (engine(), Seen::default());
    let graph = "nodes:
  many: { kind: fault.split, params: { count: 300 } }
  wait: { kind: fault.wait, inputs: { value: many.out } }
";
    let run = start(&engine, graph, &seen);
    seen.wait_for(|what| matches!(what, What::Done { step: 1, .. }));
    run.pause("lunch");
    while run.state().steps.iter().any(|step| !step.running.is_empty()) {
        std::thread::yield_now();
    }
    let rested = run.state();
    assert_eq!(rested.paused.as_deref(), Some("lunch"));
    assert!(step(&rested, "wait").done() < 300, "it was paused before its end");
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(1));
        let state = run.state();
        assert_eq!(state.steps, rested.steps, "nothing starts in a pause");
    }
    assert!(run.resume() && !run.resume());
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "wait").emitted, 300);
}

#[test]
fn a_run_that_a_person_has_paused_is_ended_as_any_other() {
    let (engine, seen) = (engine(), Seen::default());
    let run = start(&engine, SLOW, &seen);
    seen.wait_for(one_is_done);
    assert!(run.pause("lunch") && !run.pause("tea"));
    run.interrupt("somebody said so");
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Interrupted, Some("somebody said so".into()))));
    assert_sums(&state);
}

fn assert_done_once(events: &[Event]) {
    let mut done = HashSet::new();
    for event in events {
        if let What::Done { step, key, .. } = &event.what {
            assert!(done.insert((*step, key.clone())), "step {step} did item {key} twice");
        }
    }
}

/// Firings whose code was called come to their end; only those that still waited for a core may stay open.
fn assert_begun_is_done(events: &[Event]) {
    let begun = |step: usize, key: &str| {
        let is_it = |what: &What| matches!(what, What::Firing { step: s, key: k, .. } if *s == step && k == key);
        events.iter().any(|event| is_it(&event.what))
    };
    for event in events {
        if let What::LeftOpen { step, key } = &event.what {
            assert!(!begun(*step, key), "step {step} was called for item {key}, and left it open");
        }
    }
}
