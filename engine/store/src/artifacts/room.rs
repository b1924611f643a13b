//! How much room kept values may take: beyond that, nothing is kept that can be computed again.
//!
//! It is measured on the disk, and counted up by what this process keeps. What other processes keep meanwhile is seen when it is
//! measured again, so several together may go beyond the limit by what they keep in that time. Deliberately absent: making room,
//! which is for `gc` alone.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a measurement counts once it says that there is no room.
const MEASURED_FOR: Duration = Duration::from_secs(10);

/// How much room values may take.
pub(super) struct Room {
    limit_bytes: u64,
    taken: Mutex<Option<Taken>>,
}

struct Taken {
    bytes: u64,
    measured: Instant,
}

impl Room {
    /// Returns as much room as a setting allows.
    pub(super) fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, taken: Mutex::default() }
    }

    /// Returns whether so many bytes more may be kept, and counts them as kept then.
    pub(super) fn take(&self, bytes: u64, measure: impl Fn() -> u64) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let measured = || Taken { bytes: measure(), measured: Instant::now() };
        let known = taken.get_or_insert_with(measured);
        if known.bytes.saturating_add(bytes) > self.limit_bytes && known.measured.elapsed() > MEASURED_FOR {
            *known = measured();
        }
        let fits = known.bytes.saturating_add(bytes) <= self.limit_bytes;
        if fits {
            known.bytes += bytes;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn room_is_measured_once_and_counted_from_there() {
        let (room, measured) = (Room::new(100), Cell::new(0));
        let take = |bytes| {
            room.take(bytes, || {
                measured.set(measured.get() + 1);
                60
            })
        };
        assert_eq!([take(30), take(11), take(10), take(1)], [true, false, true, false]);
        assert_eq!(measured.get(), 1);
        assert!(!Room::new(100).take(1, || u64::MAX));
    }
}
