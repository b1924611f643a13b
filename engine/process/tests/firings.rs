//! Programs that misbehave under the engine: each is one failed item, and nothing of it is left running.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod living;

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::doc::{self, NoFiles};
use windlass_core::event::{Event, Outcome, RunState, StepState, What};
use windlass_core::permission::Permission;
use windlass_core::plan::{Plan, Request, compile};
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Guard, Machine, RunOptions, Watcher};

use living::Mark;

/// Three items, whose programs do as a script says, and three that behave.
fn plan(mark: &Mark, script: &str, policy: &str) -> Arc<Plan> {
    let script = format!("export {}; {script}", mark.variable());
    let text = format!(
        "windlass: 1
permissions: ['process:sh']
nodes:
  many: {{ kind: fault.split, params: {{ count: 3 }} }}
  bad:
    kind: fault.program
    params: {{ memory: 67108864, processes: 20, script: {script:?} }}
    inputs: {{ value: many.out }}
    policy: {{ {policy} }}
  fine: {{ kind: fault.program, params: {{ script: 'cat; test $value' }}, inputs: {{ value: many.out }} }}
"
    );
    let registry = Registry::new([windlass_fault::pack()]).unwrap();
    let read = doc::read("test.yaml", text.as_bytes(), None);
    let graph = read.doc.unwrap_or_else(|| panic!("{:?}", read.problems));
    let compiled = compile(&Request::new(&graph, &registry, &NoFiles));
    let problems = compiled.problems;
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{problems:?}")))
}

fn engine() -> Engine {
    Engine::new(Machine { cores: 3, memory_bytes: 256 << 20, devices: Vec::new() }).unwrap()
}

fn options(seen: &Seen) -> RunOptions {
    let mut options = RunOptions::new("test", Arc::new(NoDisk));
    options.guard = Guard(env!("CARGO_BIN_EXE_windlass-guard").into());
    options.granted.add(Permission::program("sh"));
    options.watchers.push(Box::new(seen.clone()));
    options
}

fn step<'a>(state: &'a RunState, name: &str) -> &'a StepState {
    state.steps.iter().find(|step| step.info.name == name).unwrap()
}

/// Runs a script for three items, each of which has to fail for this cause.
fn assert_fails(name: &str, script: &str, policy: &str, cause: &str) {
    let (mark, engine, seen) = (Mark::new(name), engine(), Seen::default());
    let state = engine.start(plan(&mark, script, policy), options(&seen)).unwrap().wait();
    // Nothing is left from the moment on in which the run says that it has ended.
    mark.assert_gone();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    let bad = step(&state, "bad");
    assert_eq!((bad.failed, bad.admitted), (3, 3));
    assert!(bad.causes.keys().all(|said| said.contains(cause)), "{:?}", bad.causes);
    assert_eq!(step(&state, "fine").emitted, 3, "{:?}", step(&state, "fine").causes);
}

#[test]
fn a_hanging_program_with_daemons_fails_its_item_by_the_time_limit() {
    let script = "(setsid sleep 1000 &) ; sleep 1000 & trap '' TERM; wait";
    assert_fails("item-hangs", script, "timeout: 300ms", "did not come back within 300ms");
}

#[test]
fn a_program_that_leaves_a_daemon_fails_its_item() {
    let script = "(setsid sleep 1000 >/dev/null 2>&1 &) ; exit 0";
    assert_fails("item-daemon", script, "slots: 3", "left processes running: `sleep`");
}

#[test]
fn a_flooding_program_fails_its_item() {
    assert_fails("item-flood", "yes", "slots: 3", "wrote more than 1048576 bytes to its output");
    assert_fails("item-errors", "yes >&2", "slots: 3", "wrote more than 4194304 bytes to its error output");
}

#[test]
fn a_program_that_eats_memory_fails_its_item() {
    assert_fails("item-memory", "tail /dev/zero", "slots: 1", "used more than 67108864 bytes of memory");
}

#[test]
fn a_program_that_forks_on_and_on_fails_its_item() {
    // Bounded by itself, so that a broken guard does not take the machine down.
    let script = "f() { [ $1 -gt 0 ] || exec sleep 1000; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 5";
    assert_fails("item-forks", script, "slots: 1", "ran more than 20 processes at once");
}

#[test]
fn what_a_program_says_last_is_told_and_its_errors_are_logged() {
    let script = "echo one >&2; printf 'two\\n' >&2; exit 4";
    assert_fails("item-says", script, "slots: 3", "`sh` ended with exit code 4, saying: two");
    let (mark, engine, seen) = (Mark::new("item-log"), engine(), Seen::default());
    engine.start(plan(&mark, script, "slots: 1"), options(&seen)).unwrap().wait();
    let lines = seen.lines();
    assert_eq!(lines.iter().filter(|line| *line == "one").count(), 3, "{lines:?}");
}

#[test]
fn a_run_that_is_stopped_leaves_no_program() {
    let (mark, engine, seen) = (Mark::new("item-stop"), engine(), Seen::default());
    let script = "echo up >&2; (setsid sleep 1000 &) ; sleep 1000";
    let mut options = options(&seen);
    options.grace = std::time::Duration::ZERO;
    let run = engine.start(plan(&mark, script, "slots: 3"), options).unwrap();
    seen.wait_for(|what| matches!(what, What::Log { line, .. } if line == "up"));
    run.stop(Outcome::Interrupted, "somebody said so");
    let state = run.wait();
    mark.assert_gone();
    assert_eq!((step(&state, "bad").failed, state.warnings.len()), (0, 0), "{:?}", state.warnings);
}

/// Events as they come; a test may wait for one.
#[derive(Clone, Default)]
struct Seen(Arc<(Mutex<Vec<Event>>, Condvar)>);

impl Seen {
    fn wait_for(&self, is_it: impl Fn(&What) -> bool) {
        let mut events = self.0.0.lock().unwrap();
        while !events.iter().any(|event| is_it(&event.what)) {
            events = self.0.1.wait(events).unwrap();
        }
    }

    fn lines(&self) -> Vec<String> {
        let events = self.0.0.lock().unwrap();
        let line = |event: &Event| match &event.what {
            What::Log { line, .. } => Some(line.clone()),
            _ => None,
        };
        events.iter().filter_map(line).collect()
    }
}

impl Watcher for Seen {
    fn event(&mut self, event: &Event) {
        self.0.0.lock().unwrap().push(event.clone());
        self.0.1.notify_all();
    }
}

/// Files that are never written.
struct NoDisk;

impl Files for NoDisk {
    fn save<'a>(&'a self, _: &'a str, path: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async move { Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Skipped, content: None }) })
    }

    fn abandon(&self) {}
}
