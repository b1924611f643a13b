//! A run of many light items in the same process as the window: what the window costs the run, and the run the window.
//!
//! `cargo bench -p windlass-editor --bench beside` lets 1,000,000 items through ten light nodes, in alternating rounds without
//! a window and with one that draws whenever it is asked to. It ends with 1 where a frame took 16 ms of processor time or
//! more (layout and tessellation), or where an item cost over 5 % more of it with the window; `-- --items N --rounds N`
//! changes the run.

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use egui::Context;
use rustix::time::ClockId;
use support::{Around, F5, Result, clock, frame};
use windlass_core::event::Event as Told;
use windlass_editor::{Ask, Editor, Errand, Host};
use windlass_runtime::Watcher;

/// How many light nodes an item goes through.
const NODES: u32 = 10;
/// The longest that a frame may take, of processor time.
const FRAME: Duration = Duration::from_millis(16);
/// How much more an item may cost beside a window.
const ENOUGH: f64 = 1.05;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (mut items, mut rounds) = (1_000_000, 5);
    for pair in args.chunks(2) {
        match pair {
            [flag, value] if flag == "--items" => items = value.parse::<u32>()?.max(1),
            [flag, value] if flag == "--rounds" => rounds = value.parse::<u32>()?.max(1),
            _ => return Err("flags are --items N, --rounds N".into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let graph = folder.path().join("graph.yaml");
    std::fs::write(&graph, text(items)?)?;
    let host = Arc::new(Around::new(folder.path())?);
    let (mut ratios, mut longest) = (Vec::new(), Duration::ZERO);
    for round in 1..=rounds {
        let alone = headless(&host, &graph)?;
        let (beside, mut frames) = with_window(&host, &graph)?;
        frames.sort();
        let last = *frames.last().ok_or("no frame was drawn")?;
        let each = |took: Duration| took.as_nanos() as f64 / f64::from(items);
        println!(
            "round {round}: an item {:.0} ns without a window, {:.0} ns beside one; {} frames, median {:.1} ms, longest {:.1} ms",
            each(alone),
            each(beside),
            frames.len(),
            frames[frames.len() / 2].as_secs_f64() * 1e3,
            last.as_secs_f64() * 1e3,
        );
        ratios.push(each(beside) / each(alone));
        longest = longest.max(last);
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    println!(
        "an item costs {ratio:.3} times as much, aimed for at most {ENOUGH}; the longest frame {longest:.1?} of {FRAME:.1?}"
    );
    if ratio <= ENOUGH && longest < FRAME { Ok(()) } else { Err("it costs too much".into()) }
}

/// Writes a split and a row of light nodes behind it.
fn text(items: u32) -> Result<String> {
    let mut text = format!("windlass: 1\nnodes:\n  n0: {{ kind: fault.split, params: {{ count: {items} }} }}\n");
    for number in 1..=NODES {
        writeln!(text, "  n{number}: {{ kind: fault.next, inputs: {{ value: n{}.out }} }}", number - 1)?;
    }
    Ok(text)
}

/// Lets the graph run without a window; returns the processor time.
fn headless(host: &Arc<Around>, graph: &Path) -> Result<Duration> {
    let ask = Ask {
        graph: graph.to_owned(),
        text: Some(std::fs::read_to_string(graph)?),
        errand: Errand::Whole,
        granted: Vec::new(),
        watcher: Box::new(Idle),
        peeks: Arc::default(),
    };
    let spent = Spent::now();
    let begun = host.start(ask).map_err(|refusal| format!("{refusal:?}"))?;
    begun.run.wait();
    Ok(spent.beside_this_thread())
}

/// Lets the graph run from a window; returns the processor time of all but drawing, and that of each frame.
fn with_window(host: &Arc<Around>, graph: &Path) -> Result<(Duration, Vec<Duration>)> {
    let ctx = Context::default();
    Editor::install(&ctx);
    let wanted = Arc::new(Wanted::default());
    let wants = wanted.clone();
    ctx.set_request_repaint_callback(move |info| wants.frame_at(Instant::now() + info.delay));
    let mut editor = Editor::new(&ctx, host.clone());
    editor.open(graph);
    for _ in 0..20 {
        frame(&ctx, &mut editor, Vec::new());
    }
    let spent = Spent::now();
    let mut frames = vec![frame(&ctx, &mut editor, vec![F5])];
    let is_over = |editor: &Editor| editor.tab().run.as_ref().is_none_or(|run| run.state().ended.is_some());
    while !is_over(&editor) {
        wanted.wait();
        frames.push(frame(&ctx, &mut editor, Vec::new()));
    }
    let took = spent.beside_this_thread();
    let run = editor.tab().run.as_ref().ok_or("it did not run")?;
    let last = run.state().steps.last().ok_or("no step")?;
    println!("{} items came through", last.emitted);
    Ok((took, frames))
}

/// When the next frame is wanted.
#[derive(Default)]
struct Wanted {
    at: Mutex<Option<Instant>>,
    changed: Condvar,
}

impl Wanted {
    fn frame_at(&self, at: Instant) {
        let mut wanted = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        *wanted = Some(wanted.map_or(at, |known| known.min(at)));
        self.changed.notify_one();
    }

    /// Waits until a frame is due.
    fn wait(&self) {
        let mut wanted = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            let left = wanted.map_or(Duration::from_secs(1), |at| at.saturating_duration_since(now));
            if left.is_zero() {
                *wanted = None;
                return;
            }
            wanted = self.changed.wait_timeout(wanted, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Processor time of the process and of this thread.
struct Spent {
    process: Duration,
    thread: Duration,
}

impl Spent {
    fn now() -> Self {
        Self { process: clock(ClockId::ProcessCPUTime), thread: clock(ClockId::ThreadCPUTime) }
    }

    /// Returns what all other threads have spent since.
    fn beside_this_thread(&self) -> Duration {
        let now = Self::now();
        (now.process - self.process).saturating_sub(now.thread - self.thread)
    }
}

/// Sees the events of a run without a window, as a journal would.
struct Idle;

impl Watcher for Idle {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, _: &Told) {}
}
