//! `windlass gc`: says what it would delete, deletes it, keeps what is pinned, and waits for who works.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{WORDS, command, events, files_below, repository, start, windlass};

/// Returns a folder in which the graph ran so often, and the names of the runs, the newest first.
fn folder_with_runs(count: usize) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), WORDS).unwrap();
    (0..count).for_each(|_| drop(windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0)));
    let runs = runs(folder.path());
    (folder, runs)
}

fn runs(folder: &Path) -> Vec<String> {
    let listed = windlass(folder, &["runs", "--json"]).ends_with(0).json_lines();
    listed.iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn it_says_what_it_would_delete_and_deletes_it_when_told_to() {
    let (folder, before) = folder_with_runs(3);
    let told = windlass(folder.path(), &["gc"]).ends_with(0).out;
    assert!(told.contains("there is nothing to delete") && told.contains("3 among the newest"), "{told}");
    let told = windlass(folder.path(), &["gc", "--keep", "1"]).ends_with(0).out;
    assert!(told.contains("would delete 2 runs") && told.contains(&before[2]), "{told}");
    assert_eq!(runs(folder.path()), before, "it only said so");
    let ran = windlass(folder.path(), &["gc", "--keep", "1", "--apply", "--json"]).ends_with(0);
    let told: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&told["deleted"], told["runs"].as_array().unwrap().len()), (&true.into(), 3));
    assert_eq!(runs(folder.path()), before[..1]);
    assert_eq!(files_below(folder.path()), ["graph.yaml", "out/0.txt", "out/1.txt"], "outputs are not its business");
    windlass(folder.path(), &["gc", "--older", "1"]).ends_with(0);
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
}

#[test]
fn a_pinned_run_stays_until_it_is_unpinned() {
    let (folder, before) = folder_with_runs(2);
    let gc = |args: &[&str]| windlass(folder.path(), &[&["gc"], args].concat());
    assert!(gc(&["--pin", &before[1]]).ends_with(0).out.contains("is pinned"));
    assert!(gc(&["--pin", &before[1]]).ends_with(0).out.contains("was pinned already"));
    assert!(gc(&["--keep", "0", "--apply"]).ends_with(0).out.contains("1 pinned"));
    assert_eq!(runs(folder.path()), before[1..]);
    gc(&["--unpin", &before[1]]).ends_with(0);
    gc(&["--unpin", &before[1]]).ends_with(2).says("no pin begins with");
    gc(&["--pin", "zz"]).ends_with(2).says("there is no run `zz`");
    gc(&["--pin", "0123456789abcdef"]).ends_with(2).says("none names such a value");
    gc(&["--keep", "0", "--apply"]).ends_with(0);
    assert_eq!(runs(folder.path()), [""; 0]);
}

#[test]
fn nothing_is_deleted_while_a_run_goes_on() {
    let (folder, before) = folder_with_runs(2);
    let slow =
        WORDS.to_owned() + "  late: { kind: flow.delay, params: { duration: 60s }, inputs: { value: each.value } }\n";
    fs::write(folder.path().join("slow.yaml"), slow).unwrap();
    let running = start(command(folder.path(), &["run", "slow.yaml", "--json"]));
    running.until_it_writes(r#""event":"firing""#);
    let refused = windlass(folder.path(), &["gc", "--keep", "0", "--apply", "--no-wait"]).ends_with(4);
    refused.says("the workspace is in use: the run `").says("goes on").says("hint:");
    let waiting = start(command(folder.path(), &["gc", "--keep", "1", "--apply"]));
    waiting.until_it_says("waiting: the run `");
    assert_eq!(runs(folder.path()).len(), 3);
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &id]).status().unwrap().success());
    running.wait();
    waiting.wait().ends_with(0);
    let left = runs(folder.path());
    assert!(left.len() == 1 && !before.contains(&left[0]), "the killed run is the newest: {left:?}");
}

#[test]
fn without_a_workspace_there_is_nothing_to_delete() {
    let folder = tempfile::tempdir().unwrap();
    windlass(folder.path(), &["gc", "--apply"]).ends_with(0).says("there is no workspace here");
    assert!(!folder.path().join(".windlass").exists());
}

#[test]
fn a_doctor_reads_all_that_is_kept_and_says_what_is_lost() {
    let (folder, runs) = folder_with_runs(2);
    let doctor = |args: &[&str]| windlass(folder.path(), &[&["doctor"], args].concat()).ends_with(0).out;
    assert!(doctor(&[]).contains("`windlass doctor --repair` reads every byte"));
    assert!(doctor(&["--repair"]).contains("read 2 journals, 0 large values, 0 packs"));
    let journal = folder.path().join(".windlass/runs").join(&runs[0]).join("journal.0");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[60] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let told = doctor(&["--repair"]);
    assert!(told.contains(&format!("of the journal of `{}` are damaged", runs[0])), "{told}");
}

#[test]
fn what_a_kept_run_has_is_found_again_after_older_ones_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(repository().join("graphs/contact-sheet.yaml"), folder.path().join("graph.yaml")).unwrap();
    let photos = repository().join("graphs/samples/photos");
    let folder_of_photos = format!("folder={}", photos.to_str().unwrap());
    let run = || {
        windlass(folder.path(), &["run", "graph.yaml", "--json", "--in", &folder_of_photos]).ends_with(0).json_lines()
    };
    let recalled = |lines: &[Json]| events(lines, "recalled").len();
    assert_eq!(recalled(&run()), 0);
    let second = recalled(&run());
    assert!(second > 0, "the second run finds what the first one made");
    windlass(folder.path(), &["gc", "--keep", "1", "--apply"]).ends_with(0);
    assert_eq!(runs(folder.path()).len(), 1);
    assert_eq!(recalled(&run()), second, "what the second found is its own");
    let kept = windlass(folder.path(), &["gc", "--keep", "0", "--apply"]).ends_with(0).out;
    assert!(kept.contains("deleted 2 runs"), "{kept}");
    assert_eq!(recalled(&run()), 0, "nothing is left");
}
