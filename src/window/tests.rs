//! The window with the program around it: runs that are taken up, by its own buttons.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tempfile::TempDir;
use windlass_core::event::{Outcome, RunState};
use windlass_core::sections::Line;
use windlass_editor::{Editor, Host, Inquiry, Traced, Way};
use windlass_store::Workspace;

use super::Studio;
use crate::packs;
use crate::panics::Panics;

/// Pictures, made smaller.
const GRAPH: &str = "\
windlass: 1
nodes:
  find:
    kind: files.glob
    params: { folder: photos, pattern: \"*.png\" }
  open:
    kind: image.open
    inputs: { file: find.file }
  wait:
    kind: flow.delay
    params: { duration: 500ms }
    inputs: { value: open.image }
  thumb:
    kind: image.resize
    params: { width: 2 }
    inputs: { image: wait.value }
  save:
    kind: image.save
    params: { path: \"out/{stem}.png\" }
    inputs: { image: thumb.image }
";
const PICTURE: &[u8] = include_bytes!("../../graphs/samples/photos/flower.png");

struct Window {
    harness: Harness<'static, Editor>,
    folder: TempDir,
}

impl Window {
    /// Opens the graph with three pictures, of which one cannot be written.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        for name in ["a.png", "b.png", "c.png"] {
            std::fs::write(folder.path().join("photos").join(name), PICTURE).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("out/c.png/in the way")).unwrap();
        std::fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
        let home = Workspace::open_or_create(folder.path(), None).unwrap().home().unwrap().to_owned();
        let studio = Arc::new(Studio::new(packs::registry().unwrap(), Some(home), &Panics::default()));
        let mut editor = Editor::new(&egui::Context::default(), studio);
        editor.open(&folder.path().join("graph.yaml"));
        let builder = Harness::builder().with_size(vec2(1600.0, 1000.0)).with_max_steps(60);
        let install = move |ctx: &egui::Context| Editor::install(ctx);
        let harness =
            builder.with_context_setup(install).build_ui_state(|ui, editor: &mut Editor| editor.ui(ui), editor);
        let mut window = Self { harness, folder };
        window.harness.run_steps(4);
        window
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(4);
    }

    #[track_caller]
    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(4);
    }

    fn state(&self) -> RunState {
        self.harness.state().tab().run.as_ref().map(|run| run.state().clone()).unwrap_or_default()
    }

    #[track_caller]
    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.harness.run_steps(4);
    }

    #[track_caller]
    fn ended(&mut self, how: Outcome) {
        self.until("the run ends", |window| window.state().ended.is_some());
        assert_eq!(self.state().ended.unwrap().0, how);
    }

    fn has(&self, path: impl AsRef<Path>) -> bool {
        self.folder.path().join(path).is_file()
    }
}

#[test]
fn a_run_that_was_stopped_is_resumed_with_a_button() {
    let mut window = Window::open();
    window.press(Modifiers::NONE, Key::F5);
    window.press(Modifiers::SHIFT, Key::F5);
    window.ended(Outcome::Interrupted);
    let name = window.state().run;
    window.click("Resume");
    window.until("it goes on", |window| window.state().ended.is_none_or(|(how, _)| how == Outcome::Finished));
    window.ended(Outcome::Finished);
    assert_eq!(window.state().run, name);
    assert!(window.has("out/a.png") && window.has("out/b.png"));
    assert!(window.harness.query_by_label("Resume").is_none(), "nothing is left to be done");
}

#[test]
fn what_failed_is_run_again_with_a_button_and_nothing_else_is() {
    let mut window = Window::open();
    window.press(Modifiers::NONE, Key::F5);
    window.ended(Outcome::Finished);
    let name = window.state().run;
    std::fs::remove_dir_all(window.folder.path().join("out/c.png")).unwrap();
    window.click("Run failed items again");
    window.until("another run has ended", |window| window.state().run != name && window.state().ended.is_some());
    assert!(window.has("out/c.png"));
    let run = Workspace::find(window.folder.path()).unwrap().unwrap().runs().find(None).unwrap();
    assert_eq!(run.began().unwrap().unwrap().retries, Some(name));
    let save = window.state().steps.into_iter().find(|step| step.info.name == "save").unwrap();
    assert_eq!((save.emitted, save.failed, save.recalled), (3, 0, 2));
}

impl Window {
    /// Runs the graph to its end; returns the name of the run.
    fn run(&mut self) -> String {
        let before = self.state().run;
        self.press(Modifiers::NONE, Key::F5);
        self.until("another run has ended", |window| window.state().run != before && window.state().ended.is_some());
        self.state().run
    }

    /// Returns the names of its runs, in order.
    fn runs(&self) -> Vec<String> {
        let workspace = Workspace::find(self.folder.path()).unwrap().unwrap();
        workspace.runs().all().unwrap().into_iter().map(|run| run.name).collect()
    }

    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        self.until(text, |window| window.harness.query_by_label_contains(text).is_some());
    }
}

/// Returns what the program around the window tells.
fn told(graph: &Path, about: &Inquiry) -> Vec<Line> {
    let host = Studio::new(packs::registry().unwrap(), None, &Panics::default());
    host.tell(Some(graph), about).unwrap().into_iter().flat_map(|section| section.lines).collect()
}

/// Writes the graph anew, with pictures of another width, and has the window read it.
fn widen(window: &mut Window) {
    let graph = GRAPH.replace("width: 2 ", "width: 3 ");
    assert_ne!(graph, GRAPH);
    std::fs::write(window.folder.path().join("graph.yaml"), graph).unwrap();
    window.wait_for("The file was changed on the disk");
    window.click("Read it again");
}

#[test]
fn two_runs_are_compared_and_pictures_looked_at() {
    let mut window = Window::open();
    window.run();
    widen(&mut window);
    let name = window.run();
    window.press(Modifiers::NONE, Key::F4);
    window.wait_for(&format!("Run {name} "));
    window.harness.get_by_label_contains(&format!("Run {name} ")).click();
    window.harness.run_steps(4);
    window.press(Modifiers::COMMAND, Key::F4);
    window.wait_for("width 2 › 3");
    let runs = window.runs();
    let compare = Inquiry::Compare { old: runs[0].clone(), new: runs[1].clone() };
    let lines = told(&window.folder.path().join("graph.yaml"), &compare);
    let image = lines.iter().find(|line| line.text.starts_with("a.png, image: ")).unwrap();
    let (old, new) = image.pair.as_ref().unwrap().read().unwrap();
    assert_eq!((old.summary(), new.summary()), ("image 2×2 rgba8".into(), "image 3×3 rgba8".into()));
}

#[test]
fn an_item_and_a_file_are_traced_to_what_they_were_made_of() {
    let mut window = Window::open();
    let name = window.run();
    let folder = window.folder.path().to_owned();
    let told = |traced: Traced, way: Way| told(&folder.join("graph.yaml"), &Inquiry::Lineage(traced, way));
    let text = |lines: &[Line]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let item = Traced::Item { run: name.clone(), step: "thumb".into(), key: "1".into() };
    let up = told(item.clone(), Way::Up);
    assert!(text(&up).contains("item 1 of `thumb`") && text(&up).contains("b.png"), "{}", text(&up));
    let steps: Vec<_> = up.iter().filter_map(|line| line.step.as_deref()).collect();
    assert_eq!(steps, ["thumb", "wait", "open", "find"]);
    let down = told(item, Way::Down);
    assert!(text(&down).contains("wrote") && text(&down).contains("out/b.png"), "{}", text(&down));
    let of_file = told(Traced::File(folder.join("out/a.png")), Way::Up);
    assert!(text(&of_file).contains(&name) && text(&of_file).contains("photos/a.png"), "{}", text(&of_file));
    let host = Studio::new(packs::registry().unwrap(), None, &Panics::default());
    let values = |step: &str, key: &str| host.values(Some(&folder.join("graph.yaml")), &name, (step, key));
    let [(port, value)] = &values("thumb", "1").unwrap()[..] else { panic!("one port gives a picture") };
    assert_eq!((port.as_str(), value.summary().as_str()), ("image", "image 2×2 rgba8"));
    assert!(values("thumb", "7").is_err() && values("save", "2").unwrap_err().contains("it failed"));
    let unknown = Inquiry::Lineage(Traced::File(folder.join("graph.yaml")), Way::Up);
    let refused = host.tell(Some(&folder.join("graph.yaml")), &unknown).unwrap_err();
    assert!(refused.contains("no run that is remembered here made or took"), "{refused}");
}
