//! Bodies and used graphs: going in, editing there, and out again.

use std::fs;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use windlass_core::doc::{Body, GraphDoc};
use windlass_editor::Side;

use super::driven::Window;

/// A loop with a loop in it, and a graph that is used.
const GRAPH: &str = "\
windlass: 1
nodes:
  one: { kind: flow.constant, params: { value: x } }
  grow:
    kind: flow.repeat   # doubles
    params: { until: n | length > 100 }
    inputs: { n: one.value }
    body:
      inputs: { n: { type: text } }
      nodes:
        double: { kind: text.template, params: { template: \"{{ n }}{{ n }}\" }, inputs: { n: $n } }
        more:
          kind: flow.repeat
          params: { max: 1 }
          inputs: { n: double.text }
          body:
            inputs: { n: { type: text } }
            nodes:
              add: { kind: text.template, params: { template: \"{{ n }}\" }, inputs: { n: $n } }
            outputs: { n: add.text }
      outputs: { n: more.n }
  small: { uses: ./small.yaml, params: { width: 9 } }
layout:
  nodes: { one: [0, 0], grow: [260, 0], small: [520, 0] }
";

const SMALL: &str = "\
windlass: 1
name: Make it small
inputs:
  picture: { type: image }
  width: { type: int, default: 64, doc: How wide. }
nodes:
  resize: { kind: image.resize, inputs: { image: $picture, width: $width } }
outputs: { picture: resize.image }
";

fn window() -> Window {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::write(folder.path().join("small.yaml"), SMALL).unwrap();
    Window::in_folder(folder)
}

fn body<'a>(doc: &'a GraphDoc, id: &str) -> &'a GraphDoc {
    match doc.nodes[id].body.as_ref().map(|body| &body.value) {
        Some(Body::Here(body)) => body,
        _ => panic!("{id} has no body"),
    }
}

fn scope(window: &Window) -> String {
    window.editor().tab().scope.join("/")
}

#[test]
fn a_body_is_opened_by_a_double_click_and_edited_in_place() {
    let mut window = window();
    let title = window.node("grow").center_top() + egui::vec2(0.0, 8.0);
    window.double_click_at(title);
    assert_eq!(scope(&window), "grow");
    assert!(window.harness.query_by_label("Node one").is_none());
    window.click_node("double");
    window.command("delete");
    assert!(!body(window.doc(), "grow").nodes.contains_key("double"));
    assert!(window.doc().nodes.contains_key("one"));
    window.command("undo");
    assert!(body(window.doc(), "grow").nodes.contains_key("double"));
    window.command("save");
    assert_eq!(window.file(), GRAPH, "undone and saved, it is the file that it was");
    window.command("redo");
    window.command("save");
    assert!(window.file().contains("# doubles") && !window.file().contains("double:"), "{}", window.file());
}

#[test]
fn a_way_leads_down_two_bodies_and_up_again() {
    let mut window = window();
    window.click_node("grow");
    window.command("enter");
    window.click_node("more");
    window.command("enter");
    assert_eq!(scope(&window), "grow/more");
    window.node("add");
    window.click("Up to grow");
    assert_eq!(scope(&window), "grow");
    assert_eq!(window.selected(), ["more"], "what was left is selected");
    window.command("leave");
    assert_eq!(scope(&window), "");
    window.click_node("grow");
    window.command("enter");
    window.press(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(scope(&window), "");
}

#[test]
fn what_is_undone_in_a_body_is_shown() {
    let mut window = window();
    window.click_node("grow");
    window.command("enter");
    window.click_node("double");
    window.command("mute");
    window.command("leave");
    window.command("undo");
    assert_eq!(scope(&window), "grow");
    assert!(!body(window.doc(), "grow").nodes["double"].policy.mute);
    window.command("leave");
    window.command("redo");
    assert_eq!(scope(&window), "grow");
    assert!(body(window.doc(), "grow").nodes["double"].policy.mute);
}

#[test]
fn nodes_are_moved_in_a_body_and_keep_their_place() {
    let mut window = window();
    window.click_node("grow");
    window.command("enter");
    let at = window.node("double").center_top() + egui::vec2(0.0, 8.0);
    window.drag(at, at + egui::vec2(0.0, 60.0));
    window.command("save");
    let again = Window::in_folder(window.folder);
    assert!(body(again.doc(), "grow").layout.nodes.contains_key("double"));
}

#[test]
fn a_loop_shows_the_inputs_and_outputs_of_its_body() {
    let window = window();
    let scene = &window.editor().tab().scene;
    let face = &scene.node("grow").unwrap().face;
    assert!(face.is_param("n") && face.output("n").is_some());
    assert_eq!(face.input_type("n").unwrap().to_string(), "text");
}

#[test]
fn a_used_graph_shows_its_ports_and_opens_in_a_tab_of_its_own() {
    let mut window = window();
    super::running::until(&mut window, "it is read", |window| {
        window.editor().tab().scene.node("small").unwrap().face.spec.is_some()
    });
    let scene = &window.editor().tab().scene;
    let face = scene.node("small").unwrap().face.clone();
    assert_eq!(face.title, "Make it small");
    assert!(face.output("picture").is_some() && face.input_type("picture").unwrap().to_string() == "image");
    window.click_node("small");
    assert!(window.harness.query_by_label("width of small in the inspector").is_some());
    window.port("small", Side::Output, "picture");
    window.command("enter");
    window.node("resize");
    assert!(window.editor().tab().path().unwrap().ends_with("small.yaml"));
    window.command("leave");
    window.node("grow");
}

#[test]
fn a_loop_without_a_body_gets_one() {
    let mut window = Window::open("windlass: 1\nnodes:\n  again: { kind: flow.try }\n");
    window.click_node("again");
    window.command("enter");
    assert_eq!(scope(&window), "again");
    window.harness.get_by_label("An empty body");
    window.command("add");
    window.type_text("text.template");
    window.enter();
    assert!(body(window.doc(), "again").nodes.contains_key("template"));
    window.command("undo");
    window.command("undo");
    assert!(window.doc().nodes["again"].body.is_none() && scope(&window).is_empty());
}

#[test]
fn a_problem_in_a_body_leads_into_it() {
    let mut window = Window::open(&GRAPH.replace("add: { kind: text.template", "add: { kind: flow.comput"));
    super::running::until(&mut window, "it is found", |window| {
        window.harness.query_by_label_contains("There is no kind `flow.comput`").is_some()
    });
    window.harness.get_by_label_contains("There is no kind `flow.comput`").click();
    window.settle();
    assert_eq!((scope(&window).as_str(), window.selected()), ("grow/more", vec!["add".to_owned()]));
}

#[test]
fn a_run_is_seen_inside_of_a_body() {
    let mut window = window();
    window.click_node("small");
    window.command("delete");
    window.command("run");
    super::running::until(&mut window, "the run ends", |window| {
        window.editor().tab().run.as_ref().is_some_and(|run| run.state().ended.is_some())
    });
    window.click_node("grow");
    window.command("enter");
    let tab = window.editor().tab();
    let live = tab.live.node(tab.scene.place("double").unwrap()).unwrap();
    assert!(live.words.starts_with('7'), "seven rounds: {}", live.words);
}
