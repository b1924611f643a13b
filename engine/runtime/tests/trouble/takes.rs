//! Takes: a source that would go on for ever ends with the last that is wanted, and goes on where more is needed.

use std::sync::Mutex;

use windlass_core::about::About;
use windlass_core::event::{Outcome, RunState, What};
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Children, Ctx, Outputs, Pack};

use crate::bench::{Seen, assert_sums, engine, options, plan, step};

/// Numbers without end; after the first few each waits until the test lets go.
struct Endless;

static LET_GO: Mutex<()> = Mutex::new(());

/// All numbers.
#[derive(Outputs)]
struct Numbers {
    /// The numbers.
    #[children]
    numbers: Children<Number>,
}

/// One number.
#[derive(Outputs)]
struct Number {
    /// The number.
    out: i64,
}

/// How far.
#[derive(windlass_core::prelude::Params)]
struct Settings {
    /// From which number on it waits for ever.
    #[param(default = 1_000_000_000)]
    waits_at: i64,
}

impl Node for Endless {
    type Params = Settings;
    type In = ();
    type Out = Numbers;

    fn about() -> About {
        About::new("test.endless", "Endless", "Counts.").cpu().split(true)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, settings: Settings, (): (), _: &Ctx) -> Result<Numbers, NodeError> {
        let number = move |out: i64| {
            if out >= settings.waits_at {
                drop(LET_GO.lock());
            }
            Ok(Number { out })
        };
        Ok(Numbers { numbers: Children::indexed((0..).map(number)) })
    }
}

fn ends(nodes: &str, taken: &str) -> (RunState, u64) {
    let (engine, seen) = (engine(), Seen::default());
    let packs = [Pack::new("test").kind::<Endless>(), windlass_flow::pack()];
    let state = engine.start(plan(nodes, packs), options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_sums(&state);
    let emitted = step(&state, taken).emitted;
    (state, emitted)
}

#[test]
fn an_endless_source_ends_with_the_last_that_is_wanted() {
    let nodes = "nodes:
  count: { kind: test.endless, policy: { window: 4 } }
  even: { kind: flow.filter, params: { where: value % 2 == 0 }, inputs: { value: count.out } }
  first: { kind: flow.take, params: { count: 3 }, inputs: { value: even.value } }
  sum: { kind: fault.sum, inputs: { values: first.value } }
";
    let (state, taken) = ends(nodes, "first");
    assert_eq!((taken, step(&state, "sum").emitted), (3, 1));
    let children = step(&state, "count").children;
    assert!((5..=5 + 4).contains(&children), "{children} children, of which the fifth was the last that counts");
}

#[test]
fn a_source_that_waits_for_ever_is_not_waited_for() {
    let held = LET_GO.lock().unwrap();
    let nodes = "nodes:
  count: { kind: test.endless, params: { waits_at: 4 }, policy: { window: 2 } }
  first: { kind: flow.take, params: { count: 3 }, inputs: { value: count.out } }
  say: { kind: fault.say, inputs: { value: first.value } }
";
    let (state, taken) = ends(nodes, "first");
    assert_eq!(taken, 3);
    assert!(step(&state, "count").children <= 16, "{}", step(&state, "count").children);
    drop(held);
}

#[test]
fn what_a_slow_source_has_made_goes_on_at_once() {
    let held = LET_GO.lock().unwrap();
    let nodes = "nodes:
  count: { kind: test.endless, params: { waits_at: 3 } }
  first: { kind: flow.take, params: { count: 5 }, inputs: { value: count.out } }
  sum: { kind: fault.sum, inputs: { values: first.value } }
";
    let (engine, seen) = (engine(), Seen::default());
    let packs = [Pack::new("test").kind::<Endless>(), windlass_flow::pack()];
    let run = engine.start(plan(nodes, packs), options(&seen)).unwrap();
    // The fourth number is not made before this is seen.
    seen.wait_for(|what| matches!(what, What::Done { step: 1, key, .. } if key == "2"));
    drop(held);
    assert_eq!(step(&run.wait(), "first").emitted, 5);
}

#[test]
fn a_source_goes_on_where_more_is_needed() {
    let nodes = "nodes:
  flood: { kind: fault.split, params: { count: 200 }, policy: { window: 2 } }
  first: { kind: flow.take, params: { count: 1 }, inputs: { value: flood.out } }
  all: { kind: fault.say, inputs: { value: flood.out } }
";
    let (state, taken) = ends(nodes, "first");
    assert_eq!((taken, step(&state, "all").emitted), (1, 200));
    let branches = nodes.replace("all: { kind: fault.say, inputs: { value: flood.out } }", 
        "all: { kind: flow.merge, inputs: { values: [first.value, flood.out] } }\n  say: { kind: fault.say, inputs: { value: all.value } }");
    let (state, _) = ends(&branches, "first");
    assert_eq!(step(&state, "say").emitted, 200, "what fires on skips needs the others");
}

#[test]
fn what_comes_after_enough_is_a_skip_even_if_it_failed() {
    let nodes = "nodes:
  flood: { kind: fault.split, params: { count: 40 }, policy: { window: 40 } }
  add: { kind: fault.add, params: { refuse: 2 }, inputs: { value: flood.out } }
  first: { kind: flow.take, params: { count: 2 }, inputs: { value: add.out } }
  list: { kind: fault.sum, inputs: { values: first.value } }
  all: { kind: fault.say, inputs: { value: flood.out } }
";
    let (engine, seen) = (engine(), Seen::default());
    let state = engine.start(plan(nodes, [windlass_flow::pack()]), options(&seen)).unwrap().wait();
    let left_out = seen.events().iter().find_map(|event| match &event.what {
        What::Incomplete { failed, .. } => Some(*failed),
        _ => None,
    });
    let failed_before = left_out.unwrap_or(0);
    assert!(step(&state, "add").failed > failed_before + 5, "most failures come after enough was taken");
    assert_eq!(step(&state, "first").emitted, 2);
}
