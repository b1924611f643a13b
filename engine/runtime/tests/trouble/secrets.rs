//! A graph that takes a secret from the environment and fails everywhere: nothing that comes of it says the secret.

use std::ffi::OsString;
use std::sync::Arc;

use windlass_core::doc::{self, NoFiles};
use windlass_core::plan::{Compiled, Mode, Request, compile, print};
use windlass_core::problem::render;
use windlass_core::registry::Registry;

use crate::bench::{Seen, engine, options};

/// Its letters stand nowhere else, so that a part of it is found too; its marks are spelled differently in quotes.
const SECRET: &str = "Xq7\"Zw\n9Jv\\Kp%Yd4";
const PARTS: [&str; 5] = ["Xq7", "Zw", "9Jv", "Kp%", "Yd4"];

const GRAPH: &str = r#"
windlass: 1
inputs:
  key: { type: text, default: { env: SERVICE_KEY } }
outputs:
  told: output.text
  handed: $key
  failure: error.error
nodes:
  output: { kind: fault.tell, params: { text: { env: SERVICE_KEY } } }
  error: { kind: fault.tell, params: { how: error }, inputs: { text: $key }, policy: { retries: 1, backoff: 1ms } }
  panic: { kind: fault.tell, params: { how: panic }, inputs: { text: $key } }
  log: { kind: fault.tell, params: { how: log }, inputs: { text: $key } }
  cut: { kind: fault.tell, params: { how: cut }, inputs: { text: $key } }
  quote: { kind: fault.tell, params: { how: quote }, inputs: { text: $key, after: output.text } }
  again: { kind: fault.tell, params: { how: quote }, inputs: { text: output.text } }
  after: { kind: fault.tell, params: { text: plain }, inputs: { after: log.text } }
  passed: { kind: fault.tell, params: { how: error }, inputs: { text: panic.text } }
"#;

fn compiled(text: &str, mode: Mode, value: &str) -> Compiled {
    let registry = Registry::new([windlass_fault::pack(), windlass_flow::pack()]).unwrap();
    let read = doc::read("test.yaml", text.as_bytes(), None);
    let doc = read.doc.unwrap();
    let env = |name: &str| (name == "SERVICE_KEY").then(|| OsString::from(value));
    compile(&Request { env: &env, mode, ..Request::new(&doc, &registry, &NoFiles) })
}

fn told(compiled: &Compiled) -> String {
    compiled.problems.iter().map(|problem| render(problem, false)).collect()
}

#[track_caller]
fn assert_kept(said: &str) {
    for part in PARTS {
        assert!(!said.contains(part), "`{part}` is said in\n{said}");
    }
}

#[test]
fn a_run_that_fails_everywhere_says_no_secret() {
    let compiled = compiled(GRAPH, Mode::Run, SECRET);
    let plan = Arc::new(compiled.plan.clone().unwrap_or_else(|| panic!("{}", told(&compiled))));
    for printed in [print::text(&plan), print::json(&plan), print::dot(&plan), print::mermaid(&plan)] {
        assert_kept(&printed);
    }
    let (engine, seen) = (engine(), Seen::default());
    let state = engine.start(plan, options(&seen)).unwrap().wait();
    let failed: u64 = state.steps.iter().map(|step| step.failed).sum();
    assert_eq!(failed, 5, "the graph is made to fail in five ways");
    let events = seen.events();
    let said: String = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect();
    assert_kept(&said);
    assert!(said.matches("[secret SERVICE_KEY]").count() > 12, "it was to be said often:\n{said}");
    assert_kept(&format!("{state:?}"));
}

#[test]
fn before_a_run_nothing_is_looked_up() {
    let compiled = compiled(GRAPH, Mode::Check, SECRET);
    assert!(compiled.is_ok(), "{}", told(&compiled));
    let plan = compiled.plan.unwrap();
    assert!(plan.secrets.is_empty());
    assert!(print::text(&plan).contains("text = (secret SERVICE_KEY)"), "{}", print::text(&plan));
}

#[test]
fn a_secret_that_does_not_fit_is_refused_without_being_quoted() {
    let wrong = |node: &str, value: &str| {
        let compiled = compiled(&format!("windlass: 1\nnodes:\n  a: {node}\n"), Mode::Run, value);
        assert!(!compiled.is_ok());
        told(&compiled)
    };
    let typed = wrong("{ kind: fault.numbers, params: { count: { env: SERVICE_KEY } } }", SECRET);
    assert_kept(&typed);
    let choice = wrong("{ kind: fault.tell, params: { text: a, how: { env: SERVICE_KEY } } }", SECRET);
    assert_kept(&choice);
    let time = wrong("{ kind: flow.delay, params: { value: 1, duration: { env: SERVICE_KEY } } }", SECRET);
    assert_kept(&time);
    assert!(time.contains("duration"), "{time}");
    let short = wrong("{ kind: fault.tell, params: { text: { env: SERVICE_KEY } } }", "Xq7");
    assert!(short.contains("less than 4 characters"), "{short}");
    assert_kept(&short);
    let unset = wrong("{ kind: fault.tell, params: { text: { env: OTHER_KEY } } }", SECRET);
    assert!(unset.contains("`OTHER_KEY` is not set"), "{unset}");
    let empty = wrong("{ kind: fault.tell, params: { text: { env: \"\" } } }", SECRET);
    assert!(empty.contains("no name of an environment variable"), "{empty}");
}
