//! The one ordered stream of a run's events: folded as they come, shown to watchers on a thread of their own.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use windlass_core::event::{Event, RunState, What};
use windlass_core::secret::Secrets;

use crate::options::Watcher;

/// Events that may wait for watchers before splits stop admitting children.
const BACKLOG: usize = 4_096;

/// How long events gather before watchers are woken again: each waking takes a core from the work for a moment.
const PACE: Duration = Duration::from_millis(20);

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
}

#[derive(Default)]
struct State {
    next: u64,
    run: RunState,
    watched: bool,
    waiting: VecDeque<Event>,
    closed: bool,
    seen_all: bool,
}

impl Bus {
    /// Starts the stream. Watchers see every event in order, on one thread, and none of the secrets.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn start(mut watchers: Vec<Box<dyn Watcher>>, secrets: Secrets) -> std::io::Result<Arc<Self>> {
        let state = State { watched: !watchers.is_empty(), seen_all: watchers.is_empty(), ..State::default() };
        let bus = Arc::new(Self {
            began: Instant::now(),
            secrets,
            state: Mutex::new(state),
            changed: Condvar::new(),
            ended: Condvar::new(),
            drained: Notify::new(),
        });
        if !watchers.is_empty() {
            let bus = bus.clone();
            std::thread::Builder::new().name("events".into()).spawn(move || bus.show(&mut watchers))?;
        }
        Ok(bus)
    }

    /// Adds what happened.
    pub fn send(&self, what: What) {
        let what = self.hidden(what);
        self.add(&mut self.lock(), what);
    }

    /// Adds what happened last, and ends the stream; what is sent later is dropped.
    pub fn send_last(&self, what: What) {
        let what = self.hidden(what);
        let mut state = self.lock();
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

    fn add(&self, state: &mut State, what: What) {
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
            if state.waiting.len() == 1 || state.waiting.len() == BACKLOG / 2 {
                self.changed.notify_all();
            }
        }
    }

    /// Returns the state of the run as of now.
    pub fn run_state(&self) -> RunState {
        self.lock().run.clone()
    }

    /// Returns whether watchers lag so far behind that sources should wait.
    pub fn is_behind(&self) -> bool {
        self.lock().waiting.len() >= BACKLOG
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

    fn show(&self, watchers: &mut [Box<dyn Watcher>]) {
        let _end = SeenAll(self);
        while let Some(batch) = self.next_batch() {
            for event in &batch {
                watchers.iter_mut().for_each(|watcher| watcher.event(event));
            }
            self.drained.notify_waiters();
            self.pause();
        }
    }

    /// Lets events gather, unless the stream has ended or many wait already.
    fn pause(&self) {
        let gathers = |state: &mut State| !state.closed && state.waiting.len() < BACKLOG / 2;
        drop(self.changed.wait_timeout_while(self.lock(), PACE, gathers));
    }

    fn next_batch(&self) -> Option<VecDeque<Event>> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Some(std::mem::take(&mut state.waiting))
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
        self.0.ended.notify_all();
        self.0.drained.notify_waiters();
    }
}
