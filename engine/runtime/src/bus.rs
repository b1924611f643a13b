//! The one ordered stream of a run's events: folded as they come, brought to the journal and then shown to watchers on a
//! thread of their own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use windlass_core::event::{Event, RunState, StepState, What};
use windlass_core::plan::StepId;
use windlass_core::secret::Secrets;
use windlass_store::journal::Ended;

use crate::keeping::Keeping;
use crate::options::Watcher;
use crate::tally::{Counts, Tally};

/// Events that may wait for watchers before splits stop admitting children.
const BACKLOG: usize = 4_096;

/// How long events gather before watchers are woken again: each waking takes a core from the work for a moment, and brings a
/// journal to the disk.
const PACE: Duration = Duration::from_millis(20);

/// How long they gather where many come.
const PACE_OF_MANY: Duration = Duration::from_millis(100);

/// So many events at once are many: nobody follows each of them.
const MANY: usize = 32;

/// How long what light steps do is counted before watchers are told.
const COUNTED_FOR: Duration = Duration::from_millis(100);

/// The stream of a run's events.
pub struct Bus {
    began: Instant,
    secrets: Secrets,
    state: Mutex<State>,
    /// Wakes the thread of the watchers.
    changed: Condvar,
    /// Wakes those who wait for the end.
    ended: Condvar,
    drained: Notify,
    /// What light steps have done and nobody was told yet.
    tallies: Vec<Tally>,
    tells_each_item: bool,
    /// Whether more events wait than should: what the lock guards, for who asks before each child.
    is_behind: AtomicBool,
}

#[derive(Default)]
struct State {
    next: u64,
    run: RunState,
    watched: bool,
    /// Whether the thread of the watchers sleeps until something happens.
    rests: bool,
    waiting: VecDeque<Event>,
    /// When what light steps do was last told, since the run began.
    counted_at: Duration,
    closed: bool,
    seen_all: bool,
}

/// Who is told what happens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audience {
    /// Whether there is anybody: watchers, or a journal.
    pub is_told: bool,
    /// Whether somebody wants to be told of each item of light steps.
    pub tells_each_item: bool,
}

impl Audience {
    /// Returns the audience of watchers, and of a journal where there is one.
    pub fn of(watchers: &[Box<dyn Watcher>], has_journal: bool) -> Self {
        Self {
            is_told: has_journal || !watchers.is_empty(),
            tells_each_item: watchers.iter().any(|watcher| watcher.wants_each_item()),
        }
    }
}

impl Bus {
    /// Begins the stream of a run with so many steps. What happens gathers until [`Bus::show_to`] is called, where
    /// somebody is to be told.
    pub fn new(secrets: Secrets, steps: usize, audience: Audience) -> Arc<Self> {
        let Audience { is_told, tells_each_item } = audience;
        let state = State { watched: is_told, seen_all: !is_told, ..State::default() };
        Arc::new(Self {
            began: Instant::now(),
            secrets,
            state: Mutex::new(state),
            changed: Condvar::new(),
            ended: Condvar::new(),
            drained: Notify::new(),
            tallies: (0..steps).map(|_| Tally::default()).collect(),
            is_behind: AtomicBool::new(false),
            tells_each_item,
        })
    }

    /// Brings every event to the journal, and then to the watchers, in order, on one thread, and none of the secrets.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn show_to(
        self: &Arc<Self>,
        mut watchers: Vec<Box<dyn Watcher>>,
        mut keeping: Option<Keeping>,
    ) -> std::io::Result<()> {
        if !watchers.is_empty() || keeping.is_some() {
            let bus = self.clone();
            let show = move || bus.show(&mut watchers, keeping.as_mut());
            std::thread::Builder::new().name("events".into()).spawn(show)?;
        }
        Ok(())
    }

    /// Adds what happened.
    pub fn send(&self, what: What) {
        let what = self.hidden(what);
        self.add(&mut self.lock(), what);
    }

    /// Returns whether somebody wants to be told of each item of light steps.
    pub fn tells_each_item(&self) -> bool {
        self.tells_each_item
    }

    /// Adds what a light step has done, to be told in time.
    pub fn count(&self, step: StepId, counts: &mut Counts) {
        if let Some(tally) = self.tallies.get(step)
            && *counts != Counts::default()
        {
            tally.add(counts);
        }
    }

    /// Adds what happened last, and ends the stream; what is sent later is dropped.
    pub fn send_last(&self, what: What) {
        let what = self.hidden(what);
        let mut state = self.lock();
        self.tell_counted(&mut state);
        self.add(&mut state, what);
        state.closed = true;
        self.changed.notify_all();
        self.ended.notify_all();
    }

    /// Looking for secrets takes its time, and is done before the lock is taken.
    fn hidden(&self, mut what: What) -> What {
        if !self.secrets.is_empty() {
            what.hide(&self.secrets);
        }
        what
    }

    /// Tells what all light steps have done, where that was told long ago.
    fn tell_counted_in_time(&self, state: &mut State) {
        let now = self.began.elapsed();
        if now.saturating_sub(state.counted_at) >= COUNTED_FOR {
            state.counted_at = now;
            self.tell_counted(state);
        }
    }

    /// Tells what all light steps have done.
    fn tell_counted(&self, state: &mut State) {
        for counted in self.tallies.iter().enumerate().filter_map(|(step, tally)| tally.take(step)) {
            self.add_one(state, counted);
        }
    }

    /// Adds what happened, behind what its step has done before.
    fn add(&self, state: &mut State, what: What) {
        let counted = what.step().and_then(|step| self.tallies.get(step)?.take(step));
        counted.into_iter().chain([what]).for_each(|what| self.add_one(state, what));
    }

    /// Adds an event, unless the stream has ended.
    fn add_one(&self, state: &mut State, what: What) {
        if !state.closed {
            self.append(state, what);
        }
    }

    fn append(&self, state: &mut State, what: What) {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let event = Event { seq: state.next, at_ms, what };
        state.next += 1;
        state.run.apply(&event);
        if state.watched {
            state.waiting.push_back(event);
            if state.waiting.len() == BACKLOG {
                self.is_behind.store(true, Ordering::SeqCst);
            }
            if state.rests || state.waiting.len() == BACKLOG / 2 {
                state.rests = false;
                self.changed.notify_all();
            }
        }
    }

    /// Returns what the run has come to, in figures; `None` before it has ended.
    pub fn totals(&self) -> Option<Ended> {
        let state = self.lock();
        let (outcome, _) = state.run.ended.as_ref()?;
        let sum = |count: fn(&StepState) -> u64| state.run.steps.iter().map(count).sum();
        Some(Ended {
            outcome: *outcome,
            emitted: sum(|step| step.emitted),
            skipped: sum(|step| step.skipped),
            failed: sum(|step| step.failed),
            handled: sum(|step| step.handled),
            open: sum(StepState::open),
            at_ms: state.run.at_ms,
        })
    }

    /// Returns the state of the run as of now.
    pub fn run_state(&self) -> RunState {
        let mut state = self.lock();
        self.tell_counted(&mut state);
        state.run.clone()
    }

    /// Returns whether the last event has been sent.
    pub fn has_ended(&self) -> bool {
        self.lock().closed
    }

    /// Returns whether watchers lag so far behind that sources should wait.
    pub fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::SeqCst)
    }

    /// Waits until watchers have caught up.
    pub async fn caught_up(&self) {
        loop {
            let drained = self.drained.notified();
            if !self.is_behind() {
                return;
            }
            drained.await;
        }
    }

    /// Blocks until the stream has ended and watchers have seen all of it.
    pub fn wait_closed(&self) {
        let mut state = self.lock();
        while !(state.closed && state.seen_all) {
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, watchers: &mut [Box<dyn Watcher>], mut keeping: Option<&mut Keeping>) {
        let _end = SeenAll(self);
        while let Some(batch) = self.next_batch() {
            if let Some(keeping) = &mut keeping {
                keeping.keep(&batch, self, watchers);
            }
            for event in &batch {
                watchers.iter_mut().for_each(|watcher| watcher.event(event));
            }
            self.drained.notify_waiters();
            self.pause(if batch.len() < MANY { PACE } else { PACE_OF_MANY });
        }
    }

    /// Lets events gather, unless the stream has ended or many wait already.
    fn pause(&self, pace: Duration) {
        let gathers = |state: &mut State| !state.closed && state.waiting.len() < BACKLOG / 2;
        drop(self.changed.wait_timeout_while(self.lock(), pace, gathers));
    }

    fn next_batch(&self) -> Option<VecDeque<Event>> {
        let mut state = self.lock();
        loop {
            self.tell_counted_in_time(&mut state);
            if !state.waiting.is_empty() {
                self.is_behind.store(false, Ordering::SeqCst);
                return Some(std::mem::take(&mut state.waiting));
            }
            if state.closed {
                return None;
            }
            state.rests = true;
            state = self.changed.wait_timeout(state, COUNTED_FOR).unwrap_or_else(PoisonError::into_inner).0;
            state.rests = false;
        }
    }
}

/// Says that nobody watches any more, also where a watcher panicked: the run must not wait for it.
struct SeenAll<'a>(&'a Bus);

impl Drop for SeenAll<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if std::thread::panicking() {
            let text = "what shows the events died of a bug; the run goes on unseen".to_owned();
            // The run may have ended before its end was shown.
            self.0.append(&mut state, What::Warning { text });
        }
        state.watched = false;
        state.seen_all = true;
        state.waiting.clear();
        self.0.is_behind.store(false, Ordering::SeqCst);
        self.0.ended.notify_all();
        self.0.drained.notify_waiters();
    }
}
