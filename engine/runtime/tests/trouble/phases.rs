//! Phases: what is parked neither fills the memory nor holds the groups around it up.

use windlass_core::event::{Event, Outcome, What};
use windlass_runtime::{Engine, Machine};

use crate::bench::{Seen, engine, options, plan, run, step};

fn position(events: &[Event], wanted: impl Fn(&What) -> bool) -> usize {
    events.iter().position(|event| wanted(&event.what)).unwrap()
}

#[test]
fn a_group_that_is_normalised_by_its_own_mean_waits_for_no_other_group() {
    let (state, events) = run("nodes:
  groups: { kind: fault.split, params: { count: 200 }, policy: { window: 2 } }
  items: { kind: fault.split, inputs: { value: groups.out }, params: { count: 20 }, policy: { window: 3 } }
  mean: { kind: fault.sum, inputs: { values: items.out } }
  normal: { kind: fault.pair, inputs: { left: items.out, right: mean.out } }
");
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "normal").emitted, 4_000);
    let first_out = position(&events, |what| matches!(what, What::Done { step: 3, .. }));
    let last_read = position(&events, |what| matches!(what, What::Group { step: 1, key, .. } if key == "199"));
    assert!(first_out < last_read, "the first item left at event {first_out}, the last group ended at {last_read}");
}

#[test]
fn the_bound_of_a_loop_may_be_made_of_the_group_of_its_items() {
    let text = "nodes:
  three: { kind: flow.constant, params: { value: [5, 6, 7] } }
  each: { kind: flow.each, inputs: { values: three.value }, policy: { window: 1 } }
  all: { kind: flow.collect, inputs: { values: each.value } }
  go:
    kind: flow.repeat
    inputs: { n: each.value, max: all.count }
    body:
      inputs: { n: { type: int } }
      nodes: { add: { kind: fault.add, inputs: { value: $n } } }
      outputs: { n: add.out }
";
    let (engine, seen) = (engine(), Seen::default());
    let state = engine.start(plan(text, [windlass_flow::pack()]), options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!((step(&state, "go").emitted, step(&state, "go/add").emitted), (3, 9), "three rounds for each of three");
}

#[test]
fn what_is_parked_finds_room_on_disk() {
    let graph = plan(
        "nodes:
  flood: { kind: fault.split, params: { count: 100 } }
  large: { kind: fault.swell, inputs: { value: flood.out } }
  all: { kind: fault.sum, inputs: { values: flood.out } }
  both: { kind: fault.weigh, inputs: { text: large.out, value: all.out } }
",
        [],
    );
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 40_000, devices: Vec::new() }).unwrap();
    let seen = Seen::default();
    let mut options = options(&seen);
    options.spill_folder = folder.path().join("spill");
    let state = engine.start(graph, options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "both").emitted, 100, "{:?}", step(&state, "both").causes);
    assert!(folder.path().join("spill").exists(), "what did not fit into memory was put on disk");
}

#[test]
fn a_spill_that_refuses_is_said_and_nothing_is_lost() {
    let graph = plan(
        "nodes:
  flood: { kind: fault.split, params: { count: 30 } }
  large: { kind: fault.swell, inputs: { value: flood.out } }
  all: { kind: fault.sum, inputs: { values: flood.out } }
  both: { kind: fault.weigh, inputs: { text: large.out, value: all.out } }
",
        [],
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 1, devices: Vec::new() }).unwrap();
    let seen = Seen::default();
    let mut options = options(&seen);
    options.spill_folder = folder.path().join("file");
    let state = engine.start(graph, options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "both").emitted, 30, "{:?}", step(&state, "both").causes);
    position(&seen.events(), |what| matches!(what, What::Warning { .. }));
}
