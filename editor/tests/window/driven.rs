//! A window in a test: a graph in a folder of its own, and what a person does with it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use egui::{Event, Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tempfile::TempDir;
use windlass_core::doc::{GraphDoc, NodeDoc};
use windlass_core::registry::Registry;
use windlass_core::sections::Section;
use windlass_core::value::{Image, Value};
use windlass_editor::commands::{ALL, find};
use windlass_editor::{Ask, Begun, Editor, Errand, Host, Inquiry, Refusal, Traced};
use windlass_runtime::Services;
use windlass_store::Workspace;
use windlass_store::runs::{Run, Runs};
use windlass_store::steering::{self, Became};

/// The program around the window, as far as the window needs one.
struct Around {
    folder: PathBuf,
    /// Those of the engine of the run that was started last.
    services: Mutex<Option<Services>>,
    errands: Arc<Mutex<Vec<Errand>>>,
}

impl Host for Around {
    fn registry(&self) -> Registry {
        let packs = [windlass_flow::pack(), windlass_files::pack(), windlass_text::pack(), windlass_image::pack()];
        Registry::new(packs.into_iter().chain([super::services::pack().importer(super::dropped::Other)])).unwrap()
    }

    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }

    fn recovery_folder(&self, graph: Option<&Path>) -> PathBuf {
        let workspace = self.folder.join("workspace");
        if graph.is_some() && workspace.exists() { workspace.join("recovery") } else { self.folder.join("recovery") }
    }

    fn window_file(&self, _: Option<&Path>) -> PathBuf {
        self.folder.join("kept/window.json")
    }

    fn recent_file(&self) -> PathBuf {
        self.folder.join("kept/recent.json")
    }

    fn templates(&self) -> Vec<windlass_editor::Template> {
        vec![windlass_editor::Template {
            title: "Contact sheet".into(),
            doc: "Pictures on a sheet".into(),
            text: super::GRAPH.replace("loose", "sheet"),
        }]
    }

    fn act(&self, service: &str, action: &str) -> Result<(), String> {
        let services = self.services.lock().unwrap().clone().unwrap();
        let answer = services.act(service, action).map_err(|error| error.to_string())?;
        answer.blocking_recv().unwrap().map_err(|error| error.to_string())
    }

    fn picture(&self, bytes: &[u8]) -> Result<Image, String> {
        let decoded = windlass_image::codecs::decode(bytes, &Default::default());
        decoded.map(|decoded| decoded.image).map_err(|error| error.to_string())
    }

    fn runs(&self, graph: Option<&Path>) -> Result<Runs, String> {
        let found = Workspace::find(graph.and_then(Path::parent).unwrap_or(&self.folder));
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.unwrap_or_else(Workspace::none).runs())
    }

    fn steer(&self, run: &Run, what: steering::Ask) -> Result<(), String> {
        match run.ask(what) {
            Ok(Became::Taken(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    fn answer(&self, _: Option<&Path>, run: &Run, (step, key): (&str, &str), typed: &str) -> Result<(), String> {
        Err(format!("{} of {step} {key} was told {typed}", run.name))
    }

    fn tell(&self, _: Option<&Path>, about: &Inquiry) -> Result<Vec<Section>, String> {
        match about {
            Inquiry::Lineage(Traced::File(path), _) if !path.exists() => Err("no run made it".into()),
            _ => Ok(super::told::sections(about)),
        }
    }

    fn values(&self, _: Option<&Path>, run: &str, item: (&str, &str)) -> Result<Vec<(String, Value)>, String> {
        super::told::values(run, item)
    }

    fn start(&self, ask: Ask) -> Result<Begun, Refusal> {
        self.errands.lock().unwrap().push(ask.errand.clone());
        super::running::start(&self.registry(), ask, &self.services)
    }
}

/// A window in a test.
pub struct Window {
    pub harness: Harness<'static, Editor>,
    pub folder: Folder,
    errands: Arc<Mutex<Vec<Errand>>>,
}

/// The folder that a window is opened in.
pub struct Folder {
    path: PathBuf,
    /// Removed with the test, where it is the test's own.
    _own: Option<TempDir>,
}

impl Folder {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl From<TempDir> for Folder {
    fn from(own: TempDir) -> Self {
        Self { path: own.path().to_owned(), _own: Some(own) }
    }
}

impl From<&Path> for Folder {
    fn from(path: &Path) -> Self {
        Self { path: path.to_owned(), _own: None }
    }
}

impl Window {
    /// Opens a graph.
    pub fn open(graph: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("graph.yaml"), graph).unwrap();
        Self::in_folder(folder)
    }

    /// Opens the graph of a folder.
    pub fn in_folder(folder: impl Into<Folder>) -> Self {
        let folder = folder.into();
        let errands = Arc::default();
        let host = Arc::new(Around {
            folder: folder.path().to_owned(),
            services: Mutex::default(),
            errands: Arc::clone(&errands),
        });
        let graph = folder.path().join("graph.yaml");
        let context = egui::Context::default();
        let mut editor = Editor::new(&context, host);
        if graph.exists() {
            editor.open(&graph);
        }
        let builder = Harness::builder().with_size(vec2(1600.0, 1000.0)).with_max_steps(60);
        let install = move |ctx: &egui::Context| Editor::install(ctx);
        let harness =
            builder.with_context_setup(install).build_ui_state(|ui, editor: &mut Editor| editor.ui(ui), editor);
        let mut window = Self { harness, folder, errands };
        window.settle();
        window
    }

    /// Draws until nothing asks for more.
    pub fn settle(&mut self) {
        self.harness.run_steps(4);
        while self.editor().is_saving() || self.editor().is_looking_at_files() {
            std::thread::sleep(std::time::Duration::from_millis(1));
            self.harness.run_steps(4);
        }
        // What was said at the end of saving is laid out in one frame, and seen in the next.
        self.harness.run_steps(2);
    }

    /// Returns what runs were asked to do, in order.
    pub fn errands(&self) -> Vec<Errand> {
        self.errands.lock().unwrap().clone()
    }

    pub fn editor(&self) -> &Editor {
        self.harness.state()
    }

    pub fn doc(&self) -> &GraphDoc {
        self.editor().tab().document.doc()
    }

    pub fn doc_node(&self, id: &str) -> &NodeDoc {
        &self.doc().nodes[id]
    }

    pub fn has(&self, id: &str) -> bool {
        self.doc().nodes.contains_key(id)
    }

    pub fn selected(&self) -> Vec<String> {
        self.editor().tab().selection.nodes.iter().cloned().collect()
    }

    /// Returns the text of the file.
    pub fn file(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("graph.yaml")).unwrap()
    }

    /// Returns where a node is seen.
    #[track_caller]
    pub fn node(&self, id: &str) -> Rect {
        self.harness.get_by_label(&format!("Node {id}")).rect()
    }

    /// Returns where a port of a node is seen.
    #[track_caller]
    pub fn port(&self, id: &str, side: windlass_editor::Side, port: &str) -> Pos2 {
        let tab = self.editor().tab();
        let node = tab.scene.node(id).unwrap();
        tab.view.to_screen(tab.window, node.at + node.port_offset(side, port).unwrap())
    }

    /// Returns a place on the canvas where nothing is.
    pub fn nowhere(&self) -> Pos2 {
        self.editor().tab().window.left_bottom() + vec2(40.0, -40.0)
    }

    #[track_caller]
    pub fn click_node(&mut self, id: &str) {
        self.click_node_with(id, Modifiers::NONE);
    }

    #[track_caller]
    pub fn click_node_with(&mut self, id: &str, modifiers: Modifiers) {
        let rect = self.node(id);
        self.click_at(rect.center_top() + vec2(0.0, 8.0), modifiers);
    }

    pub fn click_at(&mut self, at: Pos2, modifiers: Modifiers) {
        self.harness.hover_at(at);
        self.harness.step();
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            self.harness.event_modifiers(Event::PointerButton { pos: at, button, pressed, modifiers }, modifiers);
            self.harness.step();
        }
        self.pass_time();
    }

    pub fn double_click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.step();
        // Both clicks within the time that a person takes, which the harness counts by its steps.
        for _ in 0..2 {
            for pressed in [true, false] {
                let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
                self.harness.input_mut().events.push(Event::PointerButton { pos: at, button, pressed, modifiers });
            }
        }
        self.harness.step();
        self.settle();
    }

    /// Lets enough time pass that the next click is not the second of two.
    fn pass_time(&mut self) {
        self.harness.run_steps(4);
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        for share in [0.3, 0.7, 1.0] {
            self.harness.hover_at(from + (to - from) * share);
            self.harness.step();
        }
        self.harness.drop_at(to);
        self.settle();
    }

    pub fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Performs a command by its keys.
    #[track_caller]
    pub fn command(&mut self, id: &str) {
        let command = find(id).unwrap_or_else(|| panic!("there is no command `{id}`"));
        match id {
            "copy" => self.harness.event(Event::Copy),
            "cut" => self.harness.event(Event::Cut),
            "paste" => self.harness.event(Event::Paste(self.copied())),
            _ => {
                let keys = command.keys.unwrap();
                self.harness.key_press_modifiers(keys.modifiers, keys.logical_key);
            }
        }
        self.settle();
    }

    /// Returns the text that was copied last.
    pub fn copied(&self) -> String {
        self.editor().copied().unwrap_or_default().to_owned()
    }

    /// Clicks what has a name in the accessibility tree.
    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    /// Picks a line of a menu with the pointer.
    #[track_caller]
    pub fn pick(&mut self, menu: &str, line: &str) {
        for label in [menu, line] {
            let at = self.harness.get_by_label(label).rect().center();
            self.click_at(at, Modifiers::NONE);
        }
        self.settle();
    }

    /// Types into what has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// Takes what stands in a field away, and types something else.
    pub fn retype(&mut self, text: &str) {
        self.press(Modifiers::COMMAND, Key::A);
        self.type_text(text);
    }

    pub fn enter(&mut self) {
        self.press(Modifiers::NONE, Key::Enter);
    }
}

/// Returns the names of all commands.
pub fn all_commands() -> Vec<&'static str> {
    ALL.iter().map(|command| command.id).collect()
}
