//! What packs hand over beside kinds and services: kinds of a server, types, passes, readers and writers of files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use windlass_core::doc::{self, NoFiles};
use windlass_core::event::{Outcome, RunState, What};
use windlass_core::json;
use windlass_core::plan::{Compiled, Plan, Request, compile, print};
use windlass_core::problem::render;
use windlass_core::registry::{Pack, Registry};
use windlass_core::value::Value;
use windlass_runtime::{Engine, Machine};

use crate::bench::{Seen, options};
use crate::demo::point::Point;
use crate::demo::remote::{Breaks, Remote};
use crate::demo::whole;

const ROW: &str = "nodes:
  many: { kind: fault.split, params: { count: 5 } }
  one: { kind: demo.plus1, inputs: { value: many.out } }
  two: { kind: demo.plus10, inputs: { value: one.out } }
  three: { kind: demo.plus100, inputs: { value: two.out } }
  side: { kind: demo.plus1, inputs: { value: many.out } }
  both: { kind: fault.pair, inputs: { left: three.out, right: side.out } }
outputs: { sum: three.out }
";

fn remote() -> Arc<Remote> {
    let kinds = vec![("plus1", 1), ("plus10", 10), ("plus100", 100)];
    Arc::new(Remote { kinds, asked: AtomicU64::new(0) })
}

fn registry(pack: Pack) -> Registry {
    Registry::new([windlass_fault::pack(), windlass_flow::pack(), pack]).unwrap()
}

fn compiled(text: &str, registry: &Registry) -> Compiled {
    let text = format!("windlass: 1\n{text}");
    let read = doc::read("test.yaml", text.as_bytes(), None);
    let doc = read.doc.unwrap();
    compile(&Request::new(&doc, registry, &NoFiles))
}

fn told(compiled: &Compiled) -> String {
    compiled.problems.iter().map(|problem| render(problem, false)).collect()
}

fn plan(text: &str, registry: &Registry) -> Plan {
    let compiled = compiled(text, registry);
    compiled.plan.clone().unwrap_or_else(|| panic!("{}", told(&compiled)))
}

fn run(plan: Plan, registry: &Registry, memory_bytes: u64) -> (RunState, Seen) {
    let machine = Machine { cores: 2, memory_bytes, devices: Vec::new() };
    let engine = Engine::with_services(machine, registry.services()).unwrap();
    let seen = Seen::default();
    let mut options = options(&seen);
    options.codecs = registry.codecs().clone();
    let state = engine.start(Arc::new(plan), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    (state, seen)
}

/// Returns the values of a graph output, in the order of their keys.
fn outputs(state: &RunState) -> Vec<(String, i64)> {
    let values = state.outputs.iter().map(|(_, key, value)| (key.clone(), value.as_i64().unwrap()));
    let mut values: Vec<_> = values.collect();
    values.sort();
    values
}

#[test]
fn kinds_of_a_server_run_and_are_pinned() {
    let remote = remote();
    let registry = registry(whole(&remote));
    assert_eq!(remote.asked.load(Ordering::Acquire), 0, "nobody needed it yet");
    let first = plan(ROW, &registry);
    let again = plan(ROW, &registry);
    assert_eq!(remote.asked.load(Ordering::Acquire), 1, "it is asked once");
    assert_eq!((first.pins.len(), &first.pins), (1, &again.pins));
    let pin = first.pins[0].clone();
    assert_eq!((pin.source.as_str(), pin.listing.as_array().unwrap().len()), ("demo.remote", 3));
    let (state, seen) = run(first, &registry, 64 << 20);
    assert_eq!(outputs(&state).len(), 5);
    let pinned = seen.events().into_iter().find_map(|event| match event.what {
        What::Pinned { source, hash } => Some((source, hash)),
        _ => None,
    });
    assert_eq!(pinned, Some((pin.source.clone(), pin.hash.clone())), "the run's record says what it ran with");
}

#[test]
fn a_pin_gives_the_same_kinds_when_the_server_has_others_or_none() {
    let before = registry(whole(&remote()));
    let pins = plan(ROW, &before).pins;
    let gone = Arc::new(Remote::default());
    let now = registry(whole(&gone));
    let problems = told(&compiled(ROW, &now));
    assert!(problems.contains("`demo.remote`, which cannot be asked: the server does not answer"), "{problems}");
    assert!(problems.contains("hint: start it") && problems.contains("test.yaml:4:"), "{problems}");
    let pinned = now.pinned(&pins).unwrap();
    assert!(pinned.names().any(|name| name == "demo.plus10"));
    assert_eq!(plan(ROW, &pinned).pins, pins);
    assert_eq!(gone.asked.load(Ordering::Acquire), 1, "what is pinned is not asked");
    assert!(!compiled(ROW, &now.anew()).is_ok());
    assert_eq!(gone.asked.load(Ordering::Acquire), 2, "a new registry asks anew");
}

#[test]
fn a_graph_without_such_kinds_asks_no_server_and_pins_nothing() {
    let remote = remote();
    let registry = registry(whole(&remote));
    assert!(plan("nodes:\n  many: { kind: fault.split }\n", &registry).pins.is_empty());
    let misspelt = told(&compiled("nodes:\n  many: { kind: fault.splat }\n", &registry));
    assert!(misspelt.contains("`fault.split`"), "{misspelt}");
    assert_eq!(remote.asked.load(Ordering::Acquire), 0);
    let near = told(&compiled("nodes:\n  a: { kind: demo.plus11 }\n", &registry));
    assert!(near.contains("did you mean `demo.plus1`?"), "{near}");
    assert_eq!(registry.ask_all(), []);
}

#[test]
fn a_pass_makes_one_step_of_several_and_results_stay() {
    let with = registry(whole(&remote()));
    let plain = registry(whole(&remote()).without_passes());
    let (merged, whole) = (plan(ROW, &with), plan(ROW, &plain));
    let names: Vec<_> = merged.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names.len(), whole.steps.len() - 2, "{}", print::text(&merged));
    assert!(names.contains(&"one+two+three"), "{names:?}");
    assert_eq!(merged.dag.edge_count(), whole.dag.edge_count() - 2);
    let sums = outputs(&run(merged, &with, 64 << 20).0);
    assert_eq!(sums, outputs(&run(whole, &plain, 64 << 20).0));
}

#[test]
fn a_pass_that_leaves_no_plan_is_named() {
    let registry = registry(whole(&remote()).without_passes().pass(Breaks));
    let problems = told(&compiled(ROW, &registry));
    assert!(problems.contains("the pack `demo` cannot run this graph: its pass `breaks` left a plan"), "{problems}");
    let other = "nodes:\n  a: { kind: fault.split }\n  b: { kind: fault.compute, inputs: { value: a.out } }\n";
    assert!(compiled(other, &registry).is_ok(), "a pass sees plans with kinds of its pack alone");
}

#[test]
fn a_type_of_a_pack_flows_waits_on_disk_and_comes_back() {
    let registry = registry(whole(&remote()));
    let graph = "nodes:
  many: { kind: fault.split, params: { count: 200 } }
  point: { kind: demo.point, inputs: { value: many.out } }
  sum: { kind: demo.sum, inputs: { points: point.point } }
outputs: { y: sum.y }
";
    for memory_bytes in [1, 64 << 20] {
        let (state, _) = run(plan(graph, &registry), &registry, memory_bytes);
        assert_eq!(outputs(&state), [(String::new(), 200)]);
    }
    let point = Value::Custom(Arc::new(Point { x: -3, y: i64::MAX }));
    let bytes = registry.codecs().pack(&point).unwrap();
    let Value::Custom(back) = registry.codecs().unpack(&bytes).unwrap() else { panic!("another value came back") };
    assert_eq!(back.as_any().downcast_ref(), Some(&Point { x: -3, y: i64::MAX }));
    assert!((0..bytes.len()).all(|end| registry.codecs().unpack(&bytes[..end]).is_err()));
}

#[test]
fn a_type_that_no_pack_brings_is_refused_with_the_nearest() {
    let registry = registry(whole(&remote()));
    assert_eq!(registry.types()["Person"].schema, Some(json!({ "type": "object", "required": ["name"] })));
    let wrong = told(&compiled("inputs:\n  who: { type: 'list<Persn>?' }\n", &registry));
    assert!(wrong.contains("no pack brings a type `Persn`") && wrong.contains("did you mean `Person`?"), "{wrong}");
    assert!(compiled("inputs:\n  who: { type: 'list<Person>?' }\n", &registry).is_ok());
}

#[test]
fn another_programs_file_becomes_a_graph_that_runs_and_comes_back() {
    let registry = registry(whole(&remote()));
    let importers: Vec<_> = registry.importers().values().filter(|it| it.knows("a.sum", b"5\n")).collect();
    let imported = importers[0].import("a.sum", b"5\n+1\n*7\n+100\n").unwrap();
    assert_eq!(imported.notes, ["line 3 is left out: *7"]);
    let text = doc::write_new(&imported.graph);
    let read = doc::read("a.yaml", text.as_bytes(), None);
    assert_eq!(read.doc.as_ref(), Some(&imported.graph), "{text}");
    let compiled = compile(&Request::new(&imported.graph, &registry, &NoFiles));
    let (state, _) = run(compiled.plan.unwrap(), &registry, 64 << 20);
    assert_eq!(outputs(&state), [(String::new(), 106)]);
    let exported = registry.exporters()["sums"].export(&imported.graph).unwrap();
    assert_eq!((exported.content.as_slice(), exported.notes.len()), (&b"5\n+1\n+100\n"[..], 0));
    assert!(importers[0].import("a.sum", b"five\n").is_err());
}

#[test]
fn what_two_packs_bring_is_refused_by_name() {
    let twice = |other: Pack| Registry::new([whole(&remote()), other]).err().map(|error| error.to_string());
    let other = || Pack::new("other");
    assert_eq!(twice(other().importer(crate::demo::sums::Sums)).unwrap(), "importer `sums` is registered twice");
    let ty = windlass_core::registry::TypeInfo::custom("Another.", crate::demo::point::PointCodec);
    assert_eq!(twice(other().ty(ty)).unwrap(), "type `Point` is registered twice");
}
