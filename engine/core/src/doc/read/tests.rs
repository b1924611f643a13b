//! What the reader makes of right and of wrong graph files.

use super::*;
use crate::doc::{Body, Reference, Runs, Wire};

const CONTACT_SHEET: &str = r#"
windlass: 1                      # format version
name: Contact sheet
seed: 7
permissions: [process, "net:api.example.org"]

inputs:
  folder: { type: path, default: samples/photos, doc: Folder of pictures }
  size:   { type: int, default: 256, min: 16, max: 4096 }
outputs:
  sheet: save.file

nodes:
  find:
    kind: files.glob
    params: { pattern: "*.{png,jpg}" }
    inputs: { folder: $folder }
  thumb:
    kind: image.resize
    title: Thumbnail
    inputs: { image: find.file, width: $size }
    policy: { retries: 2, backoff: 500ms, timeout: 30s, slots: 4, device: "cuda:0", mute: true }
  save:
    kind: image.save
    inputs: { images: [thumb.image, find.file] }
  loop:
    kind: flow.repeat
    body:
      inputs: { state: { type: int } }
      nodes: { add: { kind: flow.add, inputs: { n: $state } } }
      outputs: { state: add.sum }
  other: { uses: ./other.yaml, params: { key: { env: API_KEY } } }

layout:
  nodes: { find: [0, 0.5] }
  frames: [ { title: Reading, at: [-20, -40], size: [400, 160] } ]
  notes: [ { at: [0, 200], text: "Try it." } ]
  zoom: 1.5
"#;

fn good(text: &str) -> GraphDoc {
    let read = read("g.yaml", text.as_bytes(), None);
    assert_eq!(read.problems, []);
    read.doc.unwrap()
}

/// Returns code, line and column of each finding.
fn found(text: &str) -> Vec<(&'static str, usize, usize)> {
    let read = read("g.yaml", text.as_bytes(), None);
    let place = |problem: &Problem| problem.span.as_ref().unwrap().line_column();
    read.problems.iter().map(|problem| (problem.code, place(problem).0, place(problem).1)).collect()
}

#[test]
fn a_whole_graph_is_read() {
    let doc = good(CONTACT_SHEET);
    assert_eq!(doc.nodes.keys().collect::<Vec<_>>(), ["find", "thumb", "save", "loop", "other"]);
    assert_eq!(doc.inputs["size"].ty.value.to_string(), "int(16..4096)");
    let thumb = &doc.nodes["thumb"];
    assert_eq!(thumb.inputs["width"].value, Wire::One(Reference::Input("size".into())));
    assert_eq!(thumb.policy.timeout, Some(std::time::Duration::from_secs(30)));
    assert!(thumb.policy.mute && !thumb.policy.bypass);
    assert!(matches!(&doc.nodes["save"].inputs["images"].value, Wire::Many(wires) if wires.len() == 2));
    assert_eq!(doc.nodes["other"].runs.value, Runs::Graph("./other.yaml".into()));
    let Some(Body::Here(body)) = doc.nodes["loop"].body.as_ref().map(|body| &body.value) else { panic!("no body") };
    assert_eq!(body.outputs["state"].value.to_string(), "add.sum");
    assert_eq!(doc.layout.nodes["find"], [0.0, 0.5]);
    assert_eq!(doc.layout.other["zoom"], 1.5);
    assert_eq!(thumb.name_spans["width"].line_column(), (21, 33));
}

#[test]
fn json_of_the_same_shape_is_read() {
    let text = "{\n\t\"windlass\": 1,\n\t\"nodes\": {\"a\": {\"kind\": \"x.y\", \"params\": {\"n\": 1.0, \"t\": \"\\u00e9\"}}}\n}";
    let doc = good(text);
    assert_eq!(doc.nodes["a"].params["n"].value, serde_json::json!(1.0));
    assert_eq!(doc.nodes["a"].params["t"].value, "é");
}

#[test]
fn aliases_repeat_values_within_budgets() {
    let doc =
        good("windlass: 1\nnodes:\n  a: { kind: x.y, params: &p { n: [1, 2] } }\n  b: { kind: x.y, params: *p }\n");
    assert_eq!(doc.nodes["a"].params["n"], doc.nodes["b"].params["n"]);
}

#[test]
fn all_problems_come_at_once() {
    let text = "windlass: 1\nnodez: {}\nnodes:\n  1a: { kind: x.y }\n  b: { knd: x.y, retries: 2 }\n  c: { kind: x.y, inputs: { i: 5, j: open } }\n  c: {}\n";
    let expected = [
        ("unknown-key", 2, 1),
        ("bad-name", 4, 3),
        ("missing-key", 5, 3),
        ("unknown-key", 5, 8),
        ("unknown-key", 5, 18),
        ("bad-reference", 6, 32),
        ("bad-reference", 6, 38),
        ("duplicate-key", 7, 3),
    ];
    assert_eq!(found(text), expected);
}

#[test]
fn a_tab_is_explained() {
    assert_eq!(found("windlass: 1\nnodes:\n\ta: 1\n"), [("tab-indentation", 3, 1)]);
}

#[test]
fn bounds_and_defaults_must_fit() {
    let with = |input: &str| found(&format!("windlass: 1\ninputs:\n  a: {{ {input} }}\n"));
    assert_eq!(with("type: int, min: 5, max: 1"), [("bad-range", 3, 24)]);
    assert_eq!(with("type: text, min: 5"), [("bad-range", 3, 25)]);
    assert_eq!(with("type: int, min: 5, default: 4"), [("bad-default", 3, 36)]);
    assert_eq!(with("type: int?, default: null"), []);
    assert_eq!(with("type: text, default: { env: KEY }"), []);
    assert_eq!(with("type: float, default: .inf"), [("bad-number", 3, 30)]);
    assert_eq!(with("type: imag"), [("bad-type", 3, 14)]);
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_begin() {
    let read = read("g.yaml", b"windlass: 1\nname: \xff\xfe\n", None);
    assert!(read.doc.is_none());
    assert_eq!(read.problems[0].code, "not-utf8");
    assert_eq!(read.problems[0].span.as_ref().unwrap().line_column(), (2, 7));
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    assert_eq!(found("\u{feff}windlass: 1\nnodez: {}\n"), [("unknown-key", 2, 1)]);
}
