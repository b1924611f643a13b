//! Services that crash, hang on start and hang on stop: they are looked after, shown, and the run goes on or fails its
//! items with the cause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use windlass_core::event::{Event, Outcome, RunState, What};
use windlass_core::registry::Registry;
use windlass_core::service::Phase;
use windlass_runtime::{Engine, Machine};

use crate::bench::{Seen, assert_sums, options, plan, step};
use crate::demo::pack;
use crate::demo::server::Trouble;

const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: 40 } }
  ask: { kind: demo.ask, inputs: { value: many.out }, policy: { slots: 4, retries: 3, backoff: 1ms } }
";

/// Its items ask until the service is given up.
const STUBBORN: &str = "nodes:
  many: { kind: fault.split, params: { count: 40 } }
  ask: { kind: demo.ask, inputs: { value: many.out }, policy: { slots: 4, retries: 1000000, backoff: 1ms, backoff_max: 1ms } }
";

fn engine(trouble: &Arc<Trouble>) -> Engine {
    let registry = Registry::new([pack(trouble.clone())]).unwrap();
    let machine = Machine { cores: 2, memory_bytes: 64 << 20, devices: Vec::new() };
    Engine::with_services(machine, registry.services()).unwrap()
}

fn start(engine: &Engine, text: &str, trouble: &Arc<Trouble>, seen: &Seen) -> RunState {
    let plan = plan(text, [pack(trouble.clone())]);
    let state = engine.start(plan, options(seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_sums(&state);
    state
}

fn run(text: &str, trouble: Trouble) -> (RunState, Vec<Event>, Arc<Trouble>) {
    let (trouble, seen) = (Arc::new(trouble), Seen::default());
    let state = start(&engine(&trouble), text, &trouble, &seen);
    (state, seen.events(), trouble)
}

/// Returns the phases that a service went through, in order, with what was said about each.
fn phases(events: &[Event]) -> Vec<(Phase, Option<String>)> {
    let states = events.iter().filter_map(|event| match &event.what {
        What::Service { service } => Some((service.state, service.cause.clone())),
        _ => None,
    });
    let mut phases: Vec<_> = states.collect();
    phases.dedup();
    phases
}

#[test]
fn a_service_is_started_once_for_all_and_stopped_with_the_engine() {
    let (state, events, trouble) = run(GRAPH, Trouble::default());
    assert_eq!(step(&state, "ask").emitted, 40);
    assert_eq!(phases(&events), [(Phase::Starting, None), (Phase::Running, None)]);
    assert_eq!((trouble.started.load(Ordering::Acquire), trouble.stopped.load(Ordering::Acquire)), (1, 1));
    let service = &state.services["demo.server"];
    assert_eq!((service.title.as_str(), service.restarts), ("Server", 0));
    assert!(service.actions.iter().any(|action| action.name == "forget"), "{service:?}");
}

#[test]
fn a_graph_that_needs_no_service_starts_none() {
    let (_, events, trouble) = run("nodes:\n  many: { kind: fault.split }\n", Trouble::default());
    assert_eq!((phases(&events).len(), trouble.started.load(Ordering::Acquire)), (0, 0));
}

#[test]
fn a_service_that_crashes_is_started_again_and_items_with_retries_get_through() {
    let (state, events, trouble) = run(GRAPH, Trouble { crash_every: AtomicU64::new(30), ..Trouble::default() });
    assert_eq!(step(&state, "ask").emitted, 40);
    assert!(step(&state, "ask").retries > 0);
    assert!(trouble.started.load(Ordering::Acquire) >= 2);
    assert!(phases(&events).contains(&(Phase::Waiting, Some("it crashed".into()))), "{:?}", phases(&events));
}

#[test]
fn a_service_that_crashes_for_ever_is_given_up_and_items_fail_with_the_cause() {
    let (state, events, trouble) = run(STUBBORN, Trouble { crash_every: AtomicU64::new(1), ..Trouble::default() });
    let asked = step(&state, "ask");
    assert_eq!(asked.failed, 40);
    assert_eq!(phases(&events).last(), Some(&(Phase::Failed, Some("it crashed".into()))));
    assert_eq!(trouble.started.load(Ordering::Acquire), 4, "the first start and three more");
    let cause = "the service `demo.server` does not run: it crashed";
    assert!(asked.causes.contains_key(cause), "{:?}", asked.causes);
}

#[test]
fn a_start_that_fails_panics_blocks_or_hangs_is_tried_again() {
    let one = || AtomicU64::new(1);
    let all = [
        (Trouble { starts_fail: one(), ..Trouble::default() }, "no port is free"),
        (Trouble { starts_panic: one(), ..Trouble::default() }, "the service panicked: demo: no start"),
        (Trouble { starts_block: one(), limit_ms: 200, ..Trouble::default() }, "it did not start within 200ms"),
        (Trouble { starts_hang: one(), limit_ms: 200, ..Trouble::default() }, "it did not start within 200ms"),
    ];
    for (trouble, cause) in all {
        let (state, events, _) = run(GRAPH, trouble);
        assert_eq!(step(&state, "ask").emitted, 40, "{cause}");
        let told = phases(&events);
        assert!(told.contains(&(Phase::Waiting, Some(cause.into()))), "{cause}: {told:?}");
        assert!(state.services["demo.server"].restarts >= 1);
    }
}

#[test]
fn a_start_that_always_hangs_fails_the_items_with_the_cause() {
    let (state, events, _) =
        run(GRAPH, Trouble { starts_hang: AtomicU64::new(u64::MAX), limit_ms: 200, ..Trouble::default() });
    assert_eq!(step(&state, "ask").failed, 40);
    let cause = "it did not start within 200ms";
    assert_eq!(phases(&events).last(), Some(&(Phase::Failed, Some(cause.into()))));
    assert!(step(&state, "ask").causes.keys().all(|told| told.ends_with(cause)), "{:?}", step(&state, "ask").causes);
}

#[test]
fn a_service_that_is_ill_is_started_again() {
    let (trouble, seen) = (Arc::new(Trouble::default()), Seen::default());
    let engine = engine(&trouble);
    start(&engine, GRAPH, &trouble, &seen);
    trouble.ill.store(true, Ordering::Release);
    while trouble.started.load(Ordering::Acquire) < 2 {
        std::thread::yield_now();
    }
    assert_eq!(trouble.stopped.load(Ordering::Acquire), 1, "what is ill is stopped before it is started again");
    start(&engine, GRAPH, &trouble, &seen);
}

#[test]
fn a_stop_that_hangs_is_left_behind_and_shown() {
    let trouble = Arc::new(Trouble { limit_ms: 200, ..Trouble::default() });
    let engine = engine(&trouble);
    start(&engine, GRAPH, &trouble, &Seen::default());
    trouble.stop_hangs.store(true, Ordering::Release);
    engine.services().act("demo.server", "stop").unwrap().blocking_recv().unwrap().unwrap();
    let state = loop {
        let state = engine.services().states().remove(0);
        if state.state == Phase::Stopped {
            break state;
        }
        std::thread::yield_now();
    };
    assert_eq!(state.cause.as_deref(), Some("it was left behind: it did not stop within 200ms"));
    start(&engine, GRAPH, &trouble, &Seen::default());
    assert!(trouble.started.load(Ordering::Acquire) >= 2, "a new start needs nothing of the old one");
    drop(engine);
}

#[test]
fn what_was_given_up_is_tried_again_by_the_next_run() {
    let (trouble, seen) = (Arc::new(Trouble { starts_fail: AtomicU64::new(4), ..Trouble::default() }), Seen::default());
    let engine = engine(&trouble);
    let state = start(&engine, GRAPH, &trouble, &seen);
    assert_eq!(step(&state, "ask").failed, 40);
    assert_eq!(engine.services().states()[0].state, Phase::Failed);
    let state = start(&engine, GRAPH, &trouble, &seen);
    assert_eq!(step(&state, "ask").emitted, 40);
}

#[test]
fn a_person_acts_on_services_and_is_told_what_came_of_it() {
    let trouble = Arc::new(Trouble { limit_ms: 200, ..Trouble::default() });
    let engine = engine(&trouble);
    let act = |action: &str| engine.services().act("demo.server", action).unwrap().blocking_recv().unwrap();
    assert!(act("forget").unwrap_err().to_string().contains("does not run"));
    start(&engine, GRAPH, &trouble, &Seen::default());
    // On a machine that stands still for longer than the limit, the next try gets through.
    while act("forget").is_err() {}
    assert!(act("dance").unwrap_err().to_string().contains("no action `dance`"));
    assert_eq!(act("brood").unwrap_err().to_string(), "it did not do `brood` within 200ms");
    act("restart").unwrap();
    while trouble.started.load(Ordering::Acquire) < 2 {
        std::thread::yield_now();
    }
    assert!(engine.services().act("demo.nobody", "stop").is_err());
}

#[test]
fn a_service_that_nobody_brings_fails_the_item() {
    let (state, ..) = run("nodes:\n  lost: { kind: demo.lost, params: { value: 1 } }\n", Trouble::default());
    let causes = &step(&state, "lost").causes;
    assert!(causes.contains_key("there is no service `demo.nobody`"), "{causes:?}");
}

#[test]
fn a_stop_of_the_run_ends_the_wait_for_a_service() {
    let (trouble, seen) = (Arc::new(Trouble { starts_fail: AtomicU64::new(3), ..Trouble::default() }), Seen::default());
    trouble.starts_hang.store(u64::MAX, Ordering::Release);
    let engine = engine(&trouble);
    let mut options = options(&seen);
    options.grace = std::time::Duration::ZERO;
    let run = engine.start(plan(GRAPH, [pack(trouble)]), options).unwrap();
    seen.wait_for(|what| matches!(what, What::Service { service } if service.state == Phase::Starting));
    run.stop(Outcome::Interrupted, "somebody said so");
    let state = run.wait();
    assert_eq!(state.ended.map(|(outcome, _)| outcome), Some(Outcome::Interrupted));
}
