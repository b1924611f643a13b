//! Random numbers go by stable names: a new file in a folder changes those of no other item.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rand_chacha::rand_core::RngCore;
use windlass_core::doc::{self, NoFiles};
use windlass_core::event::{Event, Outcome, What};
use windlass_core::plan::{Mode, Request, compile};
use windlass_core::prelude::*;
use windlass_core::problem::render;
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Machine, RunOptions, Watcher};
use windlass_store::{OutputFiles, Workspace};

/// Draws for each file, for each row of each file, and in two rounds for each file.
const GRAPH: &str = "windlass: 1
seed: 5
outputs: { files: file.text, rows: row.text, rounds: again.text, batches: few.text }
nodes:
  find: { kind: files.glob, params: { folder: in, pattern: '**/*.csv' } }
  rows: { kind: table.read, inputs: { file: find.file } }
  file: { kind: test.draw, inputs: { file: find.file } }
  row: { kind: test.draw, inputs: { file: find.file, row: rows.row } }
  again:
    kind: flow.repeat
    params: { max: 2 }
    inputs: { file: find.file }
    body:
      inputs: { file: { type: file } }
      nodes:
        draw: { kind: test.draw, inputs: { file: $file } }
      outputs: { text: draw.text }
  batch: { kind: flow.batch, params: { size: 2 }, inputs: { value: rows.row } }
  few: { kind: test.draw, inputs: { file: find.file, row: batch.batch } }
";

/// What is drawn for.
#[derive(Inputs)]
struct In {
    /// A file.
    file: Arc<File>,
    /// Something inside of it.
    row: Option<Value>,
}

/// What was drawn.
#[derive(Outputs)]
struct Out {
    /// What for, and the number.
    text: String,
}

/// Draws a number.
struct Draw;

impl Node for Draw {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("test.draw", "Draw", "Draws a number.").seeded()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let row = inputs.row.and_then(|row| row.to_json()).unwrap_or_default();
        Ok(Out { text: format!("{} {row} {:016x}", inputs.file.name, ctx.random().next_u64()) })
    }
}

#[derive(Clone, Default)]
struct Drawn(Arc<Mutex<BTreeSet<String>>>);

impl Watcher for Drawn {
    fn event(&mut self, event: &Event) {
        if let What::Output { name, value, .. } = &event.what {
            assert!(self.0.lock().unwrap().insert(format!("{name} {value}")), "{value} twice");
        }
    }
}

/// Runs the graph in a folder; returns what each item drew.
fn drawn(folder: &Path) -> BTreeSet<String> {
    let doc = doc::read("graph.yaml", GRAPH.as_bytes(), Some(&folder.join("graph.yaml"))).doc.unwrap();
    let packs =
        [windlass_files::pack(), windlass_table::pack(), windlass_flow::pack(), Pack::new("test").kind::<Draw>()];
    let registry = Registry::new(packs).unwrap();
    let compiled = compile(&Request { mode: Mode::Run, ..Request::new(&doc, &registry, &NoFiles) });
    let problems: Vec<_> = compiled.problems.iter().map(|problem| render(problem, false)).collect();
    let plan = compiled.plan.unwrap_or_else(|| panic!("{}", problems.join("\n")));
    let workspace = Workspace::none();
    let files = OutputFiles::new(&workspace, Arc::new(workspace.ledger().unwrap()), &folder.join("graph.yaml"));
    let seen = Drawn::default();
    let mut options = RunOptions::new("seeds", Arc::new(files));
    options.watchers.push(Box::new(seen.clone()));
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 1 << 28, devices: Vec::new() }).unwrap();
    let state = engine.start(Arc::new(plan), options).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    let drawn = seen.0.lock().unwrap();
    drawn.clone()
}

fn table(folder: &Path, name: &str) {
    let path = folder.join("in").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "number\n1\n2\n3\n").unwrap();
}

#[test]
fn a_new_file_changes_no_other_items_random_numbers() {
    let folder = tempfile::tempdir().unwrap();
    ["d.csv", "m/n.csv"].into_iter().for_each(|name| table(folder.path(), name));
    let before = drawn(folder.path());
    // For each of two files: one for itself, three rows, the last round, two batches.
    assert_eq!(before.len(), 2 * (1 + 3 + 1 + 2));
    ["a.csv", "e.csv", "m/b.csv"].into_iter().for_each(|name| table(folder.path(), name));
    let after = drawn(folder.path());
    assert_eq!(after.len(), 5 * (1 + 3 + 1 + 2));
    assert!(before.is_subset(&after), "{:#?}", before.difference(&after).collect::<Vec<_>>());
    let numbers: BTreeSet<_> = after.iter().map(|text| text.rsplit(' ').next().unwrap()).collect();
    assert_eq!(numbers.len(), after.len(), "each item has numbers of its own");
}
