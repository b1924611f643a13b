//! Rows: what runs once and is handed out again under each row does not have to fit into memory.

use std::sync::Arc;

use windlass_core::event::Outcome;
use windlass_core::plan::{Given, Row, Rows};
use windlass_core::value::Value;
use windlass_runtime::{Engine, Machine};

use crate::bench::{Seen, options, plan, step};

#[test]
fn what_is_handed_out_again_finds_room_on_disk() {
    let graph = plan(
        "nodes:
  flood: { kind: fault.split, params: { count: 100 }, policy: { window: 2 } }
  large: { kind: fault.swell, inputs: { value: flood.out } }
  scaled: { kind: fault.add, inputs: { value: flood.out }, params: { salt: 1 } }
  both: { kind: fault.weigh, inputs: { text: large.out, value: scaled.out } }
",
        [],
    );
    let mut graph = Arc::into_inner(graph).unwrap();
    let row = |salt: i64| Row { name: salt.to_string(), values: vec![Given::Value(Value::Int(salt))], place: None };
    let (name, columns) = ("--sweep scaled.salt".to_owned(), vec!["scaled.salt".to_owned()]);
    graph.under(&[Rows { name, columns, rows: (1..=4).map(row).collect(), folder: "/".into() }]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 40_000, devices: Vec::new() }).unwrap();
    let seen = Seen::default();
    let mut options = options(&seen);
    options.spill_folder = folder.path().join("spill");
    let state = engine.start(Arc::new(graph), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!((step(&state, "large").emitted, step(&state, "both").emitted), (100, 400));
    let rows: Vec<_> = state.rows.values().map(|row| (row.emitted, row.open())).collect();
    assert_eq!(rows, [(200, 0); 4], "what depends on a row counts in it");
    assert!(folder.path().join("spill").exists(), "what did not fit into memory was put on disk");
    assert_eq!(std::fs::read_dir(folder.path().join("spill")).unwrap().count(), 0, "and nothing of it is left");
}
