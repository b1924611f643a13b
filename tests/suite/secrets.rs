//! A secret of the environment, and everything that the program prints, logs, fails with and names files after.

use std::fs;
use std::path::Path;

use crate::program::{Ran, command, files_below, start};

/// No part of it stands anywhere else; its marks are spelled differently in quotes, in JSON and in paths.
const SECRET: &str = r#"Xq7"Zw/9Jv\Kp Yd4+Mt8"#;
const PARTS: [&str; 6] = ["Xq7", "Zw", "9Jv", "Kp", "Yd4", "Mt8"];

const GRAPH: &str = r#"
windlass: 1
inputs:
  key: { type: text, default: { env: SERVICE_KEY } }
  where: { type: path, default: { env: SERVICE_KEY } }
outputs:
  said: text.text
  key: $key
nodes:
  text: { kind: text.template, params: { template: "Bearer {{ key }}" }, inputs: { key: $key } }
  wrong: { kind: text.template, params: { template: "{{ key.there.is.none }}" }, inputs: { key: $key } }
  open: { kind: files.open, inputs: { path: $where } }
  find: { kind: files.glob, params: { pattern: "*" }, inputs: { folder: $where } }
  named: { kind: files.write, params: { path: "out/{who}.txt" }, inputs: { value: text.text, who: $key } }
  below: { kind: files.write, params: { path: "out/{who}/x.txt" }, inputs: { value: text.text, who: text.text } }
  used: { uses: inner.yaml, params: { key: { env: SERVICE_KEY } } }
"#;

const INNER: &str = r#"
windlass: 1
inputs:
  key: { type: text }
nodes:
  open: { kind: files.open, inputs: { path: $key } }
  text: { kind: text.template, params: { template: "{{ key }}" }, inputs: { key: $key } }
  read: { kind: files.read, inputs: { file: open.file } }
"#;

fn run(folder: &Path, args: &[&str]) -> Ran {
    let mut command = command(folder, args);
    command.env("SERVICE_KEY", SECRET);
    start(command).wait()
}

#[track_caller]
fn assert_kept(ran: &Ran) {
    for part in PARTS {
        assert!(!ran.out.contains(part) && !ran.err.contains(part), "`{part}` in\n{}\n{}", ran.out, ran.err);
    }
}

#[test]
fn no_output_of_a_run_that_fails_everywhere_says_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::write(folder.path().join("inner.yaml"), INNER).unwrap();
    for more in [&["-v"][..], &["--json"], &["--quiet"], &[]] {
        let ran = run(folder.path(), &[&["run", "graph.yaml"], more].concat()).ends_with(1);
        assert_kept(&ran);
        assert!(format!("{}{}", ran.out, ran.err).contains("[secret SERVICE_KEY]"), "{}\n{}", ran.out, ran.err);
    }
    assert_kept(&run(folder.path(), &["run", "graph.yaml", "--fail-fast"]).ends_with(1));
    for args in [&["run", "graph.yaml", "--dry-run"][..], &["plan", "graph.yaml", "--json"], &["check", "graph.yaml"]] {
        assert_kept(&run(folder.path(), args).ends_with(0));
    }
    for file in files_below(folder.path()) {
        assert!(PARTS.iter().all(|part| !file.contains(part)), "a file is named after the secret: {file}");
    }
    for args in [&["runs"][..], &["show"], &["show", "--json"], &["replay"], &["replay", "--json"]] {
        let told = run(folder.path(), args);
        assert!(told.out.len() + told.err.len() > 100, "{args:?} tells nothing of the runs");
        assert_kept(&told);
    }
    let runs = run(folder.path(), &["runs", "--json"]).json_lines();
    let [new, old] = [0, 4].map(|at: usize| runs[at]["run"].as_str().unwrap().to_owned());
    for args in
        [&["diff", &old, &new][..], &["diff", &old, &new, "--json"], &["attach", &old], &["attach", &old, "--json"]]
    {
        let told = run(folder.path(), args);
        assert!(told.out.len() + told.err.len() > 100, "{args:?} tells nothing of the runs");
        assert_kept(&told);
    }
    let kept = kept_files(&folder.path().join(".windlass"));
    assert!(kept.iter().any(|name| name == "written.jsonl"), "{kept:?}");
    assert_eq!(kept.iter().filter(|name| *name == "journal.0").count(), 5, "one for each run: {kept:?}");
}

/// Returns the names of all files in a workspace, none of which holds the secret.
fn kept_files(workspace: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(workspace).into_iter().map(Result::unwrap).filter(|entry| entry.path().is_file());
    let names = files.map(|entry| {
        let bytes = fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // Two letters may come about in a checksum.
        let mut parts = PARTS.iter().filter(|part| part.len() > 2);
        assert!(parts.all(|part| !text.contains(part)), "the secret is in {}", entry.path().display());
        entry.file_name().to_str().unwrap().to_owned()
    });
    names.collect()
}

#[test]
fn a_secret_that_is_missing_or_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let graph = "windlass: 1\nnodes:\n  wait: { kind: flow.constant, params: { value: 1 } }\n  \
                 later: { kind: flow.delay, params: { duration: { env: SERVICE_KEY } }, inputs: { value: wait.value } }\n";
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let unset = start(command(folder.path(), &["run", "graph.yaml"])).wait().ends_with(2);
    unset.says("`SERVICE_KEY` is not set").says("graph.yaml:4:").says("SERVICE_KEY=… windlass run");
    assert_kept(&run(folder.path(), &["run", "graph.yaml"]).ends_with(2));
    start(command(folder.path(), &["check", "graph.yaml"])).wait().ends_with(0);
}
