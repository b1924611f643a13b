//! Two runs side by side: graphs, items, files, outputs, figures.

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::program::{repository, windlass};

const GRAPH: &str = r#"
windlass: 1
name: Both
inputs:
  tables: { type: list<text>, default: ["name,n\na,1\nb,2\n", "", "name,n\nc,1\n"] }
nodes:
  each: { kind: flow.each, inputs: { values: $tables } }
  kept: { kind: flow.filter, params: { where: "value != ''" }, inputs: { value: each.value } }
  write: { kind: files.write, params: { path: "out/{index}.csv" }, inputs: { value: kept.value } }
  find: { kind: files.glob, params: { folder: photos, pattern: "*" } }
  open: { kind: image.open, inputs: { file: find.file } }
  thumb: { kind: image.resize, params: { width: 32 }, inputs: { image: open.image } }
  save: { kind: image.save, params: { path: "out/{stem}.png" }, inputs: { image: thumb.image } }
outputs: { tables: kept.value }
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::create_dir(folder.path().join("photos")).unwrap();
    photo(folder.path(), "one.jpg");
    folder
}

fn photo(folder: &Path, name: &str) {
    let photos = repository().join("graphs/samples/photos");
    let first = fs::read_dir(photos).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    fs::copy(first, folder.join("photos").join(name)).unwrap();
}

/// Runs the graph, and returns the name of the run.
fn run(folder: &Path, args: &[&str]) -> String {
    windlass(folder, &[&["run", "graph.yaml", "--quiet"], args].concat()).ends_with(0);
    let runs = windlass(folder, &["runs", "--json", "--limit", "1"]).ends_with(0).json_lines();
    runs[0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn what_differs_between_two_runs_is_told() {
    let folder = folder();
    let old = run(folder.path(), &[]);
    photo(folder.path(), "two.jpg");
    let tables = r#"tables=["name,n\na,1\nb,3\n","x","name,n\nc,1\n"]"#;
    let new = run(folder.path(), &["--set", "thumb.filter=box", "--in", tables, "--out", "later"]);
    let told = windlass(folder.path(), &["diff", &old, &new]).ends_with(0).out;
    for line in [
        r#"  thumb: filter "lanczos3" → "box""#,
        "  thumb: 1 new, 1 with another value",
        "    + two.jpg",
        "    one.jpg, image: ",
        "  write: 1 with another fate, 2 written otherwise, 1 written elsewhere, with the same content",
        "    1: skipped: filtered → emitted",
        "    out/0.csv → later/out/0.csv: 1 row changed",
        r#"      2: n "2" → "3""#,
        "    + later/out/1.csv",
        "  kept: 2 → 3 emitted, 1 → 0 skipped",
    ] {
        assert!(told.contains(line), "`{line}` is missing in\n{told}");
    }
    assert!(told.contains(" % of its pixels, by "), "{told}");
    let found = windlass(folder.path(), &["diff", &old, &new, "--json"]).ends_with(0).out;
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let filter = json!({ "what": "filter", "old": "lanczos3", "new": "box" });
    let changed = found["graph"]["changed"].as_array().unwrap();
    assert_eq!(changed.iter().find(|step| step["step"] == "thumb").unwrap()["changes"], json!([filter]));
    let thumb = found["steps"].as_array().unwrap().iter().find(|step| step["step"] == "thumb").unwrap();
    assert_eq!(thumb["values"][0]["difference"]["as"], "picture");
    assert_eq!(found["outputs"][0]["output"], "tables");
}

#[test]
fn runs_that_are_alike_are_said_to_be() {
    let folder = folder();
    let (old, new) = (run(folder.path(), &[]), run(folder.path(), &[]));
    let told = windlass(folder.path(), &["diff", &old, &new]).ends_with(0).out;
    assert!(told.contains("graph\n  alike") && told.contains("items\n  alike"), "{told}");
    assert!(!told.contains("outputs") && !told.contains("call"), "{told}");
    windlass(folder.path(), &["diff", &old, "zz"]).ends_with(2).says("there is no run `zz`");
}

#[test]
fn a_comment_in_a_graph_is_no_difference_and_a_flag_is_one() {
    let folder = folder();
    let old = run(folder.path(), &[]);
    fs::write(folder.path().join("graph.yaml"), GRAPH.replace("name: Both", "name: Both # again")).unwrap();
    let new = run(folder.path(), &["--limit", "1"]);
    let told = windlass(folder.path(), &["diff", &old, &new]).ends_with(0).out;
    assert!(told.contains("+ windlass run graph.yaml --quiet --limit 1"), "{told}");
    assert!(told.contains("graph\n  alike") && told.contains("write: 1 alike, 2 gone"), "{told}");
}

#[test]
fn a_graph_that_the_journal_has_lost_is_said_and_the_rest_is_compared() {
    let folder = folder();
    let (old, new) = (run(folder.path(), &[]), run(folder.path(), &["--limit", "1"]));
    let path = folder.path().join(".windlass/runs").join(&old).join("journal.0");
    let mut bytes = fs::read(&path).unwrap();
    // The first record of all: what the run is.
    bytes[60] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let told = windlass(folder.path(), &["diff", &old, &new]).ends_with(0).says("warning: the journal is damaged").out;
    let lost = format!("not compared: the graph of `{old}`: its journal does not say what it was");
    assert!(told.contains(&lost) && told.contains("write: 1 alike, 2 gone"), "{told}");
}
