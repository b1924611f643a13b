//! Says from time to time that the holders of leases live, on a thread that lives as long as there are any.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::Builder;
use std::time::Duration;

use super::file::Held;

/// How many times in its time to live a lease is said to be held.
const BEATS: u32 = 3;

/// The leases of this process.
#[derive(Default)]
pub struct Keeping(Mutex<State>);

#[derive(Default)]
struct State {
    held: Vec<Weak<Held>>,
    has_thread: bool,
}

impl Keeping {
    /// Keeps a lease until it is given back.
    ///
    /// # Errors
    /// Says why no thread can be started.
    pub fn add(self: &Arc<Self>, held: &Arc<Held>, ttl: Duration) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.push(Arc::downgrade(held));
        if !state.has_thread {
            let keeping = self.clone();
            let beat = move || while keeping.beat_after(ttl / BEATS) {};
            Builder::new().name("leases".into()).spawn(beat)?;
            state.has_thread = true;
        }
        Ok(())
    }

    /// Returns whether there is still something to be kept.
    fn beat_after(&self, wait: Duration) -> bool {
        std::thread::sleep(wait);
        let held: Vec<_> = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.held.retain(|held| held.strong_count() > 0);
            state.has_thread = !state.held.is_empty();
            state.held.iter().filter_map(Weak::upgrade).collect()
        };
        held.iter().for_each(|held| held.beat());
        !held.is_empty()
    }
}
