//! Failed items of a run, run again with another graph: what had not failed keeps what it came to and is not done again.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{events, files_below, windlass};

/// Some numbers fail in `held`; the others are summed up, and each is written.
const GRAPH: &str = r#"
windlass: 1
name: Numbers
nodes:
  find: { kind: files.glob, params: { folder: in, pattern: "*.txt" } }
  read: { kind: files.read, inputs: { file: find.file } }
  kept: { kind: flow.filter, params: { where: value != 'x' }, inputs: { value: read.text } }
  held:
    kind: text.template
    params: { template: "{% if text in ['2', '5'] %}{{ text.there.is.none }}{% endif %}{{ text }}" }
    inputs: { text: kept.value }
  write: { kind: files.write, params: { path: "out/{stem}.txt" }, inputs: { value: held.text } }
  all: { kind: flow.collect, inputs: { values: held.text } }
  slow: { kind: flow.delay, params: { duration: 0ms }, inputs: { value: all.values } }
  sum: { kind: text.template, params: { template: "{{ all | map('int') | sum }}" }, inputs: { all: slow.value } }
outputs: { sum: sum.text }
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for number in 0..8 {
        fs::write(folder.path().join(format!("in/{number}.txt")), number.to_string()).unwrap();
    }
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(1).says("`windlass retry ");
    folder
}

#[test]
fn what_to_do_next_is_said_for_where_the_caller_stands() {
    let (folder, elsewhere) = (folder(), tempfile::tempdir().unwrap());
    let graph = folder.path().join("graph.yaml");
    let ran = windlass(elsewhere.path(), &["run", graph.to_str().unwrap(), "--quiet"]).ends_with(1);
    let (_, hint) = ran.err.split_once("`windlass ").unwrap();
    let words: Vec<_> = hint.split_once('`').unwrap().0.split(' ').collect();
    assert_eq!((words[0], words[2]), ("retry", "--workspace"), "{hint}");
    windlass(elsewhere.path(), &words).ends_with(1).says("Numbers finished");
}

fn last_run(folder: &Path) -> String {
    let listed = windlass(folder, &["runs", "--json", "--limit", "1"]).ends_with(0).json_lines();
    listed[0]["run"].as_str().unwrap().to_owned()
}

fn mended(folder: &Path) {
    let mended = GRAPH.replace("['2', '5']", "[]").replace("value != 'x'", "value != 'y'");
    fs::write(folder.join("graph.yaml"), mended).unwrap();
}

/// Returns the keys of what fired in a node.
fn fired(told: &[Json], node: &str) -> Vec<String> {
    let steps = events(told, "run_started")[0]["steps"].as_array().unwrap().clone();
    let number = steps.iter().position(|step| step["name"] == node).unwrap();
    let firings = events(told, "firing").into_iter().filter(|event| event["step"] == number);
    let mut keys: Vec<_> = firings.map(|event| event["key"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

fn sum(told: &[Json]) -> Json {
    events(told, "output")[0]["value"].clone()
}

#[test]
fn failed_items_and_what_depends_on_them_are_done_and_nothing_else() {
    let folder = folder();
    assert_eq!(files_below(&folder.path().join("out")).len(), 6);
    mended(folder.path());
    // Neither a new file nor one that is gone changes what the old run had found.
    fs::write(folder.path().join("in/00.txt"), "100").unwrap();
    let old = last_run(folder.path());
    let ran = windlass(folder.path(), &["retry", &old, "--json"]).ends_with(0);
    let ran = ran.says(&format!("runs again what failed in the run `{old}`: 2 items of `held`"));
    let told = ran.says("changed since that run, and computed anew for all items: `kept`").json_lines();
    assert_eq!(
        (fired(&told, "held"), fired(&told, "write")),
        (vec!["2".into(), "5".into()], vec!["2".into(), "5".into()])
    );
    assert_eq!((fired(&told, "find"), fired(&told, "read")), (vec![], vec![]));
    assert_eq!((fired(&told, "slow"), sum(&told)), (vec![String::new()], "28".into()));
    assert_eq!(files_below(&folder.path().join("out")).len(), 8);
    let new = last_run(folder.path());
    assert_ne!(new, old);
    let shown = windlass(folder.path(), &["show", &new]).ends_with(0).out;
    assert!(shown.contains(&format!("retries {old}")), "{shown}");
    windlass(folder.path(), &["retry", &new]).ends_with(0).says("nothing is to be done: no item has failed");
    // The old run is as it was, and the new one does not need it.
    windlass(folder.path(), &["retry", &old, "--quiet"]).ends_with(0);
}

#[test]
fn what_had_not_failed_keeps_what_it_came_to_which_is_said() {
    let folder = folder();
    let changed = GRAPH.replace("['2', '5']", "['2']").replace("out/{stem}.txt", "new/{stem}.txt");
    fs::write(folder.path().join("graph.yaml"), changed).unwrap();
    let old = last_run(folder.path());
    let ran = windlass(folder.path(), &["retry", &old, "--quiet"]).ends_with(1);
    ran.says("changed since that run, and used for what is run again alone: `held`, `write`");
    assert_eq!(files_below(&folder.path().join("new")), ["5.txt"]);
    assert_eq!(files_below(&folder.path().join("out")).len(), 6);
    let told = windlass(folder.path(), &["retry", &last_run(folder.path()), "--json"]).ends_with(1).json_lines();
    assert_eq!(fired(&told, "held"), ["2"]);
    assert_eq!(sum(&told), "26");
}

#[test]
fn a_node_that_was_not_there_does_all_its_items() {
    let folder = folder();
    let renamed = GRAPH.replace("held:", "other:").replace("held.text", "other.text").replace("['2', '5']", "[]");
    fs::write(folder.path().join("graph.yaml"), renamed).unwrap();
    let told = windlass(folder.path(), &["retry", &last_run(folder.path()), "--json"]).ends_with(0).json_lines();
    assert_eq!((fired(&told, "other").len(), fired(&told, "read").len(), sum(&told)), (8, 0, "28".into()));
}

#[test]
fn rows_are_those_that_the_old_run_had() {
    let folder = folder();
    fs::write(folder.path().join("rows.csv"), "name,factor\nonce,1\ntwice,2\n").unwrap();
    let graph = GRAPH.replace("name: Numbers\n", "name: Numbers\ninputs: { factor: { type: int } }\n");
    let mark = "  mark: { kind: text.template, params: { template: \"{{ n }}\" }, inputs: { n: $factor } }\noutputs:";
    let graph = graph.replace("outputs:", mark);
    let graph = graph
        .replace("map('int') | sum }}\" }, inputs: {", "map('int') | sum * factor }}\" }, inputs: { factor: $factor,");
    fs::write(folder.path().join("graph.yaml"), &graph).unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--each", "rows.csv", "--quiet"]).ends_with(1);
    fs::write(folder.path().join("rows.csv"), "name,factor\nthrice,3\n").unwrap();
    fs::write(folder.path().join("graph.yaml"), graph.replace("['2', '5']", "[]")).unwrap();
    let told = windlass(folder.path(), &["retry", &last_run(folder.path()), "--json"]).ends_with(0).json_lines();
    let mut sums: Vec<_> = events(&told, "output").iter().map(|event| event["value"].to_string()).collect();
    sums.sort();
    assert_eq!((sums, fired(&told, "held")), (vec!["\"28\"".into(), "\"56\"".into()], vec!["2".into(), "5".into()]));
    assert!(fired(&told, "mark").is_empty());
}

#[test]
fn one_node_may_be_named_and_what_cannot_be_retried_is_refused_in_words() {
    let folder = folder();
    let old = last_run(folder.path());
    let retry = |more: &[&str]| windlass(folder.path(), &[&["retry"], more].concat());
    retry(&[&old, "--node", "write"]).ends_with(0).says("no item of `write` has failed in the run");
    retry(&[&old, "--node", "hold"]).ends_with(2).says("the run has no node `hold`").says("did you mean `held`?");
    retry(&["zz"]).ends_with(2).says("there is no run `zz`");
    retry(&[]).ends_with(2);
    mended(folder.path());
    retry(&[&old, "--node", "held", "--quiet"]).ends_with(0);
    fs::write(folder.path().join("graph.yaml"), "nonsense").unwrap();
    retry(&[&old]).ends_with(2).says("nothing ran");
}
