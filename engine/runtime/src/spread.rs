//! The cores that one firing may use: its own, or all while some are idle.
//!
//! Nodes divide work such as the rows of a picture by rayon. While each core has a firing of its own, dividing gains nothing
//! and costs a tenth of the time and more: pieces wait for each other, on threads whose memory is cold. So a compute thread is
//! a pool of one for rayon, and a firing that finds a core idle moves to a pool of all of them. One does at a time: in a pool
//! of several, a thread that waits for its pieces would begin somebody else's firing on top, and hang with it.
//!
//! Between two firings of a stream a core is idle for a moment, too. To move for that would make the memory of all threads of the
//! pool grow for nothing, so the cores must have been idle for a while.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Makes this thread a pool of its own, as long as what is returned is kept: what is divided on it stays on it. `None` where
/// that is refused; then work is divided among threads of the whole process, which is slower.
pub fn pool_of_one() -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok()
}

/// How long ago each core must have had a firing last.
const LULL: Duration = Duration::from_millis(50);

/// Gives firings the cores that nobody else uses.
pub struct Spread {
    cores: usize,
    lull: Duration,
    /// Firings under way.
    busy: AtomicUsize,
    /// When each core had a firing last.
    was_full: Mutex<Option<Instant>>,
    wide: Mutex<Wide>,
}

/// The pool of all cores.
#[derive(Default)]
struct Wide {
    is_taken: bool,
    /// Made for the first that needs it.
    pool: Option<Arc<ThreadPool>>,
}

/// Where a firing may divide its work, until it leaves.
pub struct Place {
    spread: Arc<Spread>,
    /// The pool of all cores, for the firing that has it.
    pool: Option<Arc<ThreadPool>>,
    is_left: AtomicBool,
}

impl Spread {
    /// Divides what is left of so many cores.
    pub fn new(cores: usize) -> Self {
        Self::with_lull(cores, LULL)
    }

    fn with_lull(cores: usize, lull: Duration) -> Self {
        Self { cores, lull, busy: AtomicUsize::new(0), was_full: Mutex::default(), wide: Mutex::default() }
    }

    /// Finds a place for a firing that begins.
    pub fn enter(self: &Arc<Self>) -> Place {
        let others = self.busy.fetch_add(1, Ordering::Relaxed);
        if others + 1 >= self.cores {
            self.note_full();
        }
        let pool = if others + 1 < self.cores && self.is_idle() { self.take_wide() } else { None };
        Place { spread: self.clone(), pool, is_left: AtomicBool::new(false) }
    }

    /// Takes note that each core has a firing.
    fn note_full(&self) {
        *self.was_full.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns whether it is a while ago that each core had a firing.
    fn is_idle(&self) -> bool {
        let was_full = self.was_full.lock().unwrap_or_else(PoisonError::into_inner);
        was_full.is_none_or(|then| then.elapsed() >= self.lull)
    }

    /// Takes the pool of all cores; `None` where another firing has it, or the machine has no threads for it.
    fn take_wide(&self) -> Option<Arc<ThreadPool>> {
        let mut wide = self.wide();
        if wide.is_taken {
            return None;
        }
        if wide.pool.is_none() {
            let named = |number| format!("spread-{number}");
            wide.pool = ThreadPoolBuilder::new().num_threads(self.cores).thread_name(named).build().ok().map(Arc::new);
        }
        wide.is_taken = wide.pool.is_some();
        wide.pool.clone()
    }

    fn wide(&self) -> MutexGuard<'_, Wide> {
        self.wide.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Fires on this thread, or in the pool of all cores.
    pub fn run<R: Send>(&self, fire: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(fire),
            None => fire(),
        }
    }

    /// Gives the place back, once.
    pub fn leave(&self) {
        self.give_back(|wide| wide.is_taken = false);
    }

    /// Gives the place of a firing back that does not come to its end. A thread of its pool hangs with it: the next one who
    /// needs a pool gets another.
    pub fn abandon(&self) {
        self.give_back(|wide| *wide = Wide::default());
    }

    fn give_back(&self, wide: impl FnOnce(&mut Wide)) {
        if self.is_left.swap(true, Ordering::AcqRel) {
            return;
        }
        if self.spread.busy.fetch_sub(1, Ordering::Relaxed) >= self.spread.cores {
            self.spread.note_full();
        }
        if self.pool.is_some() {
            wide(&mut self.spread.wide());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns among how many threads work is divided that is done here.
    fn threads() -> usize {
        rayon::current_num_threads()
    }

    fn eager(cores: usize) -> Arc<Spread> {
        Arc::new(Spread::with_lull(cores, Duration::ZERO))
    }

    #[test]
    fn a_moment_between_two_firings_of_a_stream_is_not_used() {
        let _pool = pool_of_one();
        let spread = Arc::new(Spread::with_lull(2, Duration::from_secs(3600)));
        let first = spread.enter();
        assert_eq!(first.run(threads), 2, "nothing has fired before");
        let second = spread.enter();
        first.leave();
        second.leave();
        assert_eq!(spread.enter().run(threads), 1, "each core had its firing a moment ago");
    }

    #[test]
    fn a_firing_has_all_cores_while_one_is_idle() {
        let _pool = pool_of_one();
        let spread = eager(2);
        let first = spread.enter();
        assert_eq!(first.run(threads), 2, "nobody else fires");
        assert_eq!(spread.enter().run(threads), 1, "each core has its firing");
        first.leave();
        assert_eq!(spread.enter().run(threads), 2, "the other one has ended");
        drop(first);
        assert_eq!(spread.enter().run(threads), 2, "a place is given back once");
        assert_eq!(eager(1).enter().run(threads), 1, "there is one core");
    }

    #[test]
    fn one_firing_at_a_time_is_in_the_pool_of_all_cores() {
        let _pool = pool_of_one();
        let spread = eager(8);
        let first = spread.enter();
        assert_eq!((first.run(threads), spread.enter().run(threads)), (8, 1));
    }

    #[test]
    fn a_firing_that_hangs_takes_no_cores_away() {
        let _pool = pool_of_one();
        let spread = eager(2);
        let hung = spread.enter();
        hung.abandon();
        let next = spread.enter();
        assert_eq!(next.run(threads), 2, "its core counts as idle");
        let pools = [&hung, &next].map(|place| place.pool.as_ref().map(Arc::as_ptr));
        assert!(pools[1].is_some() && pools[0] != pools[1], "a thread of the first pool hangs");
        hung.leave();
        assert_eq!(spread.enter().run(threads), 1, "what comes back late gives nothing back twice");
    }
}
