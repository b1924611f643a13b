//! Frames of a large graph while it runs: states, figures, wires that fill, and pictures on nodes.
//!
//! `cargo bench -p windlass-editor --bench live` runs 5,000 nodes with 9,998 wires, 200 of them with pictures, and draws frame after
//! frame: all of it fitted into view, and then some thirty nodes; and 1,000 nodes fitted. It prints the processor time of layout and
//! tessellation, and ends with 1 where the median is above 8 ms, or 4 ms for 1,000 nodes; `-- --frames N` changes how many.

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use egui::Context;
use support::{Around, F5, Result, frame};
use windlass_editor::Editor;

/// Nodes that have a picture.
const PICTURES: usize = 200;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let frames = match &args[..] {
        [] => 300,
        [flag, value] if flag == "--frames" => value.parse::<usize>()?.max(1),
        _ => return Err("the flag is --frames N".into()),
    };
    let large = measure(5_000, frames)?;
    let small = measure(1_000, frames)?;
    let are_good = [
        judge("5,000 nodes, fitted", large[0], 8),
        judge("5,000 nodes, thirty in view", large[1], 8),
        judge("1,000 nodes, fitted", small[0], 4),
    ];
    if are_good.contains(&false) { Err("frames take too long".into()) } else { Ok(()) }
}

/// Prints the median beside the aim, and returns whether it is reached.
fn judge(what: &str, [median, longest]: [Duration; 2], most_ms: u64) -> bool {
    println!("{what}: median {median:.1?}, longest {longest:.1?}, aimed for at most {most_ms} ms");
    median <= Duration::from_millis(most_ms)
}

/// Runs a graph in a window; returns median and longest frame, fitted and with some thirty nodes in view.
fn measure(nodes: usize, frames: usize) -> Result<[[Duration; 2]; 2]> {
    let folder = tempfile::tempdir()?;
    let graph = folder.path().join("graph.yaml");
    std::fs::write(&graph, text(nodes)?)?;
    let ctx = Context::default();
    Editor::install(&ctx);
    let mut editor = Editor::new(&ctx, Arc::new(Around::new(folder.path())?));
    editor.open(&graph);
    for _ in 0..20 {
        frame(&ctx, &mut editor, Vec::new());
    }
    frame(&ctx, &mut editor, vec![F5]);
    wait_for_pictures(&ctx, &mut editor)?;
    let fitted = drawn(&ctx, &mut editor, frames)?;
    editor.show_middle(0.9);
    for _ in 0..40 {
        frame(&ctx, &mut editor, Vec::new());
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("{} pictures in view", editor.tab().live.previews.len());
    let thirty = drawn(&ctx, &mut editor, frames)?;
    let run = editor.tab().run.as_ref().ok_or("it does not run")?;
    println!(
        "{} steps, {} items done by the last of them",
        run.state().steps.len(),
        run.state().steps.last().map_or(0, |step| step.emitted)
    );
    run.stop();
    Ok([fitted, thirty])
}

/// Lets the run go on until every picture was made.
fn wait_for_pictures(ctx: &Context, editor: &mut Editor) -> Result<()> {
    for _ in 0..3_000 {
        frame(ctx, editor, Vec::new());
        let run = editor.tab().run.as_ref().ok_or("it was refused")?;
        let has_made = |step: &&windlass_core::event::StepState| step.info.kind == "image.resize" && step.emitted > 0;
        if run.state().steps.iter().filter(has_made).count() == PICTURES {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("the pictures were not made within a minute".into())
}

fn drawn(ctx: &Context, editor: &mut Editor, frames: usize) -> Result<[Duration; 2]> {
    let mut took: Vec<_> = (0..frames).map(|_| frame(ctx, editor, Vec::new())).collect();
    let run = editor.tab().run.as_ref().ok_or("it does not run")?;
    if !run.is_active() {
        return Err("the run has ended before it was measured".into());
    }
    took.sort();
    Ok([took[took.len() / 2], took[took.len() - 1]])
}

/// Writes a graph in a square: pictures in its middle, and numbers around them that go from node to node, two wires to each.
fn text(nodes: usize) -> Result<String> {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/samples/photos").canonicalize()?;
    let side = (nodes as f64).sqrt().ceil() as usize;
    let place = |at: usize| (at % side, at / side);
    let far = |at: &usize| {
        let (x, y) = place(*at);
        x.abs_diff(side / 2).pow(2) + y.abs_diff(side / 2).pow(2)
    };
    let mut cells: Vec<_> = (0..nodes).collect();
    cells.sort_by_key(far);
    let mut numbers = cells.split_off(PICTURES + 2);
    // Row by row, so that wires lead to neighbours.
    numbers.sort_unstable();
    let pictures = &cells;
    let mut text = "windlass: 1\nnodes:\n".to_owned();
    writeln!(text, "  find: {{ kind: files.glob, params: {{ folder: {}, pattern: \"*.jpg\" }} }}", photos.display())?;
    text.push_str("  open: { kind: image.open, inputs: { file: find.file } }\n");
    for number in 0..PICTURES {
        writeln!(
            text,
            "  p{number}: {{ kind: image.resize, params: {{ width: 160 }}, inputs: {{ image: open.image }} }}"
        )?;
    }
    text.push_str("  n0: { kind: fault.split, params: { count: 1000000000 } }\n");
    for number in 1..numbers.len() {
        // A few have a third wire, so that all together have as many as two for each node.
        let third = if number % 24 == 0 { format!(", n{}.out", number.saturating_sub(2)) } else { String::new() };
        let from = [number - 1, number.saturating_sub(side)].map(|from| format!("n{from}.out")).join(", ");
        writeln!(text, "  n{number}: {{ kind: fault.join, inputs: {{ values: [{from}{third}] }} }}")?;
    }
    let names =
        ["find".to_owned(), "open".to_owned()].into_iter().chain((0..PICTURES).map(|number| format!("p{number}")));
    let names = names.zip(pictures).chain((0..numbers.len()).map(|number| format!("n{number}")).zip(&numbers));
    let places: Vec<_> =
        names.map(|(name, at)| format!("{name}: [{}, {}]", place(*at).0 * 260, place(*at).1 * 320)).collect();
    Ok(format!("{text}layout:\n  nodes: {{ {} }}\n", places.join(", ")))
}
