//! A run that is watched by its journal, until it ends or its process is gone.

use std::io;

use crate::journal::{Follower, Place, Record, Told};
use crate::runs::Run;

/// Tells the journal of a run, and how the run stands once it has told all that is there.
pub struct Watch {
    run: Run,
    follower: Follower,
    /// The part of the run that said how it ended; another process may have gone on with it.
    ended_in: Option<usize>,
    /// Whether a process worked on the run when it was looked at the last time but one.
    was_alive: bool,
    /// Whether one does, asked before what is there is told: what a process has said by then is told.
    is_alive: Option<bool>,
    has_told: bool,
}

/// What is seen next of a run.
#[derive(Debug, PartialEq)]
pub enum Sight {
    /// Something stands in its journal.
    Told(Told),
    /// Nothing more is there yet; it may be looked again.
    Quiet,
    /// It has ended, and all of it was told. Another process may go on with it later.
    Ended,
    /// Its process is gone, and has not said how it ended. Another process may go on with it later.
    Killed,
}

impl Watch {
    pub(super) fn new(run: Run) -> Self {
        let follower = run.follow();
        Self { run, follower, ended_in: None, was_alive: true, is_alive: None, has_told: false }
    }

    /// Returns what comes next.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    #[expect(clippy::should_implement_trait, reason = "it goes on behind an end, and errors are no items")]
    pub fn next(&mut self) -> io::Result<Sight> {
        loop {
            let is_alive = self.alive()?;
            if let Some(told) = self.follower.next()? {
                return Ok(Sight::Told(self.note(told)));
            }
            let (was_alive, has_told) = (self.was_alive, self.has_told);
            (self.was_alive, self.is_alive, self.has_told) = (is_alive, None, false);
            match self.ended_in {
                // Much may have come while that was told.
                _ if has_told => {}
                Some(part) if part == self.follower.part() => return Ok(Sight::Ended),
                // A process that is just beginning is not seen to live for a moment, so a dead one is looked at twice.
                _ if !is_alive && !was_alive => return Ok(Sight::Killed),
                _ => return Ok(Sight::Quiet),
            }
        }
    }

    /// Returns the place in the journal of what comes next.
    pub fn place(&self) -> Place {
        self.follower.place()
    }

    fn alive(&mut self) -> io::Result<bool> {
        if let Some(is_alive) = self.is_alive {
            return Ok(is_alive);
        }
        let is_alive = self.run.is_alive()?;
        self.is_alive = Some(is_alive);
        Ok(is_alive)
    }

    fn note(&mut self, told: Told) -> Told {
        self.has_told = true;
        if matches!(told, Told::Record(Record::Ended(_))) {
            self.ended_in = Some(self.follower.part());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use windlass_core::event::Outcome;

    use super::*;
    use crate::SimulatedDisk;
    use crate::journal::{Began, Ended};
    use crate::runs::Runs;

    fn seen(watch: &mut Watch) -> (usize, Sight) {
        let mut told = 0;
        loop {
            match watch.next().unwrap() {
                Sight::Told(_) => told += 1,
                sight => return (told, sight),
            }
        }
    }

    #[test]
    fn a_run_is_watched_through_being_killed_and_resumed_to_its_end() {
        let runs = Runs::new(Arc::new(SimulatedDisk::default()), Some("/runs".into()));
        let outcome = Outcome::Finished;
        let ended = Ended { outcome, emitted: 1, skipped: 0, failed: 0, handled: 0, open: 0, at_ms: 9 };
        let first = runs.begin("a").unwrap().unwrap();
        let mut watch = runs.named("a").unwrap().watch();
        assert_eq!(seen(&mut watch), (0, Sight::Quiet));
        first.append(&Record::Began(Box::default())).unwrap();
        first.commit_all().unwrap();
        assert_eq!(seen(&mut watch), (1, Sight::Quiet));
        drop(first);
        assert_eq!(seen(&mut watch), (0, Sight::Quiet), "a dead one is looked at twice");
        assert_eq!(seen(&mut watch), (0, Sight::Killed));
        let second = runs.begin("a").unwrap().unwrap();
        second.append(&Record::Began(Box::<Began>::default())).unwrap();
        second.append(&Record::Ended(ended)).unwrap();
        second.commit_all().unwrap();
        assert_eq!(seen(&mut watch), (2, Sight::Ended), "also before its process is gone");
        assert_eq!(seen(&mut watch), (0, Sight::Ended));
    }
}
