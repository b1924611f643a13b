//! Commands that change nodes: their names, marks and places, what they become together.

use std::collections::BTreeSet;

use egui::{Key, Modifiers};
use windlass_core::doc::Runs;
use windlass_editor::Side;

use super::{Test, Window, until};

/// A test for each command.
pub const TESTS: &[Test] = &[
    ("rename", |window| {
        window.click_node("open");
        window.command("rename");
        window.retype("decode");
        window.enter();
        assert_eq!(window.doc_node("thumb").inputs["image"].value, wire("decode.image"));
        assert_eq!(window.selected(), ["decode"]);
    }),
    ("retitle", |window| {
        window.click_node("open");
        window.command("retitle");
        window.type_text("Decode the picture");
        window.enter();
        assert_eq!(window.doc_node("open").title.as_deref(), Some("Decode the picture"));
    }),
    ("bypass", |window| {
        window.click_node("thumb");
        window.command("bypass");
        assert!(window.doc_node("thumb").policy.bypass);
        window.command("bypass");
        assert!(!window.doc_node("thumb").policy.bypass);
    }),
    ("mute", |window| {
        window.click_node("thumb");
        window.command("mute");
        assert!(window.doc_node("thumb").policy.mute);
    }),
    ("collapse", |window| {
        let before = window.node("thumb").height();
        window.click_node("thumb");
        window.command("collapse");
        assert!(window.node("thumb").height() < before / 2.0);
        assert!(!window.editor().tab().document.is_changed());
    }),
    ("replace", |window| {
        window.click_node("thumb");
        window.command("replace");
        window.type_text("image.save");
        window.enter();
        let node = window.doc_node("thumb");
        assert_eq!(node.runs.value, Runs::Kind("image.save".into()));
        assert_eq!(node.inputs["image"].value, wire("open.image"), "a wire that fits stays");
        assert!(node.params.is_empty(), "what the new kind does not know goes");
    }),
    ("disconnect", |window| {
        window.click_node("open");
        window.command("disconnect");
        assert!(window.doc_node("open").inputs.is_empty() && window.doc_node("thumb").inputs.is_empty());
    }),
    ("reroute", |window| {
        click_wire(window);
        window.command("reroute");
        let route = &window.doc().layout.routes[0];
        assert_eq!((route.from.to_string(), route.to.to_string()), ("open.image".into(), "thumb.image".into()));
        assert_eq!(route.through.len(), 1);
    }),
    ("frame", |window| {
        window.click_node("loose");
        window.command("frame");
        window.retype("Aside");
        window.enter();
        assert_eq!(window.doc().layout.frames[0].title, "Aside");
    }),
    ("note", |window| {
        window.command("note");
        window.retype("Look here");
        window.press(Modifiers::COMMAND, Key::Enter);
        assert_eq!(window.doc().layout.notes[0].text, "Look here");
    }),
    ("arrange", |window| {
        window.command("arrange");
        let at = |id: &str| window.doc().layout.nodes[id];
        assert!(at("find")[0] < at("open")[0] && at("open")[0] < at("thumb")[0]);
        assert_ne!(at("loose"), [260.0, 300.0]);
    }),
    ("align-left", |window| {
        select(window, &["thumb", "loose"]);
        window.command("align-left");
        assert_eq!(window.doc().layout.nodes["thumb"][0], 260.0);
    }),
    ("align-top", |window| {
        select(window, &["thumb", "loose"]);
        window.command("align-top");
        assert_eq!(window.doc().layout.nodes["loose"], [260.0, 0.0]);
    }),
    ("distribute", |window| {
        select(window, &["open", "thumb", "loose"]);
        window.command("distribute");
        let y: BTreeSet<_> = ["open", "thumb", "loose"].map(|id| window.doc().layout.nodes[id][1] as i64).into();
        assert_eq!(y.len(), 3);
    }),
    ("snap", |window| {
        let from = window.node("loose").center_top() + egui::vec2(0.0, 8.0);
        window.drag(from, from + egui::vec2(33.0, 17.0));
        window.command("snap");
        let [x, y] = window.doc().layout.nodes["loose"];
        assert!(x % 20.0 == 0.0 && y % 20.0 == 0.0);
    }),
    ("group", |window| {
        select(window, &["open", "thumb"]);
        window.command("group");
        window.retype("small");
        window.enter();
        assert_eq!(window.doc_node("small").runs.value, Runs::Graph("./small.yaml".into()));
        assert_eq!(window.doc_node("small").inputs["file"].value, wire("find.file"));
        assert!(!window.has("open") && window.folder.path().join("small.yaml").is_file());
    }),
    ("ungroup", |window| {
        select(window, &["open", "thumb"]);
        window.command("group");
        window.enter();
        until(window, "it is read", |window| window.editor().tab().scene.node("group").unwrap().face.spec.is_some());
        window.command("ungroup");
        assert_eq!(window.doc_node("thumb").inputs["image"].value, wire("open.image"));
        assert_eq!(window.doc_node("open").inputs["file"].value, wire("find.file"));
        assert!(!window.has("group"));
    }),
    ("enter", |window| {
        *window = Window::open("windlass: 1\nnodes: { again: { kind: flow.try } }\n");
        window.click_node("again");
        window.command("enter");
        assert_eq!(window.editor().tab().scope, ["again"]);
    }),
    ("leave", |window| {
        *window = Window::open("windlass: 1\nnodes: { again: { kind: flow.try } }\n");
        window.click_node("again");
        window.command("enter");
        window.command("leave");
        assert!(window.editor().tab().scope.is_empty());
    }),
];

/// Selects the wire between two nodes.
fn click_wire(window: &mut Window) {
    let [from, to] = [window.port("open", Side::Output, "image"), window.port("thumb", Side::Input, "image")];
    window.click_at(from + (to - from) / 2.0, Modifiers::NONE);
}

fn wire(text: &str) -> windlass_core::doc::Wire {
    windlass_core::doc::Wire::One(text.parse().unwrap())
}

fn select(window: &mut Window, ids: &[&str]) {
    for id in ids {
        window.click_node_with(id, Modifiers::SHIFT);
    }
}
