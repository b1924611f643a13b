//! Runs are paused, ended and watched by other processes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::program::{Ran, Running, command, start, windlass};

/// Two items at a time, each held back for a while.
const GRAPH: &str = r#"
windlass: 1
name: Words
inputs:
  words: { type: list<text>, default: [WORDS] }
nodes:
  each: { kind: flow.each, inputs: { values: $words } }
  late:
    kind: flow.delay
    params: { duration: DURATION }
    inputs: { value: each.value }
    policy: { slots: 2 }
  save: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: late.value } }
"#;

fn folder_with(items: usize, duration: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<_> = (0..items).map(|item| format!("w{item}")).collect();
    let graph = GRAPH.replace("WORDS", &words.join(", ")).replace("DURATION", duration);
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    folder
}

/// Starts a run, and returns it once its first item is done, with its name.
fn begun(folder: &Path) -> (Running, String) {
    let running = start(command(folder, &["run", "graph.yaml", "--json"]));
    running.until_it_writes(r#""event":"done","step":1"#);
    let name = windlass(folder, &["runs", "--json"]).ends_with(0).json_lines()[0]["run"].as_str().unwrap().to_owned();
    (running, name)
}

fn kill(signal: &str, running: &Running) {
    assert!(Command::new("kill").args([signal, &running.id().to_string()]).status().unwrap().success());
}

fn listed(folder: &Path) -> serde_json::Value {
    windlass(folder, &["runs", "--json"]).ends_with(0).json_lines().remove(0)
}

#[test]
fn a_run_is_paused_and_goes_on() {
    let folder = folder_with(40, "20ms");
    let (running, name) = begun(folder.path());
    windlass(folder.path(), &["resume", &name]).ends_with(4).says("goes on: process");
    windlass(folder.path(), &["pause", &name]).ends_with(0).says(&format!("{name} is paused: what is under way"));
    running.until_it_writes(r#""event":"paused","cause":"by `windlass pause`""#);
    windlass(folder.path(), &["pause", &name]).ends_with(0).says("is paused already");
    assert_eq!(listed(folder.path())["paused"], "by `windlass pause`");
    let told = windlass(folder.path(), &["runs"]).ends_with(0).out;
    assert!(told.contains("goes on, paused: by `windlass pause`"), "{told}");
    let told = windlass(folder.path(), &["show"]).ends_with(0).out;
    assert!(told.contains("paused  by `windlass pause`"), "{told}");
    windlass(folder.path(), &["resume"]).ends_with(0).says(&format!("{name} goes on"));
    running.until_it_writes(r#""event":"resumed""#);
    assert!(listed(folder.path())["paused"].is_null());
    running.wait().ends_with(0);
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 40);
    windlass(folder.path(), &["resume", &name]).ends_with(0).says("nothing is to be done");
    for args in [["pause", &name], ["stop", &name]] {
        windlass(folder.path(), &args).ends_with(2).says("no process works on the run").says("it finished after");
    }
}

#[test]
fn a_run_is_ended_by_another_process_as_by_ctrl_c() {
    let folder = folder_with(10_000, "20ms");
    let (running, name) = begun(folder.path());
    windlass(folder.path(), &["pause", &name]).ends_with(0);
    windlass(folder.path(), &["stop", &name]).ends_with(0).says("is stopping").says("interrupted after");
    let ran = running.wait().ends_with(130);
    assert!(ran.out.contains(r#""event":"stopping","cause":"by `windlass stop`""#), "{}", ran.out);
    assert_eq!(listed(folder.path())["stand"], "interrupted");
    windlass(folder.path(), &["stop", "zz"]).ends_with(2).says("there is no run `zz`");
    let elsewhere = tempfile::tempdir().unwrap();
    let home = folder.path().join(".windlass");
    let args = ["stop", &name, "--workspace", home.to_str().unwrap()];
    let hint = format!("`windlass resume {name} --workspace ");
    windlass(elsewhere.path(), &args).ends_with(2).says("no process works on the run").says(&hint);
}

#[test]
fn who_watches_a_run_is_told_the_same_and_ends_as_it_does() {
    let folder = folder_with(30, "20ms");
    // A folder in the way of the last file: its item fails.
    fs::create_dir_all(folder.path().join("out/29.txt")).unwrap();
    let (running, name) = begun(folder.path());
    let watching = start(command(folder.path(), &["attach", &name, "--json"]));
    let in_words = start(command(folder.path(), &["attach"]));
    let ran = running.wait().ends_with(1);
    assert_eq!(watching.wait().ends_with(1).out, ran.out);
    in_words.wait().ends_with(1).says("save: ends, 29 emitted, 1 failed").says("Words finished after");
    windlass(folder.path(), &["attach"]).ends_with(2).says("no run of the workspace goes on");
    windlass(folder.path(), &["attach", &name, "--quiet"]).ends_with(1).says("Words finished after");
}

#[test]
fn who_stops_watching_leaves_the_run_alone() {
    let folder = folder_with(10_000, "20ms");
    let (running, name) = begun(folder.path());
    let watching = start(command(folder.path(), &["attach", "--json"]));
    watching.until_it_writes(r#""event":"done","step":2"#);
    kill("-INT", &watching);
    watching.wait().ends_with(130).says(&format!("detached; {name} goes on"));
    assert_eq!(listed(folder.path())["stand"], "goes_on");
    windlass(folder.path(), &["stop", &name]).ends_with(0);
    running.wait().ends_with(130);
}

#[test]
fn a_reader_that_goes_away_ends_the_watching_alone() {
    let folder = folder_with(10_000, "20ms");
    let (running, name) = begun(folder.path());
    let mut watching = command(folder.path(), &["attach", "--json"]);
    let mut watching = watching.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(watching.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("run_started"), "{first}");
    let end = watching.wait_with_output().unwrap();
    let said = String::from_utf8(end.stderr).unwrap();
    assert!(end.status.code() == Some(130) && said.contains(&format!("detached; {name} goes on")), "{said}");
    windlass(folder.path(), &["stop", &name]).ends_with(0);
    running.wait().ends_with(130);
}

#[test]
fn a_run_that_is_killed_is_said_to_be() {
    let folder = folder_with(10_000, "20ms");
    let (running, name) = begun(folder.path());
    let watching = start(command(folder.path(), &["attach", &name]));
    watching.until_it_says("save: begins");
    kill("-KILL", &running);
    assert_eq!(running.wait().code, None);
    let says_killed = |ran: Ran, code| drop(ran.ends_with(code).says("was killed").says("windlass resume"));
    says_killed(watching.wait(), 130);
    says_killed(windlass(folder.path(), &["pause", &name]), 2);
    says_killed(windlass(folder.path(), &["stop", &name]), 2);
}

#[test]
fn who_watches_a_run_that_goes_on_after_a_kill_is_told_of_both_processes() {
    let folder = folder_with(60, "20ms");
    let (killed, name) = begun(folder.path());
    killed.until_it_writes(r#""event":"done","step":2"#);
    kill("-KILL", &killed);
    let before = killed.wait().out;
    let second = start(command(folder.path(), &["resume", &name, "--json"]));
    second.until_it_writes(r#""event":"run_started""#);
    let watching = start(command(folder.path(), &["attach", &name, "--json"]));
    let in_words = start(command(folder.path(), &["attach", &name, "--quiet"]));
    let after = second.wait().ends_with(0).out;
    let told = watching.wait().ends_with(0).out;
    assert!(told.starts_with(before.trim_end()) && told.ends_with(&after), "{told}");
    in_words.wait().ends_with(0).says("Words finished after");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 60);
}
