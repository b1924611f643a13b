//! The tour: one item from file to pixels, looked at in every station. Read it beside ARCHITECTURE.md.

use std::path::Path;
use std::sync::{Arc, Mutex};

use windlass_core::doc::{self, GraphDoc, NoFiles, Reference, Runs, Wire};
use windlass_core::event::{Event, Fate, Outcome, What};
use windlass_core::plan::{Mode, Plan, Request, compile};
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Machine, RunOptions, Watcher};
use windlass_store::{OutputFiles, Workspace};

use crate::pictures::{self, Rgb};

const GRAPH: &str = "windlass: 1
nodes:
  find: { kind: files.glob, params: { folder: in, pattern: '*.png' } }
  open: { kind: image.open, inputs: { file: find.file } }
  half: { kind: image.resize, params: { width: 4 }, inputs: { image: open.image } }
  save: { kind: image.save, params: { path: 'out/{stem}.png' }, inputs: { image: half.image } }
";
const COLOUR: Rgb = [200, 80, 20];

#[test]
fn one_item_from_file_to_pixels() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    pictures::write(&folder.path().join("in/rust.png"), 8, 8, |_, _| COLOUR);

    let doc = document(folder.path());
    let plan = planned(&doc);
    let events = ran(plan, folder.path());
    item_went_through(&events);
    pixels(&folder.path().join("out/rust.png"));
}

/// The document says what the file says, and knows where.
fn document(folder: &Path) -> GraphDoc {
    let read = doc::read("graph.yaml", GRAPH.as_bytes(), Some(&folder.join("graph.yaml")));
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    let doc = read.doc.unwrap();
    let open = &doc.nodes["open"];
    assert_eq!(open.runs.value, Runs::Kind("image.open".into()));
    let find = Reference::Port { node: "find".into(), port: "file".into() };
    assert_eq!(open.inputs["file"].value, Wire::One(find));
    let column = GRAPH.lines().nth(3).unwrap().find("find.file").unwrap() + 1;
    assert_eq!(open.inputs["file"].span.as_ref().unwrap().line_column(), (4, column));
    doc
}

/// The plan puts everything behind `find` into its scope.
fn planned(doc: &GraphDoc) -> Plan {
    let packs = [windlass_files::pack(), windlass_image::pack()];
    let registry = Registry::new(packs).unwrap();
    let compiled = compile(&Request { mode: Mode::Run, ..Request::new(doc, &registry, &NoFiles) });
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    let plan = compiled.plan.unwrap();
    let scopes: Vec<_> = plan.steps.iter().map(|step| (step.name.as_str(), step.scope.as_slice())).collect();
    assert_eq!(scopes, [("find", &[][..]), ("open", &[0]), ("half", &[0]), ("save", &[0])]);
    plan
}

/// The engine runs the plan; each event is seen once, in order.
fn ran(plan: Plan, folder: &Path) -> Vec<What> {
    let workspace = Workspace::none();
    let ledger = Arc::new(workspace.ledger().unwrap());
    let files = OutputFiles::new(&workspace, ledger, &folder.join("graph.yaml"));
    let seen = Seen::default();
    let mut options = RunOptions::new("walk", Arc::new(files));
    options.watchers.push(Box::new(seen.clone()));
    let engine = Engine::new(Machine { cores: 1, memory_bytes: 1 << 28, devices: Vec::new() }).unwrap();
    let state = engine.start(Arc::new(plan), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    let events = seen.0.lock().unwrap();
    assert!(events.iter().map(|event| event.seq).eq(0..events.len() as u64));
    events.iter().map(|event| event.what.clone()).collect()
}

/// The source fires once and opens a group of one; the item is admitted, fired and done in each step behind it.
fn item_went_through(events: &[What]) {
    assert!(matches!(&events[0], What::RunStarted { steps, .. } if steps.len() == 4));
    let group = |what: &What| matches!(what, What::Group { step: 0, count: 1, cause: None, .. });
    assert_eq!(events.iter().filter(|what| group(what)).count(), 1);
    for step in 1..=3 {
        let own = events.iter().filter(|what| what.step() == Some(step));
        let [admitted, firing, done] = ["Admitted", "Firing", "Done"].map(|name| {
            let at = own.clone().position(|what| format!("{what:?}").starts_with(name));
            at.unwrap_or_else(|| panic!("step {step} has no event {name}"))
        });
        assert!(admitted < firing && firing < done, "step {step}");
        let last = own.clone().nth(done).unwrap();
        assert!(matches!(last, What::Done { key, name, fate: Fate::Emitted, .. } if key == "0" && name == "rust.png"));
    }
    assert!(events.iter().any(|what| matches!(what, What::Saved { path, .. } if path.ends_with("out/rust.png"))));
    assert!(matches!(events.last(), Some(What::RunFinished { outcome: Outcome::Finished, .. })));
}

/// The file that was written holds the picture, half as large and of the same colour.
fn pixels(path: &Path) {
    let picture = pictures::read(path);
    assert_eq!((picture.width, picture.height), (4, 4));
    assert!(picture.all.iter().all(|pixel| *pixel == COLOUR));
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Event>>>);

impl Watcher for Seen {
    fn event(&mut self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}
