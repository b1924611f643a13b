//! Graph files that are damaged, hostile or huge: opened as far as can be, explained in words, and never changed unasked.

use std::fmt::Write as _;
use std::fs;

use egui_kittest::kittest::Queryable;

use super::driven::Window;

/// Opens a file with any bytes.
fn open(bytes: &[u8]) -> Window {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), bytes).unwrap();
    Window::in_folder(folder)
}

fn bytes(window: &Window) -> Vec<u8> {
    fs::read(window.folder.path().join("graph.yaml")).unwrap()
}

fn is_refused(window: &Window) -> bool {
    window.harness.query_by_label("graph.yaml cannot be opened").is_some()
}

/// Draws until the checker has found what is wrong.
fn checked(window: &mut Window) {
    super::running::until(window, "it is checked", |window| window.editor().tab().checked.revision.is_some());
    window.settle();
}

#[test]
fn what_is_no_graph_at_all_is_refused_in_words_and_left_alone() {
    let latin = "windlass: 1\nname: \"M\u{fc}ll\"\n".chars().map(|it| it as u8).collect::<Vec<_>>();
    let files: [(&[u8], &str); 5] = [
        (&latin, "UTF-8"),
        (b"", "windlass"),
        (b"windlass: 1\nnodes:\n  a: { kind: image.open, params: {", "line"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0", ""),
        (b"windlass: 7\nnodes: {}\n", "7"),
    ];
    for (file, says) in files {
        let window = open(file);
        assert!(is_refused(&window), "{:?}", String::from_utf8_lossy(file));
        let said = window.harness.query_all_by_label_contains(says).next().is_some();
        assert!(said || window.harness.query_all_by_label_contains("Line").next().is_some(), "{says}");
        assert_eq!(bytes(&window), file);
    }
}

#[test]
fn an_id_that_stands_twice_is_named_and_nothing_is_lost() {
    let graph = "windlass: 1\nnodes:\n  a: { kind: image.open }\n  a: { kind: image.resize }\n";
    let mut window = open(graph.as_bytes());
    if !is_refused(&window) {
        checked(&mut window);
        assert!(window.harness.query_all_by_label_contains("`a`").next().is_some(), "it is said which");
        window.command("save");
    }
    assert_eq!(bytes(&window), graph.as_bytes());
}

#[test]
fn a_graph_that_goes_round_in_a_circle_is_shown_with_the_reason() {
    let graph = "\
windlass: 1
nodes:
  a: { kind: image.resize, inputs: { image: b.image } }
  b: { kind: image.resize, inputs: { image: a.image } }
  c: { kind: image.resize, inputs: { image: c.image } }
";
    let mut window = open(graph.as_bytes());
    checked(&mut window);
    assert_eq!(window.editor().tab().scene.wires.len(), 3);
    let problems = &window.editor().tab().checked.problems;
    assert!(problems.iter().any(|problem| problem.code == "cycle"), "{problems:?}");
    window.click_node("c");
    window.command("disconnect");
    window.command("undo");
    window.command("save");
    super::running::until(&mut window, "it is saved", |window| !window.editor().tab().document.is_changed());
    assert_eq!(bytes(&window), graph.as_bytes());
}

#[test]
fn a_graph_that_uses_itself_is_shown_with_the_reason() {
    let mut window = open(b"windlass: 1\nnodes:\n  me: { uses: ./graph.yaml }\n  gone: { uses: ./gone.yaml }\n");
    checked(&mut window);
    let problems = &window.editor().tab().checked.problems;
    for node in ["me", "gone"] {
        assert!(problems.iter().any(|problem| problem.node.as_deref() == Some(node)), "{problems:?}");
    }
    window.click_node("gone");
    window.command("enter");
    assert!(window.harness.query_by_label("gone.yaml cannot be opened").is_some());
}

#[test]
fn of_five_hundred_problems_those_that_are_seen_are_drawn() {
    let mut graph = "windlass: 1\nnodes:\n".to_owned();
    for at in 0..500 {
        writeln!(graph, "  n{at}: {{ kind: no.such{at} }}").unwrap();
    }
    let mut window = open(graph.as_bytes());
    checked(&mut window);
    assert_eq!(window.editor().tab().checked.problems.len(), 500);
    let drawn = window.harness.query_all_by_label_contains("There is no kind").count();
    assert!((1..60).contains(&drawn), "{drawn} lines are drawn");
    window.command("save");
    assert_eq!(bytes(&window), graph.as_bytes());
}

#[test]
fn what_lies_far_away_or_is_endless_is_drawn_without_harm() {
    let long = "x".repeat(4_000);
    let graph = format!(
        "windlass: 1\nnodes:\n  a: {{ kind: image.open, title: {long} }}\n  b: {{ kind: {long}.y, inputs: {{ {}: a.image }} }}\nlayout:\n  nodes: {{ a: [1e30, -1e30], b: [-1e300, 1e300] }}\n  frames: [ {{ title: {long}, at: [0, 0], size: [-5, 1e200] }} ]\n  notes: [ {{ at: [1e9, 0], text: {long} }} ]\n",
        &long[..200]
    );
    let mut window = open(graph.as_bytes());
    checked(&mut window);
    for command in ["fit", "zoom-in", "zoom-100", "select-all", "fit-selection", "zoom-out"] {
        window.command(command);
    }
    window.command("save");
    assert_eq!(bytes(&window), graph.as_bytes());
}

#[test]
fn ten_megabytes_are_opened_changed_and_saved() {
    let mut graph = "# Large.\nwindlass: 1\nnodes:\n".to_owned();
    let filler = "y".repeat(1_000);
    for at in 0..9_500 {
        writeln!(graph, "  n{at}: {{ kind: image.resize, title: {filler} }}   # {at}").unwrap();
    }
    assert!(graph.len() > 9_500_000);
    let mut window = open(graph.as_bytes());
    super::running::until(&mut window, "it is open", |window| window.has("n9499"));
    window.command("select-all");
    assert_eq!(window.selected().len(), 9_500);
    window.command("select-none");
    window.command("find");
    window.type_text("n777");
    window.enter();
    window.command("delete");
    assert!(!window.has("n777"));
    window.command("save");
    super::running::until(&mut window, "it is saved", |window| !window.editor().tab().document.is_changed());
    let written = String::from_utf8(bytes(&window)).unwrap();
    let expected: String =
        graph.lines().filter(|line| !line.starts_with("  n777:")).map(|line| format!("{line}\n")).collect();
    assert!(written == expected, "just one line is gone");
}
