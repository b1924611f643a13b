//! Files that become nodes, dropped from the desktop or chosen: a folder is listed, a picture opened, a graph shown in a tab.

mod found;

use std::path::{Path, PathBuf};

use egui::{Context, Pos2, vec2};
use serde_json::json;
use windlass_core::doc::edit::{Edit, apply};
use windlass_core::doc::{GraphDoc, NodeDoc, Wire, write_new};
use windlass_core::registry::Imported;

use super::{change, refresh};
use crate::action::Change;
use crate::beside::{Beside, Work};
use crate::commands::counted;
use crate::dialogs::Dialog;
use crate::document::Document;
use crate::document::pieces::free_name;
use crate::editor::Editor;
use crate::fields::legible;
use crate::theme::NODE_WIDTH;
pub use found::Found;
use found::What;

/// Files that become nodes at once; more of them are a folder.
const MOST: usize = 40;
/// How far nodes of different files stand below each other.
const BELOW: f32 = 190.0;
/// How far a node stands from the one that feeds it.
const BESIDE: f32 = NODE_WIDTH + 76.0;
/// Things without a counterpart that are named at most.
const NOTES: usize = 12;

/// Looks beside the window at files that were dropped or chosen; they are added at a place of the canvas, or in the middle of
/// what is seen, once it is known what they are.
pub fn look_at(editor: &mut Editor, ctx: &Context, paths: Vec<PathBuf>, at: Option<Pos2>) {
    let (host, registry) = (editor.host.clone(), editor.registry.clone());
    let look = move || found::look(&*host, &registry, paths);
    editor.looking_at.push((Beside::start(ctx, "look-at-files", look), at));
}

/// Takes in the files that were looked at.
pub fn take_in(editor: &mut Editor) {
    let looks: Vec<_> = editor.looking_at.iter().map(|(work, at)| (work.look(), *at)).collect();
    let mut goes_on = looks.iter().map(|(work, _)| matches!(work, Work::GoesOn));
    editor.looking_at.retain(|_| goes_on.next().unwrap_or_default());
    for (work, at) in looks {
        match work {
            Work::GoesOn => {}
            Work::Done(files) => add_files(editor, files, at),
            Work::Lost => editor.say("The files could not be looked at"),
        }
    }
}

/// Adds nodes for files and folders; shows graphs, and what other programs' files become, in tabs.
fn add_files(editor: &mut Editor, files: Vec<Found>, at: Option<Pos2>) {
    let (mut nodes, mut graphs) = (Vec::new(), Vec::new());
    for (path, what) in files {
        match what {
            What::Graph => graphs.push(path),
            What::Imported(imported) => show_imported(editor, &path, *imported),
            node => nodes.push((path, node)),
        }
    }
    if nodes.len() > MOST {
        editor.say(format!("{} files are too many for single nodes: drop their folder instead", nodes.len()));
    } else if !nodes.is_empty() {
        editor.start = None;
        add_nodes(editor, &nodes, at);
    }
    graphs.into_iter().for_each(|graph| editor.open(&graph));
}

/// Shows the graph that another program's file becomes, which has no file yet.
fn show_imported(editor: &mut Editor, path: &Path, imported: Result<Imported, String>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let message = |title: String, text: String| Dialog::Message { title, text: legible(&text) };
    let imported = match imported {
        Ok(imported) => imported,
        Err(why) => return editor.dialog = Some(message(format!("{name} cannot be imported"), why)),
    };
    match Document::of_template(&write_new(&imported.graph)) {
        Some(document) => editor.show_new(document),
        None => return editor.say("What it becomes is no graph"),
    }
    if !imported.notes.is_empty() {
        let notes = imported.notes.iter().take(NOTES).map(String::as_str).collect::<Vec<_>>().join("\n");
        let more = imported.notes.len().saturating_sub(NOTES);
        let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
        editor.dialog = Some(message(format!("Not all of {name} has a counterpart"), notes + &more));
    }
}

fn add_nodes(editor: &mut Editor, files: &[Found], at: Option<Pos2>) {
    let tab = editor.tab();
    let folder = tab.path().and_then(Path::parent).map(Path::to_owned);
    let mut row = at.unwrap_or_else(|| tab.middle() - vec2(NODE_WIDTH / 2.0, BELOW / 2.0)).round();
    let mut added = Added { doc: tab.doc().clone(), edits: Vec::new(), ids: Vec::new() };
    for (path, what) in files {
        let said = folder.as_deref().and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        let said = if said.as_os_str().is_empty() { Path::new(".") } else { said };
        added.file(what, &said.to_string_lossy(), row);
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
