//! The graph itself in the inspector: inputs, outputs, permissions, and what they feed.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use serde_json::json;
use windlass_core::doc::Wire;

use super::GRAPH;
use super::driven::Window;

fn wire(text: &str) -> Wire {
    Wire::One(text.parse().unwrap())
}

#[test]
fn an_input_is_added_named_typed_and_taken_away() {
    let mut window = Window::open(GRAPH);
    window.click("Add input");
    window.click("Name of input input");
    window.retype("width");
    window.enter();
    assert!(window.doc().inputs.contains_key("width"));
    window.click("Type of input width");
    window.retype("int(1..)");
    window.enter();
    assert_eq!(window.doc().inputs["width"].ty.value.to_string(), "int(1..)");
    window.click("Default of input width");
    assert_eq!(window.doc().inputs["width"].default.as_ref().unwrap().value, json!(1));
    window.click("Doc of input width");
    window.type_text("How wide.");
    assert_eq!(window.doc().inputs["width"].doc.as_deref(), Some("How wide."));
    window.click_at(window.nowhere(), Modifiers::NONE);
    window.click("Remove input width");
    assert!(window.doc().inputs.is_empty());
    while window.editor().tab().document.is_changed() {
        window.command("undo");
    }
    window.command("save");
    assert_eq!(window.file(), GRAPH);
}

#[test]
fn a_name_that_cannot_be_is_not_taken() {
    let mut window = Window::open(GRAPH);
    window.click("Add input");
    window.click("Add input");
    window.click("Name of input input2");
    window.retype("input");
    window.enter();
    window.click("Type of input input");
    window.retype("strnig");
    window.enter();
    window.click("Name of input input");
    window.retype("other");
    window.press(Modifiers::NONE, Key::Escape);
    let inputs: Vec<_> = window.doc().inputs.iter().map(|(name, input)| format!("{name} {}", input.ty.value)).collect();
    assert_eq!(inputs, ["input text", "input2 text"]);
}

#[test]
fn a_parameter_becomes_an_input_with_its_value_and_goes_back() {
    let mut window = Window::open(GRAPH);
    window.click_node("thumb");
    window.click("Feed width of thumb");
    window.click("A new input of the graph");
    assert_eq!(window.doc_node("thumb").inputs["width"].value, wire("$width"));
    assert_eq!(window.doc().inputs["width"].default.as_ref().unwrap().value, json!(256));
    assert!(window.doc_node("thumb").params.is_empty());
    window.click_node("loose");
    window.click("Feed width of loose");
    window.click("$width");
    assert_eq!(window.doc_node("loose").inputs["width"].value, wire("$width"));
    window.click_at(window.nowhere(), Modifiers::NONE);
    window.click("Name of input width");
    window.retype("wide");
    window.enter();
    assert_eq!(window.doc_node("loose").inputs["width"].value, wire("$wide"), "references follow");
    window.click("Remove input wide");
    assert!(window.doc_node("loose").inputs.is_empty() && window.doc().inputs.is_empty());
    window.command("undo");
    assert_eq!(window.doc_node("loose").inputs["width"].value, wire("$wide"));
}

#[test]
fn an_output_is_given_renamed_and_taken_away() {
    let mut window = Window::open(GRAPH);
    window.click_node("thumb");
    window.click("Give image of thumb");
    window.click("As a new output of the graph");
    assert_eq!(window.doc().outputs["image"].value.to_string(), "thumb.image");
    window.click_at(window.nowhere(), Modifiers::NONE);
    window.click("Name of output image");
    window.retype("small");
    window.enter();
    window.click("Source of output small");
    window.click("find.file");
    assert_eq!(window.doc().outputs["small"].value.to_string(), "find.file");
    window.click("Remove output small");
    assert!(window.doc().outputs.is_empty());
}

#[test]
fn a_permission_is_asked_for_and_no_longer() {
    let mut window = Window::open(GRAPH);
    window.click("Add a permission");
    window.type_text("process:ffmpeg");
    window.enter();
    assert_eq!(window.doc().permissions[0].value, "process:ffmpeg");
    window.click("Remove permission process:ffmpeg");
    assert!(window.doc().permissions.is_empty());
    window.click("Add a permission");
    window.type_text("anything at all");
    window.enter();
    assert!(window.doc().permissions.is_empty(), "what is no permission is not taken");
}

#[test]
fn what_a_body_calls_its_input_its_node_does_too() {
    let graph = "\
windlass: 1
nodes:
  one: { kind: flow.constant, params: { value: x } }
  again:
    kind: flow.repeat
    params: { max: 2 }
    inputs: { n: one.value }
    body:
      inputs: { n: { type: text } }
      nodes:
        b: { kind: text.template, params: { template: \"{{ n }}\" }, inputs: { n: $n } }
      outputs: { n: b.text }
  last: { kind: text.template, params: { template: \"{{ t }}\" }, inputs: { t: again.n } }
";
    let mut window = Window::open(graph);
    window.click_node("again");
    window.command("enter");
    assert!(window.harness.query_by_label("Name of the graph").is_none(), "a body has no name");
    window.click("Name of input n");
    window.retype("m");
    window.enter();
    window.click("Name of output n");
    window.retype("m");
    window.enter();
    assert_eq!(window.doc_node("again").inputs["m"].value, wire("one.value"));
    assert_eq!(window.doc_node("last").inputs["t"].value, wire("again.m"));
    window.command("undo");
    window.command("undo");
    assert!(!window.editor().tab().document.is_changed());
}
