//! The figures of a run that has not said how it ended: counted from its journal, a part at a time.

use std::io;
use std::time::Instant;

use windlass_core::event::RunState;
use windlass_store::journal::{Record, Told};
use windlass_store::runs::{Run, Sight, Watch};

use super::list::Figures;

/// Between so many records it is looked at the time.
const LOT: usize = 2_048;

/// What the journal of a run has told so far.
pub struct Tally {
    watch: Watch,
    state: RunState,
}

impl Tally {
    /// Begins with nothing.
    pub fn new(run: &Run) -> Self {
        Self { watch: run.watch(), state: RunState::default() }
    }

    /// Reads on, until all that is there was read or it is late. Returns whether all was read.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn read_on(&mut self, late: Instant) -> io::Result<bool> {
        loop {
            for _ in 0..LOT {
                match self.watch.next()? {
                    Sight::Told(Told::Record(Record::Event(event))) => self.state.apply(&event),
                    Sight::Told(_) => {}
                    Sight::Quiet | Sight::Ended | Sight::Killed => return Ok(true),
                }
            }
            if Instant::now() >= late {
                return Ok(false);
            }
        }
    }

    /// Returns the figures so far.
    pub fn figures(&self) -> Figures {
        let steps = &self.state.steps;
        let sum = |of: fn(&windlass_core::event::StepState) -> u64| steps.iter().map(of).sum();
        Figures {
            done: sum(|step| step.emitted + step.skipped),
            failed: sum(|step| step.failed),
            at_ms: self.state.at_ms,
        }
    }
}
