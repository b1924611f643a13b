//! The clocks of leases: one that only runs on, to wait by, and that of the wall, to be shown to people.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What time it is, and how to let some pass.
pub trait Clock: Send + Sync {
    /// Returns the time since some moment; it never runs back, and stands still while the machine sleeps.
    fn now(&self) -> Duration;
    /// Returns the wall clock, in milliseconds since 1970-01-01 UTC; it may be wrong, and be set anew at any time.
    fn unix_ms(&self) -> u64;
    /// Comes back after a time.
    fn sleep(&self, time: Duration);
}

/// The clocks of the machine.
pub struct RealClock(Instant);

impl Default for RealClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
