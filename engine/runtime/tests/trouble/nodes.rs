//! Nodes in trouble: each is one failed item, and the rest goes on.

use windlass_core::about::About;
use windlass_core::event::{Outcome, What};
use windlass_core::node::{Node, NodeError, Outputs, Statics};
use windlass_core::prelude::{Ctx, Pack};
use windlass_core::types::Type;
use windlass_core::value::{Custom, HasType, IntoValue, Value};

use windlass_runtime::{Engine, Machine, Watcher};

use crate::bench::{Seen, assert_sums, engine, options, plan, run, step};

#[test]
fn a_panic_is_one_failed_item() {
    let (state, _) = run("nodes:
  many: { kind: fault.split, params: { count: 40 } }
  bad: { kind: fault.panic, params: { refuse: 2 }, inputs: { value: many.out } }
  crash: { kind: fault.crash, params: { refuse: 2 }, inputs: { value: many.out } }
");
    for name in ["bad", "crash"] {
        let bad = step(&state, name);
        assert!(bad.failed > 0 && bad.emitted > 0, "{name}: {} failed, {} emitted", bad.failed, bad.emitted);
        assert!(bad.causes.keys().all(|cause| cause.starts_with("the node panicked")), "{:?}", bad.causes);
    }
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_sums(&state);
}

#[test]
fn code_that_does_not_come_back_is_left_behind() {
    let (state, events) = run("nodes:
  many: { kind: fault.split, params: { count: 5 } }
  hang: { kind: fault.hang, inputs: { value: many.out }, policy: { timeout: 20ms } }
  stall: { kind: fault.stall, inputs: { value: many.out }, policy: { timeout: 20ms } }
  fine: { kind: fault.compute, inputs: { value: many.out } }
");
    for name in ["hang", "stall"] {
        assert_eq!(step(&state, name).failed, 5, "{name}");
        assert!(step(&state, name).causes.keys().all(|cause| cause.contains("did not come back within 20ms")));
    }
    assert_eq!(step(&state, "fine").emitted, 5);
    let left = events.iter().filter(|event| matches!(event.what, What::Abandoned { .. })).count();
    assert_eq!(left, 5, "each thread that was left behind is said");
    assert_sums(&state);
}

#[test]
fn waiting_for_a_thread_is_not_the_time_of_a_node() {
    let (engine, seen) =
        (Engine::new(Machine { cores: 1, memory_bytes: 64 << 20, devices: Vec::new() }), Seen::default());
    let engine = engine.unwrap();
    let graph = "nodes:
  many: { kind: fault.split, params: { count: 2 } }
  hang: { kind: fault.hang, inputs: { value: many.out }, policy: { timeout: 200ms } }
  quick: { kind: fault.add, inputs: { value: many.out }, policy: { timeout: 100ms } }
";
    let state = crate::bench::start(&engine, graph, &seen).wait();
    assert_eq!(
        (step(&state, "hang").failed, step(&state, "quick").failed),
        (2, 0),
        "{:?}",
        step(&state, "quick").causes
    );
}

#[test]
fn a_watcher_that_panics_holds_nothing_up() {
    struct Broken;
    impl Watcher for Broken {
        fn event(&mut self, event: &windlass_core::event::Event) {
            assert!(event.seq < 3, "fault kit: a watcher with a bug");
        }
    }
    let (engine, seen) = (engine(), Seen::default());
    let mut options = options(&seen);
    options.watchers.push(Box::new(Broken));
    let graph = plan("nodes: { many: { kind: fault.split, params: { count: 9000 } } }", []);
    let state = engine.start(graph, options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert!(state.warnings.iter().any(|warning| warning.contains("died of a bug")), "{:?}", state.warnings);
}

#[test]
fn retries_end_with_success_or_with_all_attempts_told() {
    let (state, events) = run("nodes:
  many: { kind: fault.split, params: { count: 4, fail_at: 2, flaky: 2 }, policy: { retries: 2, backoff: 1ms } }
  again: { kind: fault.split, params: { count: 4, fail_at: 2, flaky: 9 }, policy: { retries: 2, backoff: 1ms } }
");
    let many = step(&state, "many");
    assert_eq!((many.emitted, many.children, many.retries), (1, 4, 2));
    let again = step(&state, "again");
    assert_eq!((again.failed, again.children, again.retries), (1, 2, 2));
    let attempts = events.iter().find_map(|event| match &event.what {
        What::Done { fate: windlass_core::event::Fate::Failed { attempts, .. }, .. } => Some(*attempts),
        _ => None,
    });
    assert_eq!(attempts, Some(3));
}

#[test]
fn a_step_that_dies_of_a_bug_ends_the_run_by_name() {
    let (engine, seen) = (engine(), Seen::default());
    let plan = plan("nodes: { poison: { kind: test.poison } }", [Pack::new("test").kind::<Poison>()]);
    let state = engine.start(plan, options(&seen)).unwrap().wait();
    let (outcome, cause) = state.ended.unwrap();
    assert_eq!(outcome, Outcome::Bug);
    assert!(cause.unwrap().contains("step `poison` died of a bug"));
}

#[test]
fn a_graph_without_nodes_ends() {
    let (state, _) = run("nodes: {}");
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
}

/// Gives a value whose size the engine cannot ask for: that happens inside of the engine, not of the node.
struct Poison;

#[derive(Debug)]
struct Poisoned;

struct PoisonOut;

impl Custom for Poisoned {
    fn type_name(&self) -> &str {
        "Poisoned"
    }
    fn size_bytes(&self) -> u64 {
        panic!("fault kit: a value that has no size")
    }
    fn as_any(&self) -> &(dyn std::any::Any + Send + Sync) {
        self
    }
}

impl HasType for Poisoned {
    fn ty() -> Type {
        Type::named("Poisoned")
    }
}

impl IntoValue for Poisoned {
    fn into_value(self) -> Value {
        Value::Custom(std::sync::Arc::new(self))
    }
}

impl Outputs for PoisonOut {
    fn ports() -> Vec<windlass_core::spec::PortSpec> {
        vec![windlass_core::spec::PortSpec::new("out", Poisoned::ty(), "A value without size.")]
    }
    fn emit(self, emission: &mut windlass_core::node::Emission) {
        emission.value("out", Poisoned.into_value());
    }
}

impl Node for Poison {
    type Params = ();
    type In = ();
    type Out = PoisonOut;

    fn about() -> About {
        About::new("test.poison", "Poison", "Gives a value without size.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), (): (), _: &Ctx) -> Result<PoisonOut, NodeError> {
        Ok(PoisonOut)
    }
}
