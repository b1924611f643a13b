//! The cores that one firing may use: its own, or all while some are idle.
//!
//! Nodes divide work such as the rows of a picture by rayon. While each core has a firing of its own, dividing gains nothing
//! and costs a tenth of the time and more: pieces wait for each other, on threads whose memory is cold. So a compute thread is
//! a pool of one for rayon, and a firing that finds a core idle moves to a pool of all of them. One does at a time: in a pool
//! of several, a thread that waits for its pieces would begin somebody else's firing on top, and hang with it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Makes this thread a pool of its own, for as long as it lives: what is divided on it stays on it.
pub fn keep_to_this_thread() {
    // Where that is refused, work is divided among the threads of the whole process, which is slower.
    drop(ThreadPoolBuilder::new().num_threads(1).use_current_thread().build());
}

/// Gives firings the cores that nobody else uses.
pub struct Spread {
    cores: usize,
    /// Firings under way.
    busy: AtomicUsize,
    /// Whether a firing is in the pool of all cores.
    is_taken: AtomicBool,
    /// Made for the first that needs it; `None` where the machine has no threads for it.
    pool: OnceLock<Option<ThreadPool>>,
}

impl Spread {
    /// Divides what is left of so many cores.
    pub fn new(cores: usize) -> Self {
        Self { cores, busy: AtomicUsize::new(0), is_taken: AtomicBool::new(false), pool: OnceLock::new() }
    }

    /// Fires on this thread, or on all cores where one of them is idle.
    pub fn run<R: Send>(&self, fire: impl FnOnce() -> R + Send) -> R {
        let others = self.busy.fetch_add(1, Ordering::Relaxed);
        let is_wide = others + 1 < self.cores && !self.is_taken.swap(true, Ordering::Acquire);
        let made = match is_wide.then(|| self.pool()).flatten() {
            Some(pool) => pool.install(fire),
            None => fire(),
        };
        if is_wide {
            self.is_taken.store(false, Ordering::Release);
        }
        self.busy.fetch_sub(1, Ordering::Relaxed);
        made
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let named = |number| format!("spread-{number}");
        let build = || ThreadPoolBuilder::new().num_threads(self.cores).thread_name(named).build().ok();
        self.pool.get_or_init(build).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::thread;

    use super::*;

    /// Returns how many threads divide work that is done here.
    fn threads() -> usize {
        rayon::current_num_threads()
    }

    #[test]
    fn a_firing_has_all_cores_while_one_is_idle() {
        let spread = Spread::new(2);
        let ((release, held), (began, begun)) = (sync_channel::<()>(0), sync_channel(0));
        thread::scope(|scope| {
            keep_to_this_thread();
            scope.spawn(|| {
                spread.run(move || {
                    began.send(threads()).unwrap();
                    held.recv().unwrap();
                });
            });
            assert_eq!(begun.recv(), Ok(2), "nobody else fires");
            assert_eq!(spread.run(threads), 1, "each core has its firing");
            release.send(()).unwrap();
        });
        assert_eq!(spread.run(threads), 2, "the other one has ended");
        assert_eq!(Spread::new(1).run(threads), 1, "there is one core");
    }

    #[test]
    fn one_firing_at_a_time_is_in_the_pool_of_all_cores() {
        let spread = Spread::new(8);
        keep_to_this_thread();
        assert_eq!(spread.run(|| spread.run(threads)), 8, "the thread that waits is of the pool");
        let inner = spread.run(|| {
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    keep_to_this_thread();
                    spread.run(|| thread::current().name().map(str::to_owned))
                });
                other.join().unwrap()
            })
        });
        assert_eq!(inner, None, "it stays on its thread, which has no name");
    }
}
