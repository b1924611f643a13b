//! Parts of a run: the first items of each source, and what one node needs.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{events, files_below, windlass};

/// Numbers the lines of each text of a folder, and gathers all of them.
const LINES: &str = r#"
windlass: 1
name: Lines
inputs:
  word: { type: text, default: Dear }
nodes:
  find:
    kind: files.glob
    params: { folder: texts, pattern: "*.csv" }
  rows:
    kind: table.read
    inputs: { file: find.file }
  line:
    kind: text.template
    params: { template: "{{ word }} {{ row.name }}" }
    inputs: { word: $word, row: rows.row }
  all:
    kind: flow.collect
    inputs: { values: line.text }
  page:
    kind: text.template
    params: { template: "{{ lines | join(', ') }}" }
    inputs: { lines: all.values }
  save:
    kind: files.write
    params: { path: "out/{stem}.txt" }
    inputs: { value: page.text }
"#;

/// Makes a folder with the graph and three tables of three rows.
fn lines() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lines.yaml"), LINES).unwrap();
    fs::create_dir(folder.path().join("texts")).unwrap();
    for name in ["ada", "bob", "eve"] {
        let rows = format!("name\n{name} 1\n{name} 2\n{name} 3\n");
        fs::write(folder.path().join(format!("texts/{name}.csv")), rows).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_limit_takes_the_first_items_of_the_source_and_all_that_is_made_of_them() {
    let folder = lines();
    windlass(folder.path(), &["run", "lines.yaml", "--limit", "2"]).ends_with(0);
    let written: Vec<_> = files_below(folder.path()).into_iter().filter(|name| name.starts_with("out/")).collect();
    assert_eq!(written, ["out/ada.txt", "out/bob.txt"]);
    assert_eq!(read(folder.path(), "out/bob.txt"), "Dear bob 1, Dear bob 2, Dear bob 3");
    windlass(folder.path(), &["run", "lines.yaml", "--limit", "0"]).ends_with(2);
}

#[test]
fn until_a_node_runs_only_what_it_needs() {
    let folder = lines();
    let ran = windlass(folder.path(), &["run", "lines.yaml", "--until", "line", "--json"]);
    let events_of_run = ran.ends_with(0).json_lines();
    let steps: Vec<_> = events(&events_of_run, "run_started")[0]["steps"].as_array().unwrap().clone();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["find", "rows", "line"]);
    assert!(!folder.path().join("out").exists());
    let wrong = windlass(folder.path(), &["run", "lines.yaml", "--until", "lien"]);
    wrong.ends_with(2).says("the graph has no node `lien`").says("did you mean `line`?");
}
