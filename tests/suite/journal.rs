//! Runs are remembered: listed, shown and told again by their journals, also those that were killed.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{command, events, start, wait_until, windlass};

const GRAPH: &str = r#"
windlass: 1
name: Words
inputs:
  words: { type: list<text>, default: [oak, "", elm] }
nodes:
  each: { kind: flow.each, inputs: { values: $words } }
  kept: { kind: flow.filter, params: { where: "value != ''" }, inputs: { value: each.value } }
  save: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: kept.value } }
outputs: { words: kept.value }
"#;

fn folder_with(graph: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    folder
}

fn journals(folder: &Path) -> Vec<std::path::PathBuf> {
    let runs = fs::read_dir(folder.join(".windlass/runs")).into_iter().flatten();
    runs.map(|run| run.unwrap().path().join("journal.0")).collect()
}

#[test]
fn a_run_is_told_again_word_by_word() {
    let folder = folder_with(GRAPH);
    let ran = windlass(folder.path(), &["run", "graph.yaml", "--json"]).ends_with(0);
    let again = windlass(folder.path(), &["replay", "--json"]).ends_with(0);
    assert_eq!(again.out, ran.out);
    windlass(folder.path(), &["replay"]).ends_with(0).says("save: ends, 2 emitted, 1 skipped").says("Words finished");
    let quiet = windlass(folder.path(), &["replay", "--quiet"]).ends_with(0).says("Words finished");
    assert!(!quiet.err.contains("ends,"), "{}", quiet.err);
}

#[test]
fn a_run_is_listed_and_shown_with_what_it_came_to() {
    let folder = folder_with(GRAPH);
    windlass(folder.path(), &["runs"]).ends_with(0).says("no run is remembered here yet");
    windlass(folder.path(), &["show"]).ends_with(2).says("no run has a journal");
    windlass(folder.path(), &["run", "graph.yaml", "--quiet", "--in", r#"words=["ash","yew"]"#]).ends_with(0);
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
    let listed = windlass(folder.path(), &["runs", "--json"]).ends_with(0).json_lines();
    assert_eq!(listed.len(), 2);
    assert_eq!((&listed[0]["stand"], &listed[0]["ended"]["skipped"]), (&"finished".into(), &2.into()));
    let older = listed[1]["run"].as_str().unwrap();
    let listed = windlass(folder.path(), &["runs", "--limit", "1"]).ends_with(0).out;
    assert_eq!(listed.lines().count(), 1);
    assert!(listed.contains("graph.yaml: finished after"), "{listed}");
    let shown = windlass(folder.path(), &["show", older]).ends_with(0).out;
    assert!(shown.contains(r#"called  windlass run graph.yaml --quiet --in words=["ash","yew"]"#), "{shown}");
    assert!(shown.contains("written: 2 files in out"), "{shown}");
    let shown = &windlass(folder.path(), &["show", "--json"]).ends_with(0).json_lines()[0];
    assert_eq!((&shown["steps"][1]["skipped"], &shown["outputs"][0]["value"]), (&1.into(), &"oak".into()));
    let items = windlass(folder.path(), &["show", "--node", "save"]).ends_with(0).out;
    assert_eq!(items.lines().filter(|line| line.contains("emitted")).count(), 2, "{items}");
    windlass(folder.path(), &["show", "--node", "sav"]).ends_with(2).says("did you mean `save`?");
    windlass(folder.path(), &["show", "zz"]).ends_with(2).says("there is no run `zz`");
}

#[test]
fn a_run_that_goes_on_or_was_killed_is_shown_as_far_as_it_came() {
    let slow = GRAPH.replace(
        "kept.value } }\n",
        "late.value } }\n  late: { kind: flow.delay, params: { duration: 60s }, inputs: { value: kept.value } }\n",
    );
    let folder = folder_with(&slow);
    let running = start(command(folder.path(), &["run", "graph.yaml", "--json"]));
    running.until_it_writes(r#""event":"firing","step":2"#);
    let stand = |args: &[&str]| windlass(folder.path(), args).ends_with(0).json_lines()[0]["stand"].clone();
    assert_eq!(stand(&["runs", "--json"]), "goes_on");
    windlass(folder.path(), &["replay"]).ends_with(0).says("Words did not end");
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &id]).status().unwrap().success());
    assert_eq!(running.wait().code, None);
    assert_eq!(stand(&["show", "--json"]), "killed");
    let told = windlass(folder.path(), &["replay", "--json"]).ends_with(0).json_lines();
    assert_eq!(events(&told, "done").iter().filter(|event| event["step"] == 1).count(), 3);
    let listed = windlass(folder.path(), &["runs"]).ends_with(0).out;
    assert!(listed.contains("was killed"), "{listed}");
}

#[test]
fn damage_is_named_and_the_rest_is_told() {
    let folder = folder_with(GRAPH);
    let ran = windlass(folder.path(), &["run", "graph.yaml", "--json"]).ends_with(0);
    let path = &journals(folder.path())[0];
    let mut bytes = fs::read(path).unwrap();
    // The first record of all, behind the head of the file and the beginning of a group: what the run is.
    bytes[60] ^= 1;
    fs::write(path, &bytes).unwrap();
    let again = windlass(folder.path(), &["replay", "--json"]).ends_with(0).says("warning: the journal is damaged");
    assert_eq!(again.out, ran.out);
    windlass(folder.path(), &["runs"]).ends_with(0);
    windlass(folder.path(), &["show"]).ends_with(0).says("from byte");
    bytes[8] = 9;
    bytes[12..16].copy_from_slice(&[0; 4]);
    fs::write(path, &bytes).unwrap();
    windlass(folder.path(), &["replay"]).ends_with(0);
}

#[test]
fn a_workspace_that_takes_no_journal_is_refused_before_anything_runs() {
    let folder = folder_with(GRAPH);
    fs::create_dir_all(folder.path().join(".windlass")).unwrap();
    fs::write(folder.path().join(".windlass/runs"), "").unwrap();
    windlass(folder.path(), &["run", "graph.yaml"])
        .ends_with(4)
        .says("the journal of the run cannot be begun")
        .says("hint:");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn two_runs_at_once_have_a_journal_each() {
    let folder = folder_with(GRAPH);
    let both = [0, 1].map(|_| start(command(folder.path(), &["run", "graph.yaml", "--quiet"])));
    for run in both {
        // They want the same files, and whoever comes second may find them held; both are remembered all the same.
        assert!(matches!(run.wait().code, Some(0 | 1)));
    }
    wait_until("two journals", || journals(folder.path()).len() == 2);
    assert_eq!(windlass(folder.path(), &["runs", "--json"]).ends_with(0).json_lines().len(), 2);
}
