//! Values that are typed and chosen in the inspector and in nodes.

use egui_kittest::kittest::Queryable;
use serde_json::json;

use super::GRAPH;
use super::driven::Window;
use super::running::until;

#[test]
fn a_number_is_typed_in_the_inspector_and_undone_as_one() {
    let mut window = Window::open(GRAPH);
    window.click_node("thumb");
    window.click("width of thumb in the inspector");
    window.retype("64");
    window.enter();
    assert_eq!(window.doc_node("thumb").params["width"].value, json!(64));
    window.command("undo");
    assert_eq!(window.doc_node("thumb").params["width"].value, json!(256));
}

#[test]
fn a_parameter_goes_back_to_its_default() {
    let mut window = Window::open(GRAPH);
    window.click_node("thumb");
    window.click("Reset width");
    assert!(window.doc_node("thumb").params.is_empty());
}

#[test]
fn a_choice_is_made_in_the_node_itself() {
    let mut window = Window::open(GRAPH);
    window.click_node("thumb");
    window.command("fit-selection");
    window.click("fit of thumb");
    window.click("cover");
    assert_eq!(window.doc_node("thumb").params["fit"].value, json!("cover"));
}

#[test]
fn text_is_typed_without_performing_commands() {
    let mut window = Window::open(GRAPH);
    window.click_node("find");
    window.click("pattern of find in the inspector");
    window.retype("m*f.jpg");
    assert_eq!(window.doc_node("find").params["pattern"].value, json!("m*f.jpg"));
    assert!(!window.doc_node("find").policy.mute);
    assert!(window.harness.query_by_label("Node find").is_some());
}

/// One picture after the other, saved under a path that is being typed.
const SAVES: &str = "\
windlass: 1
nodes:
  find: { kind: files.glob }
  open: { kind: image.open, inputs: { file: find.file } }
  save: { kind: image.save, inputs: { image: open.image } }
layout:
  nodes: { find: [0, 0], open: [260, 0], save: [520, 0] }
";

#[test]
fn what_is_typed_into_keeps_the_keyboard_when_a_problem_appears_above_it() {
    let mut window = Window::open(SAVES);
    let says = |window: &Window, what: &str| {
        window.editor().tab().checked.problems.iter().any(|problem| problem.message.contains(what))
    };
    window.click_node("save");
    until(&mut window, "it is said that there is no path", |window| says(window, "has no value"));
    window.settle();
    window.click("path of save in the inspector");
    window.type_text("small/");
    until(&mut window, "it is said that a folder is no file", |window| says(window, "names a folder"));
    window.settle();
    window.type_text("{stem}m.png");
    assert_eq!(window.doc_node("save").params["path"].value, json!("small/{stem}m.png"));
    assert!(!window.doc_node("save").policy.mute, "a letter was taken for a command");
}
