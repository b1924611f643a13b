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

/// Edits a graph, and closes the window without saving once the edits are kept.
fn edited_and_left() -> super::driven::Folder {
    let mut window = Window::open(GRAPH);
    window.click_node("loose");
    window.command("delete");
    let kept = window.folder.path().join("recovery");
    let begun = Instant::now();
    while !fs::read_dir(&kept).unwrap().flatten().any(|file| file.file_name().to_string_lossy().ends_with(".yaml")) {
        assert!(begun.elapsed() < Duration::from_secs(60), "edits are kept within seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
    let Window { folder, harness, .. } = window;
    drop(harness);
    folder
}

#[test]
fn edits_that_were_not_saved_are_offered_again() {
    let mut window = Window::in_folder(edited_and_left());
    window.click("Take them over");
    assert!(!window.has("loose") && window.editor().tab().document.is_changed());
    window.command("save");
    assert!(window.file().contains("# A comment that stays."), "comments are those of the file");
}

#[test]
fn edits_are_offered_again_where_a_workspace_has_come_into_being_since() {
    let folder = edited_and_left();
    fs::create_dir(folder.path().join("workspace")).unwrap();
    let mut window = Window::in_folder(folder);
    window.click("Take them over");
    assert!(!window.has("loose"));
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

#[test]
fn a_problem_leads_to_its_node() {
    let mut window = Window::open(&GRAPH.replace("kind: image.open", "kind: image.opn"));
    super::running::until(&mut window, "it is found", |window| {
        window.harness.query_by_label_contains("There is no kind `image.opn`").is_some()
    });
    window.harness.get_by_label_contains("There is no kind `image.opn`").click();
    window.settle();
    assert_eq!(window.selected(), ["open"]);
}

#[test]
fn a_disk_that_takes_nothing_is_said_and_the_old_file_stays() {
    let mut window = Window::open(GRAPH);
    // A folder stands where the recovery file belongs, and where the new file is written: nothing can be kept.
    let kept = std::fs::read_dir(window.folder.path().join("recovery")).unwrap().flatten();
    let held = kept.map(|file| file.path()).find(|path| path.to_string_lossy().contains("graph-")).unwrap();
    fs::create_dir_all(held.with_extension("yaml").join("in the way")).unwrap();
    fs::create_dir_all(window.folder.path().join(".graph.yaml.unfinished/in the way")).unwrap();
    window.click_node("loose");
    window.command("delete");
    super::running::until(&mut window, "it is said", |window| {
        window.harness.query_by_label_contains("unsaved edits are not being kept").is_some()
    });
    window.command("save");
    assert!(window.harness.query_by_label("The graph was not saved").is_some());
    assert_eq!(window.file(), GRAPH);
}

#[test]
fn a_long_chain_is_checked_and_drawn() {
    let node = |at: usize| match at {
        0 => "  n0: { kind: flow.each }\n".to_owned(),
        _ => format!("  n{at}: {{ kind: flow.each, inputs: {{ list: n{}.item }} }}\n", at - 1),
    };
    let nodes: String = (0..5_000).map(node).collect();
    let mut window = Window::open(&format!("windlass: 1\nnodes:\n{nodes}"));
    super::running::until(&mut window, "it is checked", |window| window.editor().tab().checked.revision.is_some());
    assert_eq!(window.editor().tab().scene.wires.len(), 4_999);
}
