//! The window, driven by keys and pointer through its real widgets; what counts is what the document says afterwards.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod border;
mod broken;
mod commands;
mod docked;
mod driven;
mod dropped;
mod files;
mod killed;
mod past;
mod pointer;
mod random;
mod remembered;
mod running;
mod scopes;
mod services;
mod start;
mod told;
mod typing;

use driven::Window;

/// A graph with three nodes in a row, and one by itself.
const GRAPH: &str = "\
# A comment that stays.
windlass: 1
nodes:
  find:
    kind: files.glob
    params: { folder: photos, pattern: \"*.png\" }   # and this one
  open:
    kind: image.open
    inputs: { file: find.file }
  thumb:
    kind: image.resize
    params: { width: 256 }
    inputs: { image: open.image }
  loose:
    kind: image.resize
layout:
  nodes: { find: [0, 0], open: [260, 0], thumb: [520, 0], loose: [260, 300] }
";

#[test]
fn what_is_opened_is_seen_and_nothing_is_changed() {
    let mut window = Window::open(GRAPH);
    for id in ["find", "open", "thumb", "loose"] {
        window.node(id);
    }
    assert!(!window.editor().tab().document.is_changed());
    window.command("save");
    assert_eq!(window.file(), GRAPH);
}
