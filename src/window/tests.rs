//! The window with the program around it: runs that are taken up, by its own buttons.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tempfile::TempDir;
use windlass_core::event::{Outcome, RunState};
use windlass_editor::Editor;
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
