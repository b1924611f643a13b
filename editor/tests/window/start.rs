//! The start page: what it offers, by pointer and by keys.

use std::fs;
use std::path::PathBuf;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use super::GRAPH;
use super::driven::Window;
use super::running::until;

/// Opens a window that knows of a graph which is there, and of one that is not.
fn on_start_page() -> (Window, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let graph = folder.path().join("known.yaml");
    fs::write(&graph, GRAPH).unwrap();
    fs::create_dir_all(folder.path().join("kept")).unwrap();
    let recent = format!("{{\"version\": 1, \"graphs\": [{graph:?}, \"/nowhere/gone.yaml\"]}}");
    fs::write(folder.path().join("kept/recent.json"), recent).unwrap();
    let mut window = Window::in_folder(folder);
    window.harness.state_mut().show_start_page();
    until(&mut window, "it is looked up", |window| window.harness.query_by_label("known.yaml").is_some());
    (window, graph)
}

fn named_in_file(window: &Window) -> String {
    fs::read_to_string(window.folder.path().join("kept/recent.json")).unwrap()
}

#[test]
fn a_graph_of_earlier_times_is_opened_with_a_click() {
    let (mut window, graph) = on_start_page();
    window.click("known.yaml");
    assert_eq!(window.editor().tab().path(), Some(graph.as_path()));
    assert!(window.has("loose") && window.harness.query_by_label("Canvas").is_some());
}

#[test]
fn a_graph_that_is_gone_is_said_to_be_and_can_be_taken_off_the_list() {
    let (mut window, _) = on_start_page();
    window.click("gone.yaml");
    assert!(window.harness.query_by_label("gone.yaml cannot be opened").is_some());
    window.press(Modifiers::NONE, Key::Escape);
    window.click("Remove /nowhere/gone.yaml from the list");
    assert!(window.harness.query_by_label("gone.yaml").is_none());
    until(&mut window, "it is written", |window| !named_in_file(window).contains("gone.yaml"));
    assert!(named_in_file(&window).contains("known.yaml"));
}

#[test]
fn keys_alone_begin_a_graph_from_a_template() {
    let (mut window, _) = on_start_page();
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.enter();
    assert!(window.has("sheet") && window.editor().tab().path().is_none());
    let mine = window.folder.path().join("mine.yaml");
    window.command("save-as");
    window.retype(&mine.display().to_string());
    window.enter();
    assert!(fs::read_to_string(mine).unwrap().contains("# A comment that stays."), "the text is that of the template");
}

#[test]
fn nothing_is_done_to_a_graph_that_the_page_covers() {
    let mut window = Window::open(GRAPH);
    window.click_node("loose");
    window.command("start-page");
    window.command("delete");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.has("loose") && window.harness.query_by_label("Canvas").is_some());
}

#[test]
fn what_is_opened_is_there_next_time() {
    let window = Window::open(GRAPH);
    let Window { folder, harness, .. } = window;
    drop(harness);
    let recent = fs::read_to_string(folder.path().join("kept/recent.json")).unwrap();
    assert!(recent.contains("graph.yaml"), "{recent}");
}
