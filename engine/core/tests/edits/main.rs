//! Edits and their inverses: undo gives back the document, and the text says the document after every edit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod choices;

use choices::Choices;
use proptest::prelude::*;
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphText, Kept, read, write_new};

/// Graphs as people write them: comments, quotes, one line and many.
const GRAPHS: [&str; 4] = [
    r#"# A sheet of thumbnails.
windlass: 1                      # format version
name: 'Contact sheet'

inputs:
  folder: { type: path, default: samples/photos, doc: Folder of pictures }
  size:   { type: int, default: 256, min: 16, max: 4096 }   # of the longer side
outputs:
  sheet: save.file

nodes:
  # Reading.
  find:
    kind: files.glob             # opens a scope
    params: { pattern: "*.{png,jpg}" }
    inputs: { folder: $folder }

  thumb:
    kind: image.resize
    title: "Thumbnail"
    params:
      fit: contain               # or cover
      text: |
        several
        lines
      a: [1, 2]
    inputs:
      image: find.file
      width: $size
    policy: { retries: 2, timeout: 30s }

  # Writing.
  save:
    kind: image.save
    inputs: { images: [thumb.image, find.file] }
  loop:
    kind: flow.repeat
    body:
      inputs: { state: { type: int } }
      nodes:
        a: { kind: flow.add, inputs: { i: $state } }
      outputs: { state: a.sum }
      layout:                    # of the body alone
        nodes: { a: [10, 10] }

layout:
  nodes: { find: [0, 0], thumb: [220, 0] }
  notes: [ { at: [0, 200], text: "Try it." } ]
  routes:
    - { from: thumb.image, to: save.images, through: [[100, 90], [150, 90]] }   # below
# The end.
"#,
    "{\n  \"windlass\": 1,\n  \"nodes\": {\n    \"find\": {\n      \"kind\": \"files.glob\",\n      \"params\": {\"pattern\": \"*\"}\n    },\n    \"thumb\": {\"kind\": \"x.y\", \"inputs\": {\"a\": \"find.file\"}}\n  }\n}\n",
    "windlass: 1\r\nnodes:\r\n  find: &n\r\n    kind: x.y\r\n    params: {p: 1, q: 2}\r\n  thumb: *n\r\n  save:\r\n    uses: ./o.yaml\r\n    title:\r\nlayout:\r\n",
    "windlass: 1",
];

fn follow(base: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let (mut text, read_first) = GraphText::open("g.yaml", base.as_bytes(), None).unwrap();
    prop_assert!(read_first.is_good(), "{:?}", read_first.problems);
    let first = text.doc().clone();
    let (mut choices, mut inverses) = (Choices(bytes), Vec::new());
    while !choices.0.is_empty() {
        let edit = choices.edit();
        let before = text.clone();
        match text.apply(&edit) {
            Ok(applied) => inverses.push(applied.inverse),
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                prop_assert_eq!(before.text(), text.text());
                prop_assert_eq!(before.doc(), text.doc());
            }
        }
        let again = read("g.yaml", text.text().as_bytes(), None);
        prop_assert!(again.is_good(), "{:?}\n{}", again.problems, text.text());
        prop_assert_eq!(again.doc.as_ref(), Some(text.doc()));
    }
    for inverse in inverses.iter().rev() {
        let undone = text.apply(inverse);
        prop_assert!(undone.is_ok(), "{undone:?} of {inverse:?}\n{}", text.text());
    }
    prop_assert_eq!(text.doc(), &first);
    // The order of names counts too.
    prop_assert_eq!(write_new(text.doc()), write_new(&first));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_and_document_agree_and_undo_undoes(
        base in 0..GRAPHS.len(),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        follow(GRAPHS[base], &bytes)?;
    }

    #[test]
    fn new_files_read_back_equal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (mut text, _) = GraphText::open("g.yaml", GRAPHS[0].as_bytes(), None).unwrap();
        let mut choices = Choices(&bytes);
        while !choices.0.is_empty() {
            let _ = text.apply(&choices.edit());
        }
        let new = GraphText::of_new("new.yaml", text.doc()).unwrap();
        prop_assert_eq!(new.doc(), text.doc());
    }
}

fn applied(base: &str, edits: &[Edit]) -> (String, Vec<Kept>) {
    let (mut text, _) = GraphText::open("g.yaml", base.as_bytes(), None).unwrap();
    let kept = edits.iter().map(|edit| text.apply(edit).unwrap().kept).collect();
    (text.text().to_owned(), kept)
}

/// Returns the lines that only one of two texts has.
fn changes(old: &str, new: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(old), lines(new));
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("-{line}"));
    gone.chain(new.iter().filter(|line| !old.contains(line)).map(|line| format!("+{line}"))).collect()
}

#[test]
fn an_edit_touches_only_its_lines() {
    let touched = |edit: Edit| {
        let (text, kept) = applied(GRAPHS[0], &[edit]);
        assert_eq!(kept, [Kept::Everything]);
        changes(GRAPHS[0], &text)
    };
    let set = |node: &str, name: &str, value| Edit::SetParam { node: node.into(), name: name.into(), value, at: None };
    assert_eq!(
        touched(set("thumb", "fit", Some("cover".into()))),
        ["-      fit: contain               # or cover", "+      fit: cover               # or cover"]
    );
    assert_eq!(touched(set("thumb", "new", Some(1.5.into()))), ["+      new: 1.5"]);
    assert_eq!(touched(set("thumb", "a", None)), ["-      a: [1, 2]"]);
    assert_eq!(
        touched(set("find", "deep", Some(true.into()))),
        ["-    params: { pattern: \"*.{png,jpg}\" }", "+    params: { pattern: \"*.{png,jpg}\", deep: true }"]
    );
    assert_eq!(
        touched(Edit::SetTitle { node: "thumb".into(), title: Some("Small: 1".into()) }),
        ["-    title: \"Thumbnail\"", "+    title: \"Small: 1\""]
    );
    assert_eq!(touched(Edit::SetName(Some("it's".into()))), ["-name: 'Contact sheet'", "+name: 'it''s'"]);
    assert_eq!(
        touched(Edit::RenameNode { from: "find".into(), to: "look".into() }),
        [
            "-  find:",
            "-      image: find.file",
            "-    inputs: { images: [thumb.image, find.file] }",
            "-  nodes: { find: [0, 0], thumb: [220, 0] }",
            "+  look:",
            "+      image: look.file",
            "+    inputs: { images: [thumb.image, look.file] }",
            "+  nodes: { look: [0, 0], thumb: [220, 0] }",
        ]
    );
    assert_eq!(touched(Edit::SetSeed(7)), ["+seed: 7"]);
}

#[test]
fn what_changes_nothing_changes_no_byte() {
    for base in GRAPHS {
        let (text, kept) = applied(base, &[Edit::SetSeed(0), Edit::Compound(vec![])]);
        assert_eq!((text.as_str(), kept), (base, vec![Kept::Everything; 2]));
    }
}

#[test]
fn json_stays_json() {
    let edit = Edit::SetParam { node: "find".into(), name: "deep".into(), value: Some(true.into()), at: None };
    let (text, kept) = applied(GRAPHS[1], &[edit, Edit::SetName(Some("n".into()))]);
    assert_eq!(kept, [Kept::Everything, Kept::Everything]);
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    assert!(text.contains("\"params\": {\"pattern\": \"*\", \"deep\": true}"), "{text}");
}

#[test]
fn what_an_anchor_shares_is_written_out_and_said() {
    let edit = Edit::SetTitle { node: "thumb".into(), title: Some("mine".into()) };
    let (text, kept) = applied(GRAPHS[2], &[edit]);
    assert_eq!(kept, [Kept::Everything]);
    assert!(text.contains("find: &n\r\n") && !text.contains("*n"), "{text}");
}

#[test]
fn a_file_with_problems_loses_nothing() {
    let base = "windlass: 1\nnodes:\n  a: { kind: x.y, inputs: { i: wrong } }\n";
    let (mut text, read) = GraphText::open("g.yaml", base.as_bytes(), None).unwrap();
    assert!(!read.is_good());
    text.apply(&Edit::SetTitle { node: "a".into(), title: Some("t".into()) }).unwrap();
    assert!(text.text().contains("i: wrong") && text.text().contains("title: t"), "{}", text.text());
}

#[test]
fn the_way_of_a_wire_follows_its_nodes() {
    let (text, _) = applied(GRAPHS[0], &[Edit::RenameNode { from: "thumb".into(), to: "small".into() }]);
    assert!(text.contains("from: small.image, to: save.images"), "{text}");
    let (text, _) = applied(GRAPHS[0], &[Edit::RemoveNode { id: "thumb".into() }]);
    assert!(!text.contains("routes"), "{text}");
}

#[test]
fn a_body_keeps_its_own_layout_and_comments() {
    let edit = Edit::MoveNode { node: "a".into(), to: Some([20.0, 10.0]) }.within(&["loop".to_owned()]);
    assert_eq!(edit.place(), ["loop"]);
    let (text, kept) = applied(GRAPHS[0], &[edit]);
    assert_eq!(kept, [Kept::Everything]);
    assert_eq!(changes(GRAPHS[0], &text), ["-        nodes: { a: [10, 10] }", "+        nodes: { a: [20, 10] }"]);
}
