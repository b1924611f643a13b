//! Files that become nodes, dropped from the desktop or chosen: a folder is listed, a picture opened, a graph shown in a tab.

use std::path::{Path, PathBuf};

use egui::{Pos2, vec2};
use serde_json::json;
use windlass_core::doc::edit::{Edit, apply};
use windlass_core::doc::{GraphDoc, NodeDoc, Wire};

use super::{change, refresh};
use crate::action::Change;
use crate::commands::counted;
use crate::document::pieces::free_name;
use crate::editor::Editor;
use crate::theme::NODE_WIDTH;

/// Files that become nodes at once; more of them are a folder.
const MOST: usize = 40;
/// How far nodes of different files stand below each other.
const BELOW: f32 = 190.0;
/// How far a node stands from the one that feeds it.
const BESIDE: f32 = NODE_WIDTH + 76.0;
/// The ends of names of pictures.
const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];
/// How much of a file is read to see whether it is a graph.
const HEAD_BYTES: u64 = 64 << 10;

/// What a file is to the window.
enum What {
    Graph,
    Folder,
    Picture,
    Other,
}

/// Adds nodes for files and folders, at a place of the canvas or in the middle of what is seen; opens those that are graphs.
pub fn add_files(editor: &mut Editor, paths: &[PathBuf], at: Option<Pos2>) {
    let (graphs, files): (Vec<_>, Vec<_>) = paths.iter().partition(|path| matches!(what(path), What::Graph));
    if files.len() > MOST {
        editor.say(format!("{} files are too many for single nodes: drop their folder instead", files.len()));
    } else if !files.is_empty() {
        editor.start = None;
        add_nodes(editor, &files, at);
    }
    graphs.into_iter().for_each(|graph| editor.open(graph));
}

fn add_nodes(editor: &mut Editor, files: &[&PathBuf], at: Option<Pos2>) {
    let tab = editor.tab();
    let folder = tab.path().and_then(Path::parent).map(Path::to_owned);
    let mut row = at.unwrap_or_else(|| tab.middle() - vec2(NODE_WIDTH / 2.0, BELOW / 2.0)).round();
    let mut added = Added { doc: tab.doc().clone(), edits: Vec::new(), ids: Vec::new() };
    for path in files {
        let said = folder.as_deref().and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        let said = if said.as_os_str().is_empty() { Path::new(".") } else { said };
        added.file(&what(path), &said.to_string_lossy(), row);
        row.y += BELOW;
    }
    let name = format!("add {}", counted(files.len(), "file"));
    change(editor, Change::new(name, Edit::Compound(added.edits)).selecting(added.ids));
    refresh(editor);
}

/// Nodes that are being added, and the graph with them.
struct Added {
    doc: GraphDoc,
    edits: Vec<Edit>,
    ids: Vec<String>,
}

impl Added {
    fn file(&mut self, what: &What, path: &str, at: Pos2) {
        if matches!(what, What::Folder) {
            self.node("files.glob", ("folder", path), at);
            return;
        }
        let file = self.node("files.open", ("path", path), at);
        if matches!(what, What::Picture) {
            let picture = self.add("image.open", at + vec2(BESIDE, 0.0));
            if let Ok(from) = format!("{file}.file").parse() {
                let wire = Some(Wire::One(from));
                self.edit(Edit::SetInput { node: picture, name: "file".into(), wire, at: None });
            }
        }
    }

    /// Adds a node with one constant; returns its name.
    fn node(&mut self, kind: &str, (name, value): (&str, &str), at: Pos2) -> String {
        let node = self.add(kind, at);
        let (name, value) = (name.to_owned(), Some(json!(value)));
        self.edit(Edit::SetParam { node: node.clone(), name, value, at: None });
        node
    }

    fn add(&mut self, kind: &str, at: Pos2) -> String {
        let id = free_name(&self.doc, kind.rsplit('.').next().unwrap_or(kind));
        self.edit(Edit::AddNode { id: id.clone(), node: Box::new(NodeDoc::of_kind(kind)), at: None });
        self.edit(Edit::MoveNode { node: id.clone(), to: Some([f64::from(at.x), f64::from(at.y)]) });
        self.ids.push(id.clone());
        id
    }

    fn edit(&mut self, edit: Edit) {
        // What does not fit is said when all of them are made.
        drop(apply(&mut self.doc, &edit));
        self.edits.push(edit);
    }
}

fn what(path: &Path) -> What {
    let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match end.as_str() {
        _ if path.is_dir() => What::Folder,
        "yaml" | "yml" | "json" if is_graph(path) => What::Graph,
        end if PICTURES.contains(&end) => What::Picture,
        _ => What::Other,
    }
}

/// Returns whether a file says at its beginning that it is a graph.
fn is_graph(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let names_version = |line: &str| line.trim_start_matches(['{', ' ', '"']).trim_start().starts_with("windlass");
    read.is_ok() && head.lines().any(names_version)
}
