//! Files from the desktop: dropped onto the window, or chosen in the desktop's own dialog.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use egui::{DroppedFile, HoveredFile};
use egui_kittest::kittest::Queryable;
use serde_json::json;
use windlass_core::doc::{GraphDoc, NodeDoc, Runs};
use windlass_core::node::NodeError;
use windlass_core::registry::{Imported, Importer};
use windlass_editor::{Picked, Picker, Purpose, Wanted};

use super::GRAPH;
use super::driven::Window;
use super::running::until;

#[derive(Debug)]
struct File(PathBuf);

impl DroppedFile for File {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads what is dropped".into())
    }
}

/// Drops files; while they hover, the window says what becomes of them.
fn drop_files(window: &mut Window, paths: &[PathBuf]) {
    let hovered = paths.iter().map(|path| HoveredFile { path: Some(path.clone()), ..HoveredFile::default() });
    window.harness.input_mut().hovered_files = hovered.collect();
    window.settle();
    assert!(window.harness.query_by_label("Drop to add to the graph").is_some());
    window.harness.input_mut().hovered_files.clear();
    for path in paths {
        window.harness.input_mut().dropped_files.push(Arc::new(File(path.clone())));
    }
    window.settle();
    assert!(window.harness.query_by_label("Drop to add to the graph").is_none());
}

fn kind(window: &Window, id: &str) -> String {
    let Runs::Kind(kind) = &window.doc_node(id).runs.value else { panic!("{id} runs no kind") };
    kind.clone()
}

#[test]
fn a_folder_and_pictures_become_nodes_with_paths_beside_the_graph() {
    let mut window = Window::open(GRAPH);
    let folder = window.folder.path().to_owned();
    fs::create_dir(folder.join("photos")).unwrap();
    fs::write(folder.join("a.png"), "").unwrap();
    fs::write(folder.join("notes.txt"), "").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let far = elsewhere.path().join("far.JPG");
    fs::write(&far, "").unwrap();
    drop_files(&mut window, &[folder.join("photos"), folder.join("a.png"), far.clone(), folder.join("notes.txt")]);
    assert_eq!(window.selected().len(), 6);
    assert_eq!(
        (kind(&window, "glob").as_str(), &window.doc_node("glob").params["folder"].value),
        ("files.glob", &json!("photos"))
    );
    let opened: Vec<_> =
        window.doc().nodes.values().filter_map(|node| node.params.get("path")).map(|path| path.value.clone()).collect();
    assert_eq!(opened, [json!("a.png"), json!(far.display().to_string()), json!("notes.txt")]);
    let fed = window.doc().nodes.values().filter(|node| node.inputs.contains_key("file")).count();
    assert_eq!(fed, 3, "each picture is opened by a node of its own, and `open` was there");
    window.command("undo");
    assert!(!window.editor().tab().document.is_changed(), "one drop is one edit");
}

#[test]
fn a_graph_that_is_dropped_opens_in_a_tab_and_other_yaml_becomes_a_node() {
    let mut window = Window::open(GRAPH);
    let folder = window.folder.path().to_owned();
    fs::write(folder.join("other.yaml"), "# one\nwindlass: 1\nnodes: { only: { kind: flow.each } }\n").unwrap();
    fs::write(folder.join("data.yaml"), "people: []\n").unwrap();
    drop_files(&mut window, &[folder.join("other.yaml"), folder.join("data.yaml")]);
    assert!(window.has("only") && window.editor().tab().path().unwrap().ends_with("other.yaml"));
    window.command("next-tab");
    assert!(window.selected().iter().any(|id| window.doc_node(id).params["path"].value == json!("data.yaml")));
}

/// Reads the files of another program: the first line names a kind, the second what has no counterpart.
pub struct Other;

impl Importer for Other {
    fn name(&self) -> &str {
        "other"
    }

    fn doc(&self) -> &str {
        "another program's files"
    }

    fn knows(&self, name: &str, content: &[u8]) -> bool {
        name.ends_with(".other") || content.starts_with(b"other")
    }

    fn import(&self, _: &str, content: &[u8]) -> Result<Imported, NodeError> {
        let text = std::str::from_utf8(content).map_err(|_| NodeError::new("it is no text").hint("save it anew"))?;
        let mut lines = text.lines().skip(1);
        let mut graph = GraphDoc::default();
        graph.nodes.insert("made".into(), NodeDoc::of_kind(lines.next().unwrap_or("flow.each")));
        Ok(Imported { graph, notes: lines.map(str::to_owned).collect() })
    }
}

#[test]
fn another_programs_file_opens_as_the_graph_that_it_becomes() {
    let mut window = Window::open(GRAPH);
    let folder = window.folder.path().to_owned();
    fs::write(folder.join("drawn.png"), "other\nimage.resize\na sound is left out\n").unwrap();
    drop_files(&mut window, &[folder.join("drawn.png")]);
    assert_eq!(kind(&window, "made"), "image.resize");
    assert!(window.editor().tab().path().is_none(), "it has no file yet");
    assert!(window.harness.query_by_label_contains("a sound is left out").is_some());
    window.click("Close");
    fs::write(folder.join("broken.other"), [255, 254]).unwrap();
    drop_files(&mut window, &[folder.join("broken.other")]);
    assert!(window.harness.query_by_label_contains("broken.other cannot be imported").is_some());
    assert!(window.harness.query_by_label_contains("save it anew").is_some());
}

#[test]
fn several_files_are_to_be_worked_on_whatever_is_in_them() {
    let mut window = Window::open(GRAPH);
    let folder = window.folder.path().to_owned();
    let pictures = ["one.png", "two.png"].map(|name| folder.join(name));
    pictures.iter().for_each(|path| fs::write(path, "other\nimage.resize\n").unwrap());
    drop_files(&mut window, &pictures);
    assert_eq!(window.selected().len(), 4);
}

/// A dialog of a desktop that always answers the same.
struct Desk(Picked, Mutex<Vec<Purpose>>);

impl Picker for Desk {
    fn pick(&self, wanted: &Wanted) -> Picked {
        self.1.lock().unwrap().push(wanted.purpose);
        self.0.clone()
    }
}

fn with_desk(answer: impl FnOnce(&Path) -> Picked) -> (Window, Arc<Desk>) {
    let mut window = Window::open(GRAPH);
    let desk = Arc::new(Desk(answer(window.folder.path()), Mutex::default()));
    window.harness.state_mut().ask_with(desk.clone());
    (window, desk)
}

#[test]
fn what_was_chosen_in_the_dialog_of_the_desktop_is_opened_and_saved() {
    let (mut window, desk) = with_desk(|folder| {
        fs::write(folder.join("other.yaml"), "windlass: 1\nnodes: { only: { kind: flow.each } }\n").unwrap();
        Picked::Paths(vec![folder.join("other.yaml")])
    });
    window.command("open");
    until(&mut window, "it is opened", |window| window.has("only"));
    let (mut window, saved) = with_desk(|folder| Picked::Paths(vec![folder.join("copy")]));
    window.command("save-as");
    until(&mut window, "it is saved", |window| window.editor().tab().path().unwrap().ends_with("copy.yaml"));
    assert_eq!(fs::read_to_string(window.folder.path().join("copy.yaml")).unwrap(), GRAPH);
    assert_eq!((&*desk.1.lock().unwrap(), &*saved.1.lock().unwrap()), (&vec![Purpose::Open], &vec![Purpose::Save]));
}

#[test]
fn a_dialog_that_was_dismissed_changes_nothing() {
    let (mut window, desk) = with_desk(|_| Picked::Nothing);
    window.command("open");
    until(&mut window, "it was asked", |window| {
        !desk.1.lock().unwrap().is_empty() && window.harness.query_by_label("Open a graph").is_none()
    });
    assert!(window.has("loose"));
}

#[test]
fn a_desktop_without_a_dialog_leaves_it_to_the_window() {
    let (mut window, desk) = with_desk(|_| Picked::NotThere);
    window.command("open");
    until(&mut window, "the window asks", |window| window.harness.query_by_label("The folder above").is_some());
    window.click("Cancel");
    window.command("open");
    assert!(window.harness.query_by_label("Choose it here").is_none());
    assert_eq!(desk.1.lock().unwrap().len(), 1, "the desktop is not asked again");
}

/// A dialog that never answers.
struct Silent;

impl Picker for Silent {
    fn pick(&self, _: &Wanted) -> Picked {
        loop {
            std::thread::park();
        }
    }
}

#[test]
fn a_dialog_that_never_answers_keeps_nobody_from_choosing() {
    let mut window = Window::open(GRAPH);
    window.harness.state_mut().ask_with(Arc::new(Silent));
    window.command("open");
    window.click("Choose it here");
    fs::write(window.folder.path().join("other.yaml"), "windlass: 1\nnodes: { only: { kind: flow.each } }\n").unwrap();
    window.retype("other.yaml");
    window.enter();
    assert!(window.has("only"));
}
