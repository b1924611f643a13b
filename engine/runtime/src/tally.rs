//! What light steps have done, counted where nobody wants to be told of each item, and told from time to time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use windlass_core::event::What;
use windlass_core::plan::StepId;

/// What a step has done since it was last told.
#[derive(Default)]
pub struct Tally {
    admitted: AtomicU64,
    emitted: AtomicU64,
    skipped: AtomicU64,
    took_ns: AtomicU64,
}

/// What a step has done and not yet added to its tally.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items whose inputs came together.
    pub admitted: u64,
    /// Items that left with a value.
    pub emitted: u64,
    /// Items that left without one.
    pub skipped: u64,
    /// How long the code ran.
    pub took: Duration,
}

impl Tally {
    /// Adds what was counted, and sets the counts back.
    pub fn add(&self, counts: &mut Counts) {
        let Counts { admitted, emitted, skipped, took } = std::mem::take(counts);
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // Admissions first: whoever takes the counts meanwhile must not see more items leave than came.
        let all =
            [(&self.admitted, admitted), (&self.emitted, emitted), (&self.skipped, skipped), (&self.took_ns, took_ns)];
        for (sum, count) in all.into_iter().filter(|(_, count)| *count > 0) {
            sum.fetch_add(count, Ordering::AcqRel);
        }
    }

    /// Takes what has been counted, as an event; `None` where that is nothing.
    pub fn take(&self, step: StepId) -> Option<What> {
        let took_ns = take(&self.took_ns);
        let (skipped, emitted, admitted) = (take(&self.skipped), take(&self.emitted), take(&self.admitted));
        let is_nothing = admitted == 0 && emitted == 0 && skipped == 0 && took_ns == 0;
        let took_ms = Duration::from_nanos(took_ns).as_secs_f64() * 1_000.0;
        (!is_nothing).then_some(What::Counted { step, admitted, emitted, skipped, took_ms })
    }
}

/// Most of the time nothing has been counted, and looking is cheaper than taking.
fn take(count: &AtomicU64) -> u64 {
    if count.load(Ordering::Acquire) == 0 { 0 } else { count.swap(0, Ordering::AcqRel) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_once() {
        let tally = Tally::default();
        let mut counts = Counts { admitted: 3, emitted: 1, skipped: 1, took: Duration::from_millis(2) };
        tally.add(&mut counts);
        assert_eq!(counts, Counts::default());
        tally.add(&mut Counts { emitted: 1, ..Counts::default() });
        let told = What::Counted { step: 4, admitted: 3, emitted: 2, skipped: 1, took_ms: 2.0 };
        assert_eq!(tally.take(4), Some(told));
        assert_eq!(tally.take(4), None);
    }
}
