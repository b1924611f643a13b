//! Bars for people at a terminal: a line for each step, drawn a few times a second whatever the number of events.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use windlass_core::event::{Event, Fate, What};
use windlass_runtime::Watcher;

use super::Detail;
use super::live::Live;
use super::plain::{held_up, news, trouble};
use super::screen::Screen;
use super::summary::cause_of_any;
use crate::terminal::{Paint, one_line, shortened};
use windlass_core::figures::{about, per_second, thousands};

const FRAME: Duration = Duration::from_millis(80);
const DRAWN_HZ: u8 = 15;
const NAME_CHARS: usize = 24;
/// Below so many columns there are figures and no bars.
const NARROW: usize = 70;
const MAX_BAR: usize = 40;
const RATE_CHARS: usize = 6;
const ITEMS_SHOWN: usize = 2;
/// More causes than this are left to the summary.
const MAX_TOLD: usize = 100;
/// Lines kept free below the bars for the overview and the prompt.
const SPARE_ROWS: usize = 3;
const ROWS_WHERE_UNKNOWN: usize = 24;

/// Bars that are being drawn.
pub struct Bars {
    canvas: MultiProgress,
    stop: SyncSender<()>,
    drawing: JoinHandle<()>,
}

/// Feeds the bars.
pub struct Feed {
    live: Arc<Mutex<Live>>,
    canvas: MultiProgress,
    paint: Paint,
    detail: Detail,
    told: BTreeSet<(usize, String)>,
}

impl Bars {
    /// Starts to draw.
    ///
    /// # Errors
    /// Says why the thread that draws cannot be started.
    pub fn start(detail: Detail, flag: &str) -> io::Result<(Self, Feed)> {
        let ends_in_bar = Arc::new(AtomicBool::new(false));
        let screen = Box::new(Screen::stderr(ends_in_bar.clone()));
        let canvas = MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(screen, DRAWN_HZ));
        let live = Arc::new(Mutex::new(Live::of(flag)));
        let (stop, stopped) = sync_channel(1);
        let mut picture = Picture::new(canvas.clone(), ends_in_bar);
        let shown = live.clone();
        let drawing = Builder::new().name("windlass-bars".into()).spawn(move || {
            while stopped.recv_timeout(FRAME) == Err(RecvTimeoutError::Timeout) {
                let mut live = locked(&shown);
                live.catch_up();
                picture.draw(&live);
            }
            picture.clear();
        })?;
        Ok((
            Self { canvas: canvas.clone(), stop, drawing },
            Feed { live, canvas, paint: Paint::stderr(), detail, told: BTreeSet::new() },
        ))
    }

    /// Returns what the bars are drawn on, to say something above them.
    pub fn canvas(&self) -> MultiProgress {
        self.canvas.clone()
    }

    /// Stops drawing and takes the bars away.
    pub fn finish(self) {
        let _ = self.stop.send(());
        let _ = self.drawing.join();
    }
}

fn locked(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed {
    /// Returns what is said above the bars: the first failure of each cause, for the summary counts the others.
    fn lines(&mut self, event: &Event, live: &Live) -> Vec<String> {
        match &event.what {
            What::Done { step, name, fate: Fate::Failed { causes, .. }, .. } => {
                let new =
                    self.told.len() < MAX_TOLD && self.told.insert((*step, cause_of_any(&causes.join(": "), name)));
                if new { trouble(event, live, self.paint) } else { Vec::new() }
            }
            What::Log { .. } if self.detail == Detail::Logs => news(&event.what, live).into_iter().collect(),
            _ => trouble(event, live, self.paint),
        }
    }
}

impl Watcher for Feed {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event) {
        let shared = self.live.clone();
        let lines = {
            let mut live = locked(&shared);
            live.apply(event);
            self.lines(event, &live)
        };
        for line in lines {
            let _ = self.canvas.println(line);
        }
    }

    fn held_up(&mut self, cause: &str) {
        let _ = self.canvas.println(held_up(cause));
    }
}

/// The lines on the canvas.
struct Picture {
    canvas: MultiProgress,
    steps: Vec<Option<ProgressBar>>,
    overview: Option<ProgressBar>,
    /// Tells the screen that the overview stands below everything.
    ends_in_bar: Arc<AtomicBool>,
    paint: Paint,
    rows: usize,
}

impl Picture {
    fn new(canvas: MultiProgress, ends_in_bar: Arc<AtomicBool>) -> Self {
        let rows = console_rows().saturating_sub(SPARE_ROWS).max(1);
        Self { canvas, steps: Vec::new(), overview: None, ends_in_bar, paint: Paint::stderr(), rows }
    }

    /// Takes everything away at once; without a target, the bars that are dropped do not draw once more.
    fn clear(self) {
        let _ = self.canvas.clear();
        self.canvas.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn draw(&mut self, live: &Live) {
        self.steps.resize(live.state.steps.len(), None);
        let columns = Columns::of(live, console_columns());
        for step in 0..self.steps.len() {
            self.draw_step(live, step, &columns);
        }
        self.draw_overview(live);
    }

    /// Draws all steps where there is room, else those that are under way.
    fn draw_step(&mut self, live: &Live, step: usize, columns: &Columns) {
        let state = &live.state.steps[step];
        let crowded = self.steps.len() > self.rows;
        if crowded && (state.first_ms.is_none() || state.finished) {
            if let Some(bar) = self.steps[step].take() {
                bar.finish_and_clear();
            }
            return;
        }
        let before = self.steps[..step].iter().filter(|bar| bar.is_some()).count();
        let canvas = &self.canvas;
        let bar = self.steps[step].get_or_insert_with(|| canvas.insert(before, ProgressBar::no_length()));
        paint_step(bar, live, step, columns, self.paint);
    }

    fn draw_overview(&mut self, live: &Live) {
        if live.state.steps.is_empty() {
            return;
        }
        let canvas = &self.canvas;
        let bar = self.overview.get_or_insert_with(|| {
            canvas.add(ProgressBar::no_length().with_style(style("{spinner} {elapsed} {wide_msg}")))
        });
        bar.set_message(overview(live));
        bar.tick();
        self.ends_in_bar.store(true, Ordering::Relaxed);
    }
}

/// Returns how the run as a whole stands.
fn overview(live: &Live) -> String {
    match (&live.state.stopping, &live.state.paused, live.remaining_ms()) {
        (Some(cause), ..) => format!("stopping: {}", one_line(cause)),
        (_, Some(cause), _) => format!("paused: {}", one_line(cause)),
        (_, _, Some(ms)) => format!("{} left", about(ms)),
        _ => String::new(),
    }
}

/// How wide the columns of all steps are.
struct Columns {
    name: usize,
    bar: usize,
    done: usize,
}

impl Columns {
    fn of(live: &Live, width: usize) -> Self {
        let steps = 0..live.state.steps.len();
        let names = live.state.steps.iter().map(|step| one_line(&step.info.name).chars().count());
        Self {
            name: names.max().unwrap_or(0).min(NAME_CHARS),
            bar: if width < NARROW { 0 } else { (width / 4).min(MAX_BAR) },
            done: steps.map(|step| done_of(live, step).len()).max().unwrap_or(0),
        }
    }

    /// Returns what a line looks like; where a total is not known, the place of its bar stays empty.
    fn style(&self, knows_total: bool) -> ProgressStyle {
        let name = format!("{{prefix:{}}}", self.name);
        let bar = match (self.bar, knows_total) {
            (0, _) => String::new(),
            (columns, true) => format!(" [{{bar:{columns}}}]"),
            (columns, false) => " ".repeat(columns + 3),
        };
        style(&format!("{name}{bar} {{wide_msg}}"))
    }
}

fn paint_step(bar: &ProgressBar, live: &Live, step: usize, columns: &Columns, paint: Paint) {
    let state = &live.state.steps[step];
    let total = live.state.total(step);
    bar.set_style(columns.style(total.is_some()));
    if let Some(total) = total {
        bar.set_length(total);
    }
    bar.set_prefix(shortened(&one_line(&state.info.name), columns.name));
    bar.set_position(state.done());
    bar.set_message(figures_of(live, step, columns, paint));
}

fn style(template: &str) -> ProgressStyle {
    let bar = ProgressStyle::default_bar();
    bar.clone().template(template).unwrap_or(bar).progress_chars("=> ")
}

fn figures_of(live: &Live, step: usize, columns: &Columns, paint: Paint) -> String {
    let state = &live.state.steps[step];
    let rate = live.rate(step).filter(|_| state.done() > 1).map(per_second).unwrap_or_default();
    let mut parts = vec![format!("{:>1$}  {rate:>RATE_CHARS$}", done_of(live, step), columns.done)];
    if state.failed > 0 {
        parts.push(paint.red(&format!("{} failed", thousands(state.failed))));
    }
    parts.extend(running(live, step).map(|names| paint.dim(&names)));
    parts.join("  ")
}

/// Returns `12/300`, or `12` where nobody knows how many there will be.
fn done_of(live: &Live, step: usize) -> String {
    let of = live.state.total(step).map(|total| format!("/{}", thousands(total))).unwrap_or_default();
    format!("{}{of}", thousands(live.state.steps[step].done()))
}

fn running(live: &Live, step: usize) -> Option<String> {
    let names: Vec<_> = live.running(step).take(ITEMS_SHOWN).map(|name| shortened(&one_line(name), 24)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn console_rows() -> usize {
    console::Term::stderr().size_checked().map_or(ROWS_WHERE_UNKNOWN, |(rows, _)| rows.into())
}

fn console_columns() -> usize {
    console::Term::stderr().size_checked().map_or(NARROW, |(_, columns)| columns.into())
}
