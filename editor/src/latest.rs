//! Work beside the window on the newest of what it is given: what comes while it waits or works takes the place of what was there.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A thread that works on the newest. Dropped, it finishes what it was given.
pub struct Latest<T> {
    shared: Arc<Shared<T>>,
    pace: Duration,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: Option<T>,
    is_busy: bool,
    closed: bool,
}

impl<T: Send + 'static> Latest<T> {
    /// Starts the thread. `pace` is how long it lets things gather before it works on the newest.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(name: &str, pace: Duration, work: impl FnMut(T) + Send + 'static) -> io::Result<Self> {
        let state = State { waiting: None, is_busy: false, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let worker = shared.clone();
        std::thread::Builder::new().name(name.into()).spawn(move || worker.work(pace, work))?;
        Ok(Self { shared, pace })
    }

    /// Hands something over, in place of what still waits.
    pub fn give(&self, what: T) {
        self.shared.lock().waiting = Some(what);
        self.shared.changed.notify_all();
    }
}

impl<T> Drop for Latest<T> {
    /// Lets the rest be done, but does not wait for ever: a disk may hang.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.shared.changed.notify_all();
        while state.is_busy || state.waiting.is_some() {
            let waited = self.shared.changed.wait_timeout(state, self.pace);
            let (next, late) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if late.timed_out() {
                return;
            }
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, pace: Duration, mut work: impl FnMut(T)) {
        while let Some(what) = self.next(pace) {
            work(what);
            self.lock().is_busy = false;
            self.changed.notify_all();
        }
    }

    /// Waits for something to do, and then for more of it.
    fn next(&self, pace: Duration) -> Option<T> {
        let mut state = self.lock();
        while state.waiting.is_none() {
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            let waited = self.changed.wait_timeout_while(state, pace, |state| !state.closed);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_busy = true;
        state.waiting.take()
    }
}
