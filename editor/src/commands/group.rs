//! Commands that make a graph of its own of nodes, and put it back in place.

use std::path::{Path, PathBuf};

use egui::Context;
use windlass_core::doc::{GraphDoc, Reference, Runs, is_name, write_new};
use windlass_core::types::Type;

use super::counted;
use crate::action::Change;
use crate::apply::change;
use crate::canvas::scene::{Folds, Scene, output_type};
use crate::dialogs::{Dialog, TextFor};
use crate::document::group::{Group, group as grouped, ungroup as opened};
use crate::document::pieces::free_name;
use crate::document::write_new_file;
use crate::editor::Editor;
use crate::face::Kinds;
use crate::graphs::resolve;
use crate::tab::Tab;

/// Asks what the new graph is to be called.
pub(super) fn group(editor: &mut Editor, ctx: &Context) {
    let Some(folder) = folder(editor.tab()) else {
        editor.say("Save the graph first: the nodes become a file beside it");
        return super::perform(editor, ctx, "save-as");
    };
    let free = |number: &usize| !folder.join(file_name(&nth(*number))).exists();
    let name = (1..1_000).find(free).map(nth).unwrap_or_default();
    editor.dialog = Some(Dialog::Text { what: TextFor::Group, text: name });
}

fn nth(number: usize) -> String {
    if number == 1 { "group".into() } else { format!("group{number}") }
}

fn file_name(name: &str) -> String {
    format!("{name}.yaml")
}

fn folder(tab: &Tab) -> Option<PathBuf> {
    tab.path().and_then(Path::parent).map(Path::to_owned)
}

/// Puts the selected nodes into a new graph file of a name, and one node in their place.
pub(crate) fn group_as(editor: &mut Editor, name: &str) {
    let name = name.trim().trim_end_matches(".yaml");
    if let Err(why) = try_group(editor, name) {
        editor.say(why);
        editor.dialog = Some(Dialog::Text { what: TextFor::Group, text: name.to_owned() });
    }
}

fn try_group(editor: &mut Editor, name: &str) -> Result<(), String> {
    if !is_name(name) {
        return Err(format!("`{name}` cannot be the name: a letter, then letters, digits, _ or -"));
    }
    let tab = editor.tab();
    let folder = folder(tab).ok_or("the graph has no file yet")?;
    let file = file_name(name);
    let path = folder.join(&file);
    let id = free_name(tab.doc(), name);
    let ids = &tab.selection.nodes;
    let place =
        |id: &str| tab.scene.node(id).map_or([0.0; 2], |node| [node.at.x, node.at.y].map(|it| f64::from(it.round())));
    let type_of = |reference: &Reference| type_of(tab, reference);
    let of = Group { ids, id: &id, file: &format!("./{file}"), place: &place, type_of: &type_of };
    let (mut graph, edit) = grouped(tab.doc(), &of)?;
    if ids.iter().any(|id| needs_permission(tab, id)) {
        graph.permissions = tab.document.doc().permissions.clone();
    }
    let title = counted(ids.len(), "node");
    write_new_file(&path, write_new(&graph).as_bytes())?;
    change(editor, Change::new(format!("group {title} into {file}"), edit).selecting([id]));
    editor.say(format!("{title} went into {file}; undo takes them back, and the file stays"));
    Ok(())
}

fn needs_permission(tab: &Tab, id: &str) -> bool {
    let spec = tab.scene.node(id).map(|node| &node.face).filter(|face| !face.is_container());
    // What lies deeper is not looked into: to ask for too much is better than to be refused.
    spec.is_none_or(|face| face.spec.as_ref().is_none_or(|spec| !spec.permissions.is_empty()))
}

fn type_of(tab: &Tab, reference: &Reference) -> Type {
    match reference {
        Reference::Input(name) => tab.doc().inputs.get(name).map_or(Type::Any, |input| input.ty.value.clone()),
        Reference::Port { node, port } => tab.scene.node(node).map_or(Type::Any, |node| output_type(&node.face, port)),
    }
}

pub(super) fn can_ungroup(editor: &Editor) -> bool {
    let tab = editor.tab();
    tab.selection.only_node().and_then(|id| tab.scene.node(id)).is_some_and(|node| node.face.runs_graph())
}

/// Puts the nodes of the used graph in place of the node that uses it.
pub(super) fn ungroup(editor: &mut Editor, _: &Context) {
    if let Err(why) = try_ungroup(editor) {
        editor.say(why);
    }
}

fn try_ungroup(editor: &mut Editor) -> Result<(), String> {
    let tab = editor.tab();
    let id = tab.selection.only_node().ok_or("no node is selected")?;
    let node = tab.scene.node(id).ok_or("the node is gone")?;
    let Runs::Graph(file) = &node.face.node().runs.value else { return Err(format!("`{id}` runs no graph")) };
    let folder = folder(tab).ok_or("the graph has no file yet")?;
    let path = resolve(&folder, file);
    if path.parent() != Some(&folder) {
        return Err(format!("`{file}` lies in another folder, from which its own paths are meant"));
    }
    let inner = editor.graphs.sound(&path).ok_or_else(|| format!("`{file}` cannot be read without errors"))?.clone();
    let scene = scene_of(editor, &inner);
    let place = |id: &str| scene.node(id).map_or([0.0; 2], |node| [node.at.x, node.at.y].map(f64::from));
    let at = [node.at.x, node.at.y].map(f64::from);
    let (edit, ids) = opened(tab.doc(), id, &inner, (at, &place))?;
    let name = format!("put the nodes of {file} in place");
    let count = counted(ids.len(), "node");
    let said = format!("{count} of {file} stand here now; the file stays");
    change(editor, Change::new(name, edit).selecting(ids));
    editor.say(said);
    Ok(())
}

/// Returns a graph as it would be shown, with a place for each node.
fn scene_of(editor: &Editor, graph: &GraphDoc) -> Scene {
    let mut scene = Scene::default();
    let folder = graph.path.as_deref().and_then(Path::parent);
    let kinds = Kinds { registry: &editor.registry, graphs: &editor.graphs, folder };
    let (collapsed, previews) = Default::default();
    scene.follow(graph, 0, &kinds, &Folds { collapsed: &collapsed, previews: &previews });
    scene
}
