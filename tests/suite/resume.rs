//! Runs that were killed or interrupted, and go on: as they began, whatever the disk says now.
#![cfg(unix)]

mod kills;

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Ran, Running, command, files_below, start, windlass};

/// Words of a list, once the test has put a file `go` into the folder; the last node is a graph in another file.
const GRAPH: &str = r#"
windlass: 1
name: Words
seed: 5
inputs:
  words: { type: list<text>, default: [oak, elm] }
  greeting: { type: text, default: Dear }
  mark: { type: text, default: "" }
  file: { type: path, default: nothing }
nodes:
  gate: { kind: files.open, params: { path: go }, policy: { retries: 100000, backoff: 10ms, backoff_max: 10ms } }
  ready: { kind: files.read, inputs: { file: gate.file } }
  each: { kind: flow.each, inputs: { values: $words } }
  line:
    kind: text.template
    params: { template: "{{ greeting }} {{ word }}{{ go }}{{ mark }} of {{ file }}" }
    inputs: { greeting: $greeting, word: each.value, go: ready.text, mark: $mark, file: $file }
  save: { uses: save.yaml, inputs: { text: line.text } }
"#;

const SAVE: &str = r#"
windlass: 1
inputs:
  text: { type: text }
nodes:
  write: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: $text } }
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::write(folder.path().join("save.yaml"), SAVE).unwrap();
    folder
}

/// Lets the gate open.
fn open(folder: &Path) {
    fs::write(folder.join("go"), "!").unwrap();
}

/// Returns what was written, by its path.
fn written(folder: &Path) -> Vec<String> {
    let files = files_below(folder).into_iter().filter(|file| file.ends_with(".txt"));
    files.map(|file| format!("{file}: {}", fs::read_to_string(folder.join(&file)).unwrap())).collect()
}

fn at_the_gate(folder: &Path, more: &[&str]) -> Running {
    let running = start(command(folder, &[&["run", "graph.yaml", "--json"], more].concat()));
    running.until_it_writes(r#""event":"retrying""#);
    running
}

fn kill(running: Running) {
    assert!(Command::new("kill").args(["-9", &running.id().to_string()]).status().unwrap().success());
    assert_eq!(running.wait().code, None);
}

fn killed_at_the_gate(folder: &Path, more: &[&str]) {
    kill(at_the_gate(folder, more));
}

fn resume(folder: &Path, more: &[&str]) -> Ran {
    windlass(folder, &[&["resume"], more].concat())
}

#[test]
fn a_killed_run_goes_on_with_the_graph_and_the_call_that_it_began_with() {
    let folder = folder();
    killed_at_the_gate(folder.path(), &["--in", "greeting=Hello", "--in", "file=here/x", "--out", "made"]);
    fs::write(folder.path().join("graph.yaml"), "nonsense").unwrap();
    fs::remove_file(folder.path().join("save.yaml")).unwrap();
    open(folder.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let workspace = folder.path().join(".windlass");
    let workspace = ["--workspace", workspace.to_str().unwrap()];
    let ran = resume(elsewhere.path(), &workspace).ends_with(0);
    let ran = ran.says("goes on with the run `").says("of `graph.yaml`, which was killed");
    ran.says("changed since it began, and taken as it was then: `graph.yaml`, `save.yaml`");
    let file = folder.path().join("made/out/1.txt");
    let here = folder.path().join("here/x");
    assert_eq!(fs::read_to_string(file).unwrap(), format!("Hello elm! of {}", here.display()));
    let runs = windlass(folder.path(), &["runs", "--json"]).ends_with(0).json_lines();
    assert_eq!((runs.len(), &runs[0]["stand"], &runs[0]["ended"]["open"]), (1, &"finished".into(), &0.into()));
    let shown = windlass(folder.path(), &["show"]).ends_with(0).out;
    assert!(shown.contains("called  windlass run graph.yaml --json --in greeting=Hello"), "{shown}");
    assert!(shown.contains("\nresumed "), "{shown}");
    let items = windlass(folder.path(), &["show", "--node", "line"]).ends_with(0).out;
    assert_eq!(items.lines().filter(|line| line.contains("emitted")).count(), 2, "{items}");
    resume(folder.path(), &[]).ends_with(0).says("nothing is to be done: every run");
    let name = runs[0]["run"].as_str().unwrap();
    resume(folder.path(), &[&name[..name.len() - 1]]).ends_with(0).says("nothing is to be done: the run `");
}

#[test]
fn rows_of_a_batch_are_those_that_the_run_began_with() {
    let folder = folder();
    fs::write(folder.path().join("rows.csv"), "name,mark\nada,?\nbob,:\n").unwrap();
    ["a.bin", "b.bin"].iter().for_each(|name| fs::write(folder.path().join(name), name).unwrap());
    let rows = ["--each", "rows.csv", "--each", "file=*.bin", "--sweep", "greeting=Hello,Dear"];
    killed_at_the_gate(folder.path(), &rows);
    fs::write(folder.path().join("rows.csv"), "name,mark\neve,-\n").unwrap();
    fs::remove_file(folder.path().join("a.bin")).unwrap();
    fs::write(folder.path().join("c.bin"), "").unwrap();
    open(folder.path());
    resume(folder.path(), &[]).ends_with(0).says("changed since it began, and taken as it was then: `rows.csv`");
    let written = written(folder.path());
    assert_eq!(written.len(), 2 * 2 * 2 * 2, "{written:?}");
    let expected = format!("ada/a.bin/Dear/out/0.txt: Dear oak!? of {}", folder.path().join("a.bin").display());
    assert!(written.contains(&expected), "{written:?}");
    assert!(written.iter().all(|line| !line.contains("eve") && !line.contains("c.bin")), "{written:?}");
}

#[test]
fn a_run_that_goes_on_is_left_alone_and_one_that_is_stopped_goes_on() {
    let folder = folder();
    resume(folder.path(), &[]).ends_with(2).says("there is no workspace here").says("beside its graph");
    let running = at_the_gate(folder.path(), &[]);
    let (id, refused) = (running.id(), resume(folder.path(), &[]).ends_with(4));
    refused.says("goes on: process ").says(&format!("process {id} on"));
    assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    running.wait().ends_with(130);
    assert!(written(folder.path()).is_empty());
    open(folder.path());
    resume(folder.path(), &["--quiet"]).ends_with(0).says("which interrupted").says("Words finished");
    assert_eq!(written(folder.path()).len(), 2);
    resume(folder.path(), &["zz"]).ends_with(2).says("there is no run `zz`");
}

#[test]
fn what_a_run_ends_with_says_how_to_go_on() {
    let folder = folder();
    let running = start(command(folder.path(), &["run", "graph.yaml"]));
    running.until_it_says("gate: ");
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let ran = running.wait().ends_with(130);
    ran.says("`windlass resume` does the rest").says("hint: `windlass resume ");
}

#[test]
fn a_secret_of_the_call_is_taken_from_the_environment_again() {
    const SECRET: &str = "hunter2-hunter2";
    let folder = folder();
    let graph = GRAPH.replace("type: path, default: nothing", "type: text, default: { env: WORD_KEY }");
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let with_secret = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("WORD_KEY", SECRET);
        start(command)
    };
    let running = with_secret(&["run", "graph.yaml", "--json", "--in", &format!("greeting={SECRET}")]);
    running.until_it_writes(r#""event":"retrying""#);
    kill(running);
    open(folder.path());
    resume(folder.path(), &[]).ends_with(2).says("the secret `WORD_KEY`, which is not in the environment now");
    with_secret(&["resume"]).wait().ends_with(0);
    assert_eq!(written(folder.path())[0], format!("out/0.txt: {SECRET} oak! of {SECRET}"));
}

#[test]
fn a_journal_that_does_not_say_what_the_run_is_is_refused_in_words() {
    let folder = folder();
    killed_at_the_gate(folder.path(), &[]);
    let run = fs::read_dir(folder.path().join(".windlass/runs")).unwrap().next().unwrap().unwrap().path();
    let path = run.join("journal.0");
    let mut bytes = fs::read(&path).unwrap();
    // The first record of all, behind the head of the file and the beginning of a group.
    bytes[60] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let ran = resume(folder.path(), &[]).ends_with(4).says("warning: the journal is damaged");
    ran.says("does not say any more what the run is").says("hint:");
}
