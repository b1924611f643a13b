//! Batches and sweeps: a graph under the rows of a table, the files of a folder, or several values.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{events, files_below, windlass};

/// A card for somebody, with a picture's worth of text from a file.
const CARDS: &str = r#"
windlass: 1
name: Cards
inputs:
  who: { type: text, doc: Who gets it }
  note: { type: path, default: notes/plain.txt }
  times: { type: int, default: 1, min: 1 }
nodes:
  find:
    kind: files.open
    inputs: { path: $note }
  read:
    kind: files.read
    inputs: { file: find.file }
  line:
    kind: text.template
    params: { template: "{{ text }} {{ who }} {{ times }}" }
    inputs: { text: read.text, who: $who, times: $times }
  save:
    kind: files.write
    params: { path: "cards/{graph}.txt" }
    inputs: { value: line.text }
outputs: { line: line.text }
"#;

/// Makes a folder with the graph, its notes and a table.
fn cards(table: &str, rows: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    fs::create_dir(&notes).unwrap();
    fs::write(folder.path().join("cards.yaml"), CARDS).unwrap();
    fs::write(notes.join("plain.txt"), "Dear").unwrap();
    fs::write(notes.join("warm.txt"), "Dearest").unwrap();
    fs::create_dir_all(folder.path().join(table).parent().unwrap()).unwrap();
    fs::write(folder.path().join(table), rows).unwrap();
    folder
}

fn written(folder: &Path) -> Vec<(String, String)> {
    let files = files_below(folder).into_iter().filter(|file| file.contains("cards/"));
    files.map(|file| (file.clone(), fs::read_to_string(folder.join(file)).unwrap())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn each_row_of_a_table_is_written_to_a_folder_of_its_own() {
    let table = "name,who,note,Times\nada,Ada,../notes/warm.txt,2\nbob,\"Bob, too\",../notes/plain.txt,3\nada,Eve,../notes/plain.txt,4\n";
    let folder = cards("lists/people.csv", table.as_bytes());
    let ran = windlass(folder.path(), &["run", "cards.yaml", "--each", "lists/people.csv"]).ends_with(0);
    let ran = ran.says("column `Times` of `lists/people.csv` is no input of the graph").says("lists/people.csv:1:1");
    ran.says("ada~2").says("3 values");
    let expected = [
        ("ada/cards/cards.txt", "Dearest Ada 1"),
        ("ada~2/cards/cards.txt", "Dear Eve 1"),
        ("bob/cards/cards.txt", "Dear Bob, too 1"),
    ];
    assert_eq!(written(folder.path()), pairs(&expected));
}

#[test]
fn batches_and_sweeps_multiply_and_what_depends_on_no_row_runs_once() {
    let folder = cards("people.jsonl", b"{\"who\": \"Ada\"}\n{\"who\": \"Bob\"}\n");
    let args = ["run", "cards.yaml", "--sweep", "times=1,2", "--each", "people.jsonl", "--out", "made", "--json"];
    let lines = windlass(folder.path(), &args).ends_with(0).json_lines();
    let expected = [
        ("made/0/1/cards/cards.txt", "Dear Ada 1"),
        ("made/0/2/cards/cards.txt", "Dear Ada 2"),
        ("made/1/1/cards/cards.txt", "Dear Bob 1"),
        ("made/1/2/cards/cards.txt", "Dear Bob 2"),
    ];
    assert_eq!(written(folder.path()), pairs(&expected));
    let steps = events(&lines, "run_started")[0]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["rows"], serde_json::json!(["0", "1"]));
    let read = steps.iter().position(|step| step["name"] == "read").unwrap();
    let firings = events(&lines, "firing");
    assert_eq!(firings.iter().filter(|event| event["step"] == read).count(), 1);
}

#[test]
fn each_file_that_matches_is_a_row_and_a_bad_row_is_one_bad_row() {
    let folder = cards("notes/bad.txt", b"\xFF\xFE\xFF");
    let args = ["run", "cards.yaml", "--in", "who=Ada", "--each", "note=notes/*.txt"];
    let ran = windlass(folder.path(), &args).ends_with(1);
    let rows: Vec<_> = ran.err.lines().filter(|line| line.trim_start().starts_with("bad.txt")).collect();
    assert!(rows.iter().any(|row| row.split_whitespace().collect::<Vec<_>>()[4] == "1"), "{}", ran.err);
    let expected = [("plain.txt/cards/cards.txt", "Dear Ada 1"), ("warm.txt/cards/cards.txt", "Dearest Ada 1")];
    assert_eq!(written(folder.path()), pairs(&expected));
}

#[test]
fn what_cannot_be_swept_is_said_before_anything_runs() {
    let folder = cards("people.csv", b"who,times\nAda,1\nBob,none\n");
    let wrong = |args: &[&str], words: &str| {
        let args = [&["run", "cards.yaml"], args].concat();
        windlass(folder.path(), &args).ends_with(2).says(words)
    };
    wrong(&["--each", "people.csv"], "expected `int(1..)`, found `none`").says("people.csv:3:1");
    wrong(&["--each", "nobody.csv"], "nobody.csv");
    wrong(&["--each", "cards.yaml"], "is no table");
    wrong(&["--sweep", "who=Ada,Bob", "--sweep", "tiems=1"], "did you mean `times`?");
    wrong(&["--sweep", "who=Ada", "--in", "who=Bob"], "`who` is set by `--in` and by `--sweep who`");
    wrong(&["--sweep", "line.template=a,b", "--in", "who=Ada"], "it shapes the node");
    wrong(&["--sweep", "times=0,1", "--in", "who=Ada"], "expected `int(1..)`, found `0`");
    wrong(&["--sweep", "times=1,2"], "input `who` has no value");
    wrong(&["--sweep", "times"], "write it like");
    fs::write(folder.path().join("people.jsonl"), "{\"who\": \"Ada\", \"times\": 2}\n{\"who\": \"Bob\"}\n").unwrap();
    wrong(&["--each", "people.jsonl"], "expected `int(1..)`, found nothing").says("people.jsonl:2:1");
    fs::write(folder.path().join("people.jsonl"), "{\"whom\": \"Ada\"}\n").unwrap();
    wrong(&["--each", "people.jsonl"], "the rows give `whom`; write `who` there");
    let many = (0..400).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let (who, times) = (format!("who={many}"), format!("times={many}"));
    wrong(&["--sweep", &who, "--sweep", &times], "more than one run can have");
    assert_eq!(written(folder.path()), []);
}

#[test]
fn a_dry_run_shows_the_plan_under_the_rows() {
    let folder = cards("people.csv", b"who\nAda\n");
    let args = ["run", "cards.yaml", "--each", "people.csv", "--dry-run"];
    let ran = windlass(folder.path(), &args).ends_with(0);
    assert!(ran.out.contains("read (files.read), once"), "{}", ran.out);
    assert!(ran.out.contains("line (text.template), for each row of `--each people.csv`"), "{}", ran.out);
}
