//! Panes around the canvas: taken away, brought to the front, moved, and given room.

use egui::{Pos2, vec2};
use egui_kittest::kittest::Queryable;

use super::GRAPH;
use super::driven::Window;

const RUN_HINT: &str = "Nothing has run yet. F5 runs the graph.";

fn shows(window: &Window, label: &str) -> bool {
    window.harness.query_by_label(label).is_some()
}

fn tab(window: &Window, title: &str) -> Pos2 {
    let of_title = window.harness.query_all_by_label(title);
    // Above a pane, not in a bar of the window.
    let lowest = of_title.map(|found| found.rect().center()).max_by(|one, other| one.y.total_cmp(&other.y));
    lowest.unwrap()
}

#[test]
fn a_pane_is_taken_away_and_brought_back_to_its_place() {
    let mut window = Window::open(GRAPH);
    let (place, canvas) = (tab(&window, "Palette"), window.editor().tab().window);
    window.click("Close Palette");
    assert!(!shows(&window, "Palette"));
    assert!(window.editor().tab().window.width() > canvas.width() + 200.0, "the canvas takes the room");
    window.command("palette-panel");
    assert_eq!((tab(&window, "Palette"), window.editor().tab().window), (place, canvas));
}

#[test]
fn panes_at_one_place_are_tabs() {
    let mut window = Window::open(GRAPH);
    assert!(!shows(&window, RUN_HINT));
    window.click_at(tab(&window, "Run"), egui::Modifiers::NONE);
    assert!(shows(&window, RUN_HINT));
    window.command("problems-panel");
    assert!(!shows(&window, RUN_HINT), "a pane that was behind comes to the front");
    window.command("problems-panel");
    assert!(shows(&window, RUN_HINT) && !shows(&window, "Problems"), "one that was in front goes");
}

#[test]
fn the_canvas_cannot_be_taken_away() {
    let window = Window::open(GRAPH);
    assert!(!shows(&window, "Close Graph") && shows(&window, "Canvas"));
}

#[test]
fn a_larger_window_gives_its_room_to_the_canvas() {
    let mut window = Window::open(GRAPH);
    let (inspector, canvas) = (window.harness.get_by_label("Inspector").rect(), window.editor().tab().window);
    window.harness.set_size(vec2(1900.0, 1200.0));
    window.settle();
    let moved = window.harness.get_by_label("Inspector").rect().min - inspector.min;
    assert_eq!(moved, vec2(300.0, 0.0));
    assert_eq!(window.editor().tab().window.size() - canvas.size(), vec2(300.0, 200.0));
    window.harness.set_size(vec2(500.0, 300.0));
    window.settle();
    window.harness.set_size(vec2(1600.0, 1000.0));
    window.settle();
    assert_eq!(window.editor().tab().window, canvas, "a window that was small for a while changes nothing");
}

#[test]
fn a_pane_is_moved_to_another_place_and_keeps_a_size_that_can_be_used() {
    let mut window = Window::open(GRAPH);
    let canvas = window.editor().tab().window;
    // The lower edge of the palette.
    let below = Pos2::new(100.0, canvas.bottom() + 190.0);
    window.drag(tab(&window, "Problems"), below);
    let (problems, run) = (window.harness.get_by_label("Problems").rect(), tab(&window, "Run"));
    assert!(problems.min.x < 20.0 && problems.min.y > 300.0 && run.x > canvas.left(), "{problems:?} {run:?}");
    assert!(shows(&window, RUN_HINT) && shows(&window, "Search kinds"));
    window.pick("View", "Reset layout");
    assert_eq!(window.editor().tab().window, canvas);
}

#[test]
fn a_window_that_nobody_touches_draws_nothing() {
    let mut window = Window::open(GRAPH);
    window.command("run-panel");
    super::running::until(&mut window, "it is checked", |window| window.editor().tab().checked.revision.is_some());
    window.harness.run_steps(600);
    let output = &window.harness.output().viewport_output[&egui::ViewportId::ROOT];
    assert_eq!(output.repaint_delay, std::time::Duration::MAX);
}
