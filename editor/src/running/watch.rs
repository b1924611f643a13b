//! Folding the events of a run where they come, and handing what they come to over to the window, at most 30 times a
//! second. The run never waits for the window.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use egui::Context;
use windlass_core::event::{Event, RunState, What};
use windlass_runtime::Watcher;

use super::items::Items;
use super::logs::Logs;
use super::times::{Spread, Times};

/// How long what happened waits to be drawn.
const PACE: Duration = Duration::from_millis(33);
/// Over how long rates are measured, in milliseconds.
const RATE_MS: u64 = 1_000;

/// How many items take as much memory as the times of a step.
const ITEMS_PER_TIMES: usize = 4;

/// What is known of a run.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// Its state.
    pub state: RunState,
    /// The newest items.
    pub items: Items,
    /// The newest lines of its log.
    pub logs: Logs,
    /// Items a second, by step.
    pub rates: Vec<f32>,
    /// How long items take, by step.
    pub spreads: Vec<Option<Spread>>,
}

/// What a run has told, and the window has not seen.
pub struct Seen {
    shared: Arc<Shared>,
}

struct Shared {
    folding: Mutex<Folding>,
    has_news: AtomicBool,
    ctx: Context,
}

/// What the events of a run come to for the window.
#[derive(Clone, Default)]
pub(super) struct Folding {
    state: RunState,
    items: Items,
    rates: Vec<f32>,
    logs: Logs,
    times: Vec<Times>,
    spreads: Vec<Option<Spread>>,
    /// How many items each step had done, and when.
    measured: Vec<u64>,
    measured_at_ms: u64,
}

impl Seen {
    /// Begins with nothing.
    pub fn new(ctx: Context) -> Self {
        Self { shared: Arc::new(Shared { folding: Mutex::default(), has_news: AtomicBool::new(false), ctx }) }
    }

    /// Returns what has to see the events.
    pub fn watcher(&self) -> impl Watcher + 'static {
        Fold { shared: self.shared.clone(), told: None }
    }

    /// Shows what was folded elsewhere.
    pub(super) fn show(&self, folding: &Folding) {
        self.shared.lock().clone_from(folding);
        self.shared.has_news.store(true, Ordering::Release);
        self.shared.ctx.request_repaint();
    }

    /// Takes over what has happened since the last time; returns whether anything has.
    pub fn take(&self, into: &mut Folded) -> bool {
        if !self.shared.has_news.swap(false, Ordering::AcqRel) {
            return false;
        }
        let folding = self.shared.lock();
        into.state.clone_from(&folding.state);
        into.items.clone_from(&folding.items);
        into.logs.clone_from(&folding.logs);
        into.rates.clone_from(&folding.rates);
        into.spreads.clone_from(&folding.spreads);
        true
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Folding> {
        self.folding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Fold {
    shared: Arc<Shared>,
    told: Option<Instant>,
}

impl Watcher for Fold {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event) {
        self.shared.lock().take_in(event);
        if !self.shared.has_news.swap(true, Ordering::AcqRel) {
            let since = self.told.map_or(PACE, |told| told.elapsed());
            self.told = Some(Instant::now());
            self.shared.ctx.request_repaint_after(PACE.saturating_sub(since));
        }
    }
}

impl Folding {
    /// Returns the state of the run.
    pub(super) fn state(&self) -> &RunState {
        &self.state
    }

    /// Returns how many items are kept of all steps; what is counted of times takes as much as some more.
    pub(super) fn item_count(&self) -> usize {
        let counted = self.times.iter().filter(|times| !times.is_empty()).count();
        self.items.count() + counted * ITEMS_PER_TIMES
    }

    /// Counts how long an item took; what comes of that is looked at with the rates, and when a step has ended.
    fn time(&mut self, event: &Event) {
        match &event.what {
            What::RunStarted { steps, .. } => {
                self.times = vec![Times::default(); steps.len()];
                self.spreads = vec![None; steps.len()];
            }
            What::Done { step, took_ms: Some(took_ms), .. } => {
                self.times.get_mut(*step).into_iter().for_each(|times| times.note(*took_ms));
            }
            What::StepFinished { step } => self.spread(*step),
            What::RunFinished { .. } => (0..self.times.len()).for_each(|step| self.spread(step)),
            _ => {}
        }
    }

    fn spread(&mut self, step: usize) {
        if let Some((times, spread)) = self.times.get(step).zip(self.spreads.get_mut(step)) {
            *spread = times.spread();
        }
    }

    /// Takes one more event in.
    pub(super) fn take_in(&mut self, event: &Event) {
        self.state.apply(event);
        self.items.take_in(event);
        self.time(event);
        self.logs.take_in(event);
        let passed = event.at_ms.saturating_sub(self.measured_at_ms);
        if passed < RATE_MS && self.measured.len() == self.state.steps.len() {
            return;
        }
        let done: Vec<_> = self.state.steps.iter().map(|step| step.done()).collect();
        self.rates = done
            .iter()
            .enumerate()
            .map(|(step, done)| {
                let before = self.measured.get(step).copied().unwrap_or_default();
                done.saturating_sub(before) as f32 * 1_000.0 / passed.max(1) as f32
            })
            .collect();
        (self.measured, self.measured_at_ms) = (done, event.at_ms);
        (0..self.times.len()).for_each(|step| self.spread(step));
    }
}
