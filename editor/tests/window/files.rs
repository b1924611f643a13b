//! Graph files that are damaged, foreign, changed or read-only, and edits that were not saved.

use std::fs;
use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable;

use super::GRAPH;
use super::driven::Window;

#[test]
fn an_unknown_kind_is_a_placeholder_that_keeps_every_byte() {
    let graph = GRAPH.replace("image.resize", "comfy.KSampler").replace("width: 256", "steps: 20, cfg: [1, {a: b}]");
    let mut window = Window::open(&graph);
    window.node("thumb");
    let at = window.node("loose").center_top() + egui::vec2(0.0, 8.0);
    window.drag(at, at + egui::vec2(30.0, 30.0));
    window.command("undo");
    window.command("save");
    assert_eq!(window.file(), graph);
}

#[test]
fn a_graph_that_cannot_be_read_is_explained_and_left_alone() {
    let newer = "windlass: 99\nnodes: {}\n";
    let window = Window::open(newer);
    assert!(window.harness.query_by_label("graph.yaml cannot be opened").is_some());
    assert_eq!(window.file(), newer);
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let mut window = Window::open(GRAPH);
    let path = window.folder.path().join("graph.yaml");
    let mut rights = fs::metadata(&path).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights).unwrap();
    window.click_node("loose");
    window.command("delete");
    window.command("save");
    assert!(window.harness.query_by_label("The graph was not saved").is_some());
    assert_eq!(window.file(), GRAPH);
    assert!(window.editor().tab().document.is_changed());
}

#[test]
fn a_file_that_another_program_wrote_is_read_again_when_that_is_wished() {
    let mut window = Window::open(GRAPH);
    let path = window.folder.path().join("graph.yaml");
    fs::write(&path, GRAPH.replace("loose:", "another:")).unwrap();
    window.harness.run_steps(30);
    window.click("Read it again");
    assert!(window.has("another") && !window.has("loose"));
}

#[test]
fn edits_that_were_not_saved_are_offered_again() {
    let mut window = Window::open(GRAPH);
    window.click_node("loose");
    window.command("delete");
    let kept = window.folder.path().join("recovery");
    let begun = Instant::now();
    while !fs::read_dir(&kept).unwrap().flatten().any(|file| file.file_name().to_string_lossy().ends_with(".yaml")) {
        assert!(begun.elapsed() < Duration::from_secs(60), "edits are kept within seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
    let Window { folder, harness } = window;
    drop(harness);
    let mut window = Window::in_folder(folder);
    window.click("Take them over");
    assert!(!window.has("loose") && window.editor().tab().document.is_changed());
    window.command("save");
    assert!(window.file().contains("# A comment that stays."), "comments are those of the file");
}

#[test]
fn the_second_window_on_a_graph_is_told() {
    let first = Window::open(GRAPH);
    let path = first.folder.path().join("graph.yaml");
    let folder = tempfile::tempdir().unwrap();
    let mut second = Window::in_folder(folder);
    second.harness.state_mut().open(&path);
    // The second one keeps its recovery files elsewhere, unless both stand in the same workspace.
    drop(second);
    let mut second = Window::in_folder(first.folder);
    second.settle();
    assert!(second.harness.query_by_label("The graph is open in another window").is_some());
}
