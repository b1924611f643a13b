//! Killed again and again in the middle of writing: no file is ever half-written, and the next run of the graph knows
//! every file for its own, whichever content the kill left.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{command, files_below, start, wait_until, windlass};

const ITEMS: usize = 300;
const KILLS: usize = 5;

/// How many files of a round are there when it is killed.
const FILES_BEFORE_KILL: usize = 25;

fn graph() -> String {
    let numbers: Vec<_> = (0..ITEMS).map(|number| format!("\"{number}\"")).collect();
    format!(
        r#"
windlass: 1
name: Many files
inputs:
  numbers: {{ type: list<text>, default: [{}] }}
  word: {{ type: text, default: last }}
nodes:
  each:
    kind: flow.each
    inputs: {{ values: $numbers }}
  line:
    kind: text.template
    params: {{ template: "{{{{ number }}}} of {{{{ word }}}}, whole" }}
    inputs: {{ number: each.value, word: $word }}
  save:
    kind: files.write
    params: {{ path: "out/{{index}}.txt" }}
    inputs: {{ value: line.text }}
"#,
        numbers.join(", ")
    )
}

/// Returns the round in which a file was written, and fails the test where the file is not whole.
#[track_caller]
fn round_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let number = path.file_stem().unwrap().to_str().unwrap();
    let word = text.strip_prefix(&format!("{number} of ")).and_then(|rest| rest.strip_suffix(", whole"));
    word.unwrap_or_else(|| panic!("`{}` is half-written: {text:?}", path.display())).to_owned()
}

fn rounds(out: &Path) -> Vec<String> {
    let entries = fs::read_dir(out).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ext| ext == "txt")).map(|path| round_of(&path)).collect()
}

fn killed_in_round(folder: &Path, round: &str) {
    let running = start(command(folder, &["run", "graph.yaml", "--in", &format!("word={round}")]));
    let written = || rounds(&folder.join("out")).iter().filter(|word| *word == round).count();
    wait_until("files of this round", || written() >= FILES_BEFORE_KILL);
    Command::new("kill").args(["-KILL", &running.id().to_string()]).status().unwrap();
    running.wait();
}

#[test]
fn after_any_number_of_kills_the_files_are_whole_and_ours() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), graph()).unwrap();
    let rounds_killed: Vec<_> = (0..KILLS).map(|round| format!("round-{round}")).collect();
    for round in &rounds_killed {
        killed_in_round(folder.path(), round);
    }
    let out = folder.path().join("out");
    let left: BTreeSet<_> = rounds(&out).into_iter().collect();
    assert!(left.iter().all(|word| rounds_killed.contains(word)), "{left:?}");

    windlass(folder.path(), &["run", "graph.yaml"]).ends_with(0);
    assert!(rounds(&out).iter().all(|word| word == "last"));
    let expected: BTreeSet<_> = (0..ITEMS).map(|number| format!("{number}.txt")).collect();
    assert_eq!(files_below(&out).into_iter().collect::<BTreeSet<_>>(), expected);
}
