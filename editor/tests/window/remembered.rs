//! What a window remembers of the one before it: where panes were, the look, and what was looked at.

use std::fs;

use egui_kittest::kittest::Queryable;
use windlass_editor::Look;

use super::GRAPH;
use super::driven::Window;

/// Closes a window, and opens another one in its place.
fn again(window: Window) -> Window {
    let Window { folder, harness, .. } = window;
    drop(harness);
    Window::in_folder(folder)
}

fn kept(window: &Window) -> std::path::PathBuf {
    window.folder.path().join("kept/window.json")
}

#[test]
fn the_next_window_looks_like_this_one() {
    let mut window = Window::open(GRAPH);
    window.click("Close Palette");
    window.command("run-panel");
    window.command("theme");
    window.click_node("thumb");
    window.command("collapse");
    for _ in 0..3 {
        window.command("zoom-in");
    }
    let (place, view) = (window.node("thumb"), window.editor().tab().view);
    let mut window = again(window);
    assert_eq!((window.node("thumb"), window.editor().tab().view), (place, view));
    assert_eq!(window.editor().look(), Look::Light);
    assert!(window.harness.query_by_label("Search kinds").is_none());
    assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_some());
    window.command("palette-panel");
    assert!(window.harness.query_by_label("Search kinds").is_some(), "what is hidden is not lost");
}

#[test]
fn a_pane_that_was_moved_is_where_it_was() {
    let mut window = Window::open(GRAPH);
    let canvas = window.editor().tab().window;
    let problems = window.harness.get_by_label("Problems").rect().center();
    window.drag(problems, egui::pos2(100.0, canvas.bottom() + 190.0));
    let (canvas, problems) = (window.editor().tab().window, window.harness.get_by_label("Problems").rect());
    let window = again(window);
    assert_eq!((window.editor().tab().window, window.harness.get_by_label("Problems").rect()), (canvas, problems));
}

#[test]
fn a_pane_that_has_just_come_to_its_place_keeps_a_size_that_can_be_used() {
    let mut window = Window::open(GRAPH);
    window.harness.run_steps(10);
    let (inspector, canvas) = (window.harness.get_by_label("Inspector").rect().center(), window.editor().tab().window);
    window.drag(inspector, canvas.center() + egui::vec2(0.0, canvas.height() * 0.4));
    let (moved, canvas) = (window.harness.get_by_label("Inspector").rect(), window.editor().tab().window);
    assert!(moved.center().y > canvas.bottom() && canvas.height() > 100.0, "{moved:?} {canvas:?}");
    let window = again(window);
    assert_eq!((window.harness.get_by_label("Inspector").rect(), window.editor().tab().window), (moved, canvas));
}

#[test]
fn a_file_that_is_damaged_or_newer_gives_the_usual_layout_and_is_told() {
    for (text, said) in [
        ("{\"version\": 1, \"panes\": {\"row\": 7}}", "is damaged"),
        ("{\"version\": 1, \"panes\": {\"row\": [{\"pane\": \"palette\"}]}}", "is damaged"),
        ("{\"version\": 7}", "by a newer Windlass"),
    ] {
        let mut window = Window::open(GRAPH);
        window.click("Close Palette");
        let file = kept(&window);
        let Window { folder, harness, .. } = window;
        drop(harness);
        fs::write(&file, text).unwrap();
        let mut window = Window::in_folder(folder);
        assert!(window.editor().said().unwrap().contains(said), "{:?}", window.editor().said());
        assert!(window.harness.query_by_label("Search kinds").is_some());
        window.command("theme");
        let window = again(window);
        let is_kept = fs::read_to_string(kept(&window)).unwrap() == text;
        assert_eq!(is_kept, said.contains("newer"), "only what a newer program wrote is left alone");
    }
}

#[test]
fn panes_that_are_not_known_are_passed_over_and_those_that_are_missing_come() {
    let window = Window::open(GRAPH);
    let file = kept(&window);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let panes = r#"{"row": [{"size": 300, "tabs": [{"pane": "future"}, {"pane": "problems"}]}, {"pane": "canvas"}]}"#;
    fs::write(&file, format!("{{\"version\": 1, \"panes\": {panes}}}")).unwrap();
    let mut window = again(window);
    assert!(window.editor().said().is_none());
    let canvas = window.editor().tab().window;
    assert!(window.harness.get_by_label("Problems").rect().right() < canvas.left());
    for (command, shows) in
        [("run-panel", "Nothing has run yet. F5 runs the graph."), ("palette-panel", "Search kinds")]
    {
        if window.harness.query_by_label(shows).is_none() {
            window.command(command);
        }
        assert!(window.harness.query_by_label(shows).is_some(), "{command}");
    }
}
