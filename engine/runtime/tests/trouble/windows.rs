//! Windows and memory: what is open at once depends on the graph, not on the number of items.

use std::collections::HashSet;

use windlass_core::about::About;
use windlass_core::event::{Event, Outcome, What};
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Collected, Ctx, Pack};
use windlass_runtime::{Engine, Machine};

use crate::bench::{Seen, options, plan};

/// Returns the most items that had left the split and not yet the last step.
fn most_open(events: &[Event], first: usize, last: usize) -> usize {
    let (mut open, mut most) = (HashSet::new(), 0);
    for event in events {
        match &event.what {
            What::Admitted { step, key } if *step == first => drop(open.insert(key.clone())),
            What::Done { step, key, .. } if *step == last => drop(open.remove(key)),
            _ => {}
        }
        most = most.max(open.len());
    }
    most
}

#[test]
fn a_small_memory_narrows_the_window_and_hangs_nothing() {
    let graph = plan(
        "nodes:
  flood: { kind: fault.flood, params: { count: 200, size: 65536 } }
  look: { kind: test.look, inputs: { value: flood.out } }
",
        [Pack::new("test").kind::<Look>()],
    );
    let machine = Machine { cores: 2, memory_bytes: 1, devices: Vec::new() };
    let (engine, seen) = (Engine::new(machine).unwrap(), Seen::default());
    let state = engine.start(graph, options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(most_open(&seen.events(), 1, 1), 1, "with the memory spent, each group has one open child");
}

#[test]
fn collected_values_find_room_on_disk() {
    let graph = plan(
        "nodes:
  flood: { kind: fault.flood, params: { count: 300, size: 5000 } }
  count: { kind: test.count, inputs: { texts: flood.out } }
",
        [Pack::new("test").kind::<Count>()],
    );
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 100_000, devices: Vec::new() }).unwrap();
    let seen = Seen::default();
    let mut options = options(&seen);
    options.spill_folder = folder.path().join("spill");
    let state = engine.start(graph, options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(crate::bench::step(&state, "count").emitted, 1, "{:?}", crate::bench::step(&state, "count").causes);
    assert!(folder.path().join("spill").exists(), "what did not fit into memory was put on disk");
    assert_eq!(std::fs::read_dir(folder.path().join("spill")).unwrap().count(), 0, "and nothing of it is left");
}

#[test]
fn the_window_bounds_what_is_open() {
    let graph = plan(
        "nodes:
  many: { kind: fault.split, params: { count: 200 }, policy: { window: 3 } }
  one: { kind: fault.compute, inputs: { value: many.out } }
  two: { kind: fault.wait, inputs: { value: one.out } }
",
        [],
    );
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 1 << 30, devices: Vec::new() }).unwrap();
    let seen = Seen::default();
    let state = engine.start(graph, options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert!(most_open(&seen.events(), 1, 2) <= 3);
}

/// Input of the node that looks.
#[derive(windlass_derive::Inputs)]
struct LookIn {
    /// What it looks at.
    value: String,
}

/// Looks at a text.
struct Look;

impl Node for Look {
    type Params = ();
    type In = LookIn;
    type Out = ();

    fn about() -> About {
        About::new("test.look", "Look", "Looks at a text.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: LookIn, _: &Ctx) -> Result<(), NodeError> {
        if inputs.value.is_empty() { Err(NodeError::new("nothing to look at")) } else { Ok(()) }
    }
}

/// Input of the node that counts.
#[derive(windlass_derive::Inputs)]
struct CountIn {
    /// What it counts.
    texts: Collected<String>,
}

/// Counts the texts of a group, and looks whether each is whole.
struct Count;

impl Node for Count {
    type Params = ();
    type In = CountIn;
    type Out = ();

    fn about() -> About {
        About::new("test.count", "Count", "Counts texts.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: CountIn, _: &Ctx) -> Result<(), NodeError> {
        let texts = inputs.texts.iter().collect::<Result<Vec<_>, _>>()?;
        match texts.iter().filter(|text| text.len() == 5000).count() {
            300 => Ok(()),
            count => Err(NodeError::new(format!("{count} texts are whole"))),
        }
    }
}
