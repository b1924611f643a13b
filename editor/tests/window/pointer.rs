//! What the pointer does on the canvas.

use egui::{Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use windlass_core::doc::Wire;
use windlass_editor::Side;

use super::GRAPH;
use super::driven::Window;

fn wire(text: &str) -> Wire {
    Wire::One(text.parse().unwrap())
}

#[test]
fn a_node_is_moved_by_its_title_and_nothing_else_is_touched() {
    let mut window = Window::open(GRAPH);
    let at = window.node("loose").center_top() + vec2(0.0, 8.0);
    let zoom = window.editor().tab().view.zoom;
    window.drag(at, at + vec2(50.0, 30.0));
    let [x, y] = window.doc().layout.nodes["loose"];
    assert!((x - 260.0 - 50.0 / f64::from(zoom)).abs() < 1.0 && (y - 300.0 - 30.0 / f64::from(zoom)).abs() < 1.0);
    window.command("save");
    let lines =
        |text: &str| text.lines().filter(|line| !line.contains("loose: [")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&window.file()), lines(GRAPH), "{}", window.file());
    window.command("undo");
    assert_eq!(window.doc().layout.nodes["loose"], [260.0, 300.0]);
}

#[test]
fn a_wire_is_drawn_from_port_to_port() {
    let mut window = Window::open(GRAPH);
    let (from, to) = (window.port("open", Side::Output, "image"), window.port("loose", Side::Input, "image"));
    window.drag(from, to);
    assert_eq!(window.doc_node("loose").inputs["image"].value, wire("open.image"));
    window.drag(window.port("loose", Side::Input, "image"), window.nowhere());
    assert!(window.doc_node("loose").inputs.is_empty(), "a wire whose end is dragged away is gone");
}

#[test]
fn a_wire_that_does_not_fit_is_refused_in_words() {
    let mut window = Window::open(GRAPH);
    let (from, to) = (window.port("find", Side::Output, "file"), window.port("loose", Side::Input, "image"));
    window.drag(from, to);
    assert!(window.doc_node("loose").inputs.is_empty());
    assert_eq!(window.editor().said(), Some("`image` takes `image`, not `file`"));
}

#[test]
fn a_wire_onto_a_node_takes_its_first_port_that_fits() {
    let mut window = Window::open(GRAPH);
    let onto = window.node("loose").center_top() + vec2(0.0, 8.0);
    window.drag(window.port("open", Side::Output, "image"), onto);
    assert_eq!(window.doc_node("loose").inputs["image"].value, wire("open.image"));
}

#[test]
fn a_circle_is_refused() {
    let mut window =
        Window::open(&GRAPH.replace("kind: image.open", "kind: image.resize").replace("file: find.file", ""));
    window.drag(window.port("thumb", Side::Output, "image"), window.port("open", Side::Input, "image"));
    assert!(window.doc_node("open").inputs.is_empty());
    assert!(window.editor().said().unwrap().contains("circle"), "{:?}", window.editor().said());
}

#[test]
fn a_wire_dropped_on_nothing_offers_what_fits() {
    let mut window = Window::open(GRAPH);
    window.drag(window.port("thumb", Side::Output, "image"), window.nowhere());
    window.type_text("image.save");
    window.enter();
    assert_eq!(window.doc_node("save").inputs["image"].value, wire("thumb.image"));
    window.command("undo");
    assert!(!window.has("save"));
}

#[test]
fn a_loose_node_dropped_on_a_wire_is_put_into_it() {
    let mut window = Window::open(GRAPH);
    let [from, to] = [window.port("open", Side::Output, "image"), window.port("thumb", Side::Input, "image")];
    let node = window.node("loose");
    let title = node.center_top() + vec2(0.0, 8.0);
    window.drag(title, title + ((from + to.to_vec2()) / 2.0 - node.center()));
    assert_eq!(window.doc_node("loose").inputs["image"].value, wire("open.image"));
    assert_eq!(window.doc_node("thumb").inputs["image"].value, wire("loose.image"));
}

#[test]
fn a_box_selects_what_it_touches_and_shift_adds() {
    let mut window = Window::open(GRAPH);
    let [find, open] = [window.node("find"), window.node("open")];
    window.drag(find.left_top() - vec2(12.0, 12.0), open.right_bottom() + vec2(-10.0, -10.0));
    assert_eq!(window.selected(), ["find", "open"]);
    window.click_node_with("thumb", Modifiers::SHIFT);
    assert_eq!(window.selected(), ["find", "open", "thumb"]);
    window.click_node("loose");
    assert_eq!(window.selected(), ["loose"]);
    window.click_at(window.nowhere(), Modifiers::NONE);
    assert!(window.selected().is_empty());
}

#[test]
fn a_wire_is_selected_and_deleted() {
    let mut window = Window::open(GRAPH);
    let [from, to] = [window.port("open", Side::Output, "image"), window.port("thumb", Side::Input, "image")];
    window.click_at((from + to.to_vec2()) / 2.0, Modifiers::NONE);
    window.command("delete");
    assert!(window.doc_node("thumb").inputs.is_empty());
}

#[test]
fn a_double_click_on_nothing_adds_a_node_there() {
    let mut window = Window::open(GRAPH);
    window.double_click_at(window.nowhere());
    window.type_text("image.save");
    window.enter();
    assert!((window.node("save").center_top() - window.nowhere()).length() < 30.0);
}

#[test]
fn the_menu_under_the_pointer_does_what_its_lines_say() {
    let mut window = Window::open(GRAPH);
    let at = window.node("loose").center_top() + vec2(0.0, 8.0);
    window.harness.hover_at(at);
    window.harness.step();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Secondary, Modifiers::NONE);
        window.harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    }
    window.settle();
    assert_eq!(window.selected(), ["loose"]);
    window.click("Mute");
    assert!(window.doc_node("loose").policy.mute);
}

#[test]
fn a_wire_is_led_around_by_a_point_that_is_dragged_and_taken_away() {
    let mut window = Window::open(GRAPH);
    let [from, to] = [window.port("open", Side::Output, "image"), window.port("thumb", Side::Input, "image")];
    let middle = from + (to - from) / 2.0;
    window.double_click_at(middle);
    let through = |window: &Window| window.doc().layout.routes.first().map(|route| route.through.clone());
    let was = through(&window).unwrap()[0];
    window.drag(middle, middle + vec2(0.0, 80.0));
    let is = through(&window).unwrap()[0];
    assert!(is[1] > was[1] + 40.0 && (is[0] - was[0]).abs() < 4.0, "{was:?} {is:?}");
    window.command("save");
    assert!(window.file().contains("routes:") && window.file().contains("# and this one"), "{}", window.file());
    let at = middle + vec2(0.0, 80.0);
    window.click_at(at, Modifiers::NONE);
    window.command("delete");
    assert!(through(&window).is_none());
    window.command("undo");
    assert_eq!(through(&window).unwrap()[0], is);
    window.double_click_at(at);
    assert!(through(&window).is_none(), "a double click takes the point away");
    window.command("save");
    assert_eq!(window.file(), GRAPH);
}

#[test]
fn points_move_with_the_nodes_at_both_ends_and_follow_a_new_name() {
    let mut window =
        Window::open(&GRAPH.replace(
            "layout:\n",
            "layout:\n  routes: [ { from: open.image, to: thumb.image, through: [[460, 90]] } ]\n",
        ));
    for id in ["open", "thumb"] {
        window.click_node_with(id, Modifiers::SHIFT);
    }
    let at = window.node("open").center_top() + vec2(0.0, 8.0);
    let before = window.doc().layout.nodes["open"];
    window.drag(at, at + vec2(0.0, 50.0));
    let by = window.doc().layout.nodes["open"][1] - before[1];
    assert!((window.doc().layout.routes[0].through[0][1] - 90.0 - by).abs() < 2.0);
    window.click_node("open");
    window.command("rename");
    window.retype("decode");
    window.enter();
    assert_eq!(window.doc().layout.routes[0].from.to_string(), "decode.image");
}

#[test]
fn a_port_that_the_pointer_rests_on_says_its_type() {
    let mut window = Window::open(GRAPH);
    for (id, side, port, says) in [
        ("find", Side::Output, "file", "file: file, one for each child"),
        ("thumb", Side::Input, "image", "image: image"),
    ] {
        let at = window.port(id, side, port);
        window.harness.hover_at(at);
        window.harness.run_steps(60);
        assert!(window.harness.query_by_label_contains(says).is_some(), "{says}");
    }
}

#[test]
fn nodes_from_the_palette_do_not_cover_others() {
    let mut window = Window::open(GRAPH);
    for _ in 0..3 {
        window.command("add");
        window.type_text("image.save");
        window.enter();
    }
    let rects: Vec<_> = window.editor().tab().scene.nodes.iter().map(|node| node.rect()).collect();
    assert_eq!(rects.len(), 7);
    for (at, one) in rects.iter().enumerate() {
        assert!(rects[at + 1..].iter().all(|other| !one.intersects(*other)), "{rects:?}");
    }
}
