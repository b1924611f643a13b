//! What the benches of the window beside a run have in common: an engine around the window, and frames without a screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, vec2};
use rustix::time::{ClockId, clock_gettime};
use windlass_core::context::{Content, Files, IfExists, Saving};
use windlass_core::doc::{NoFiles, read};
use windlass_core::node::NodeError;
use windlass_core::plan::{Request, compile};
use windlass_core::registry::Registry;
use windlass_editor::{Ask, Begun, Editor, Host, Refusal};
use windlass_runtime::{Engine, Machine, RunOptions};

/// What a bench gives, or why it fails.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The key that runs a graph.
pub const F5: Event =
    Event::Key { key: Key::F5, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };

/// Draws a frame, as far as it is the processor's work; returns how much that was.
pub fn frame(ctx: &Context, editor: &mut Editor, events: Vec<Event>) -> Duration {
    let began = clock(ClockId::ThreadCPUTime);
    let screen = Rect::from_min_size(Pos2::ZERO, vec2(1920.0, 1080.0));
    let input = RawInput { screen_rect: Some(screen), focused: true, events, ..RawInput::default() };
    let output = ctx.run_ui(input, |ui| editor.ui(ui));
    std::hint::black_box(ctx.tessellate(output.shapes, output.pixels_per_point));
    clock(ClockId::ThreadCPUTime) - began
}

/// Returns what a clock of processor time says.
pub fn clock(which: ClockId) -> Duration {
    let time = clock_gettime(which);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Files that are never written.
struct Unwritten;

impl Files for Unwritten {
    fn save<'a>(&'a self, _: &'a str, _: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async { Err(NodeError::new("nothing is written here")) })
    }

    fn abandon(&self) {}
}

/// The program around the window.
pub struct Around {
    folder: PathBuf,
    engine: Engine,
}

impl Around {
    /// Starts an engine of two cores.
    pub fn new(folder: &Path) -> Result<Self> {
        let engine = Engine::new(Machine { cores: 2, memory_bytes: 256 << 20, devices: Vec::new() })?;
        Ok(Self { folder: folder.to_owned(), engine })
    }
}

impl Host for Around {
    fn registry(&self) -> Registry {
        let packs = [windlass_fault::pack(), windlass_files::pack(), windlass_image::pack()];
        Registry::new(packs).unwrap_or_default()
    }

    fn load(&self, _: &Path) -> std::result::Result<Vec<u8>, String> {
        Err("nothing is read".into())
    }

    fn recovery_folder(&self, _: Option<&Path>) -> PathBuf {
        self.folder.join("recovery")
    }

    fn window_file(&self, _: Option<&Path>) -> PathBuf {
        self.folder.join("window.json")
    }

    fn recent_file(&self) -> PathBuf {
        self.folder.join("recent.json")
    }

    fn templates(&self) -> Vec<windlass_editor::Template> {
        Vec::new()
    }

    fn start(&self, ask: Ask) -> std::result::Result<Begun, Refusal> {
        let registry = self.registry();
        let doc = read("graph", ask.text.unwrap_or_default().as_bytes(), Some(&ask.graph))
            .doc
            .ok_or(Refusal::Said("no graph".into()))?;
        let compiled = compile(&Request::new(&doc, &registry, &NoFiles));
        let plan = compiled.plan.ok_or(Refusal::Problems(compiled.problems))?;
        let (watchers, peeks) = (vec![ask.watcher], Some(ask.peeks));
        let options = RunOptions { watchers, peeks, ..RunOptions::new("beside", Arc::new(Unwritten)) };
        let run = self.engine.start(Arc::new(plan), options).map_err(|error| Refusal::Said(error.to_string()))?;
        Ok(Begun { run, warned: Default::default() })
    }
}
