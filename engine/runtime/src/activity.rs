//! Whether anything is under way: messages, firings, timers. When nothing is, the run has ended, waits, or is stuck.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

type OnQuiet = Box<dyn Fn() + Send + Sync>;

/// Counts what is under way.
#[derive(Default)]
pub struct Activity {
    count: AtomicI64,
    begun: AtomicU64,
    on_quiet: OnceLock<OnQuiet>,
}

impl Activity {
    /// Says whom to tell when nothing is under way any more; only the first call counts.
    pub fn on_quiet(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.on_quiet.set(Box::new(tell));
    }

    /// Counts one more thing until the guard is dropped.
    pub fn begin(self: &Arc<Self>) -> Busy {
        // In this order, what begins and ends while `quiet_since` looks changes what it answers next.
        self.count.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    /// Returns a number that stays the same as long as nothing begins; `None` while anything is under way.
    pub fn quiet_since(&self) -> Option<u64> {
        let begun = self.begun.load(Ordering::SeqCst);
        (self.count.load(Ordering::SeqCst) == 0).then_some(begun)
    }
}

/// One thing under way.
pub struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(tell) = self.0.on_quiet.get()
        {
            tell();
        }
    }
}
