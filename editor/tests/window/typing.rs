//! Values that are typed and chosen in the inspector and in nodes.

use egui_kittest::kittest::Queryable;
use serde_json::json;

use super::GRAPH;
use super::driven::Window;

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
