//! Frames of the window without a screen: layout and tessellation, in processor time, for small and large graphs, fitted into
//! view and with some thirty nodes in it.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use egui::{Context, Pos2, RawInput, Rect, vec2};
use windlass_core::registry::Registry;
use windlass_editor::{Ask, Begun, Editor, Host, Refusal};

/// Size of the window in points.
const SIZE: [f32; 2] = [1920.0, 1080.0];

struct Around(PathBuf);

impl Host for Around {
    fn registry(&self) -> Registry {
        Registry::new([windlass_image::pack()]).unwrap_or_default()
    }

    fn load(&self, _: &Path) -> Result<Vec<u8>, String> {
        Err("nothing is read".into())
    }

    fn recovery_folder(&self, _: Option<&Path>) -> PathBuf {
        self.0.clone()
    }

    fn window_file(&self, _: Option<&Path>) -> PathBuf {
        self.0.join("window.json")
    }

    fn recent_file(&self) -> PathBuf {
        self.0.join("recent.json")
    }

    fn templates(&self) -> Vec<windlass_editor::Template> {
        Vec::new()
    }

    fn start(&self, _: Ask) -> Result<Begun, Refusal> {
        Err(Refusal::Said("nothing runs".into()))
    }
}

/// Returns a graph of so many nodes in a square, each with two wires but the first ones.
fn graph(nodes: usize) -> String {
    let side = (nodes as f64).sqrt().ceil() as usize;
    let (mut text, mut places) = ("windlass: 1\nnodes:\n".to_owned(), String::new());
    for at in 0..nodes {
        // Writing to a text cannot fail.
        let _ = write!(text, "  n{at}: {{ kind: image.resize");
        if at > side {
            let _ = write!(text, ", inputs: {{ image: n{}.image, width: n{}.image }}", at - 1, at - side);
        }
        text.push_str(" }\n");
        let _ = write!(places, "n{at}: [{}, {}], ", at % side * 260, at / side * 220);
    }
    format!("{text}layout:\n  nodes: {{ {places} }}\n")
}

struct Bench {
    ctx: Context,
    editor: Editor,
}

impl Bench {
    fn new(folder: &Path, nodes: usize) -> Self {
        let path = folder.join(format!("{nodes}.yaml"));
        let ctx = Context::default();
        Editor::install(&ctx);
        let mut editor = Editor::new(&ctx, Arc::new(Around(folder.to_owned())));
        if std::fs::write(&path, graph(nodes)).is_ok() {
            editor.open(&path);
        }
        let mut bench = Self { ctx, editor };
        for _ in 0..3 {
            bench.frame();
        }
        assert_eq!(bench.editor.tab().scene.nodes.len(), nodes, "the graph is open");
        bench
    }

    /// Draws a frame, as far as it is the processor's work.
    fn frame(&mut self) -> usize {
        let screen = Rect::from_min_size(Pos2::ZERO, vec2(SIZE[0], SIZE[1]));
        let input = RawInput { screen_rect: Some(screen), focused: true, ..RawInput::default() };
        let mut output = self.ctx.run_ui(input, |ui| self.editor.ui(ui));
        output.textures_delta.clear();
        black_box(self.ctx.tessellate(output.shapes, output.pixels_per_point)).len()
    }

    fn look_at_thirty(&mut self) {
        self.editor.show_middle(0.9);
        self.frame();
    }
}

fn frames(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let mut group = criterion.benchmark_group("frames");
    group.sample_size(30);
    for nodes in [100, 1_000, 5_000] {
        let mut bench = Bench::new(folder.path(), nodes);
        group.bench_function(format!("{nodes} nodes, fitted"), |bencher| bencher.iter(|| bench.frame()));
        bench.look_at_thirty();
        group.bench_function(format!("{nodes} nodes, thirty in view"), |bencher| bencher.iter(|| bench.frame()));
    }
    group.finish();
}

/// Reads a graph file and shows it, until its first frame is drawn.
fn opening(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let mut group = criterion.benchmark_group("opening");
    group.sample_size(10);
    group.bench_function("5000 nodes", |bencher| bencher.iter(|| Bench::new(folder.path(), 5_000).frame()));
    group.finish();
}

criterion_group!(benches, frames, opening);
criterion_main!(benches);
