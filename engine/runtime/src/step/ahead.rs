//! Takes over what the job of the step before has done ahead.

use std::sync::atomic::Ordering;

use super::Step;
use super::join::Joined;
use crate::chain::Computed;
use crate::suspended::Polled;
use crate::worker::{Firing, FiringResult, attempt, firing_begins};

impl Step {
    /// Takes over a firing that the step before has done ahead; it needs nothing any more, and nothing holds it back.
    pub(super) fn take_computed(&mut self) -> bool {
        let computed = self.ready.iter().enumerate().find_map(|(at, item)| Some((at, item.computed()?)));
        let Some((at, computed)) = computed else { return false };
        let Some(Joined { place, token, slots, .. }) = self.ready.remove(at) else { return false };
        let Computed { polled, retry, took, has_noted, known } = *computed;
        self.worker(self.id).doors.has_noted.fetch_or(has_noted, Ordering::AcqRel);
        self.shared.bus.send(firing_begins(self.id, &place, 1));
        self.running += 1;
        let first = Firing::first(self.id, place, token, retry);
        let mut firing = Firing { said: 1, known, _held: slots, ..first };
        let result = match polled {
            Polled::Came(Ok(gave)) => FiringResult::Gave(gave),
            Polled::Came(Err(error)) => {
                firing.retry.failed.push(attempt(&error, took));
                FiringResult::Failed(error)
            }
            Polled::Waits(code) => {
                self.hand_over(firing, Some(code));
                return true;
            }
        };
        self.fired(firing.end(result, took, None));
        true
    }
}
