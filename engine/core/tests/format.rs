//! The page about the format, the saved graphs, the reader and the JSON Schema agree with one another.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value as Json, json};
use windlass_core::doc::{GraphDoc, read, schema, write_new, write_new_json};
use windlass_core::problem::render;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the examples of the page as whole graphs.
fn examples() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/format.md")).unwrap();
    let blocks = page.split("\n```").skip(1).step_by(2);
    let whole = |block: &str| {
        let (language, text) = block.split_once('\n').unwrap();
        assert!(["yaml", "json"].contains(&language), "{language}");
        if text.contains("windlass") { text.to_owned() } else { format!("windlass: 1\n{text}") }
    };
    blocks.map(whole).collect()
}

fn good(name: &str, text: &str) -> GraphDoc {
    let read = read(name, text.as_bytes(), None);
    let shown: Vec<_> = read.problems.iter().map(|problem| render(problem, false)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    read.doc.unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

#[track_caller]
fn fits_schema(doc: &GraphDoc) {
    let json: Json = serde_json::from_str(&write_new_json(doc)).unwrap();
    let errors: Vec<_> = validator().iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{json:#}");
}

#[test]
fn the_examples_of_the_page_are_graphs() {
    let examples = examples();
    assert!(examples.len() >= 6, "{}", examples.len());
    for example in examples {
        let doc = good("docs/format.md", &example);
        assert_eq!(good("new.yaml", &write_new(&doc)), doc);
        assert_eq!(good("new.json", &write_new_json(&doc)), doc);
        fits_schema(&doc);
    }
}

#[test]
fn saved_graphs_are_read_and_fit_the_schema() {
    for entry in std::fs::read_dir(root().join("graphs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            fits_schema(&good(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A graph with every kind of mapping.
fn everything() -> Json {
    json!({
        "windlass": 1,
        "inputs": { "n": { "type": "int", "default": 3 } },
        "outputs": { "o": "a.out" },
        "nodes": {
            "a": {
                "kind": "x.y",
                "params": { "p": null },
                "inputs": { "i": ["$n", "a.b"] },
                "policy": { "timeout": "30s" },
                "body": { "nodes": { "inner": { "uses": "./o.yaml" } } },
            },
        },
        "layout": { "nodes": { "a": [0, 1.5] }, "notes": [{ "at": [0, 0], "text": "t" }] },
    })
}

fn changed(pointer: &str, value: Json) -> Json {
    let mut graph = everything();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    graph.pointer_mut(parent).unwrap()[key] = value;
    graph
}

#[track_caller]
fn verdicts(graph: &Json) -> (bool, bool) {
    let read = read("g.json", graph.to_string().as_bytes(), None);
    (read.is_good(), validator().is_valid(graph))
}

#[test]
fn schema_and_reader_accept_a_whole_graph() {
    assert_eq!(verdicts(&everything()), (true, true));
}

#[test]
fn schema_and_reader_refuse_alike() {
    let wrong = [
        ("/nodez", json!({})),
        ("/windlass", json!(2)),
        ("/windlass", json!("1")),
        ("/seed", json!(-1)),
        ("/seed", json!(1.5)),
        ("/name", json!(5)),
        ("/permissions", json!("process")),
        ("/inputs/n/kind", json!("int")),
        ("/inputs/n/type", json!(5)),
        ("/inputs/1n", json!({ "type": "int" })),
        ("/outputs/o", json!("a")),
        ("/nodes/a b", json!({ "kind": "x.y" })),
        ("/nodes/a/uses", json!("./o.yaml")),
        ("/nodes/a/kind", json!("")),
        ("/nodes/a/retries", json!(1)),
        ("/nodes/a/inputs/i", json!(5)),
        ("/nodes/a/inputs/i", json!("$")),
        ("/nodes/a/policy/slots", json!(0)),
        ("/nodes/a/policy/timeout", json!(30)),
        ("/nodes/a/policy/timeout", json!("soon")),
        ("/nodes/a/policy/cache", json!("sometimes")),
        ("/nodes/a/policy/device", json!("gpu")),
        ("/nodes/a/policy/mute", json!("yes")),
        ("/nodes/a/body/seed", json!(1)),
        ("/nodes/a/body", json!(5)),
        ("/nodes/b", json!({})),
        ("/layout/nodes/a", json!([1])),
        ("/layout/notes", json!([{ "text": "t" }])),
    ];
    for (pointer, value) in wrong {
        assert_eq!(verdicts(&changed(pointer, value.clone())), (false, false), "{pointer}: {value}");
    }
}
