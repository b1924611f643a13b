//! Brings what happens to the journal before anybody is told of it, and holds the run back while the disk takes nothing.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use windlass_core::event::{Event, Outcome, What};
use windlass_core::node::{NodeError, explain_io};
use windlass_store::artifacts::CannotKeep;
use windlass_store::journal::{Journal, Record, Ticket};

use crate::bus::Bus;
use crate::options::Watcher;
use crate::recall::Memo;
use crate::shared::Shared;

/// How long a journal waits for room on a full disk before it tries again.
const ROOM_CHECK: Duration = Duration::from_millis(500);

/// The journal of a run, as its events reach it.
pub struct Keeping {
    journal: Arc<Journal>,
    /// What results are kept in; they are on the disk before anybody hears of them.
    memo: Option<Arc<Memo>>,
    run: Weak<Shared>,
    /// Set once the run is ended because nothing can be kept.
    has_given_up: bool,
}

impl Keeping {
    /// Keeps what happens in a run.
    pub fn new(journal: Arc<Journal>, memo: Option<Arc<Memo>>, run: &Arc<Shared>) -> Self {
        Self { journal, memo, run: Arc::downgrade(run), has_given_up: false }
    }

    /// Comes back once these events are on the disk, or the run ends because they cannot be.
    pub fn keep(&mut self, batch: &VecDeque<Event>, bus: &Bus, watchers: &mut [Box<dyn Watcher>]) {
        match self.append(batch, bus) {
            // The run is coming to its end; what can be kept of that is.
            Ok(ticket) if self.has_given_up => drop(self.bring(ticket)),
            Ok(ticket) => self.commit(ticket, watchers),
            Err(error) => self.give_up(&self.explained(&error)),
        }
    }

    fn append(&self, batch: &VecDeque<Event>, bus: &Bus) -> io::Result<Ticket> {
        let mut last = Ticket::default();
        for event in batch {
            last = self.journal.append_event(event)?;
            if let (What::RunFinished { .. }, Some(ended)) = (&event.what, bus.totals()) {
                last = self.journal.append(&Record::Ended(ended))?;
            }
        }
        Ok(last)
    }

    fn commit(&mut self, ticket: Ticket, watchers: &mut [Box<dyn Watcher>]) {
        let mut is_probing = false;
        let mut was_told = false;
        while let Err(error) = self.bring(ticket) {
            let error = self.explained(&error);
            let Some(run) = self.run.upgrade().filter(|run| may_wait(run, &error)) else {
                return self.give_up(&error);
            };
            is_probing = is_probing || run.disk_is_full(&error.to_string());
            if !std::mem::replace(&mut was_told, true) {
                // The event that says so waits for the disk as well.
                watchers.iter_mut().for_each(|watcher| watcher.held_up(&error.to_string()));
            }
            drop(run);
            std::thread::sleep(ROOM_CHECK);
        }
        if let Some(run) = self.run.upgrade().filter(|_| is_probing) {
            run.disk_has_room();
        }
    }

    /// Brings values and records to the disk.
    fn bring(&self, ticket: Ticket) -> io::Result<()> {
        if let Some(memo) = &self.memo {
            memo.artifacts().commit().map_err(CannotKeep::into_io)?;
        }
        self.journal.commit(ticket)?;
        if let Some(memo) = &self.memo {
            memo.settle();
        }
        Ok(())
    }

    fn give_up(&mut self, error: &NodeError) {
        self.has_given_up = true;
        if let Some(run) = self.run.upgrade() {
            let outcome = if error.is_disk_full() { Outcome::DiskFull } else { Outcome::NotKept };
            run.stop(outcome, &error.to_string());
        }
    }

    fn explained(&self, error: &io::Error) -> NodeError {
        explain_io("write", self.journal.path(), error).within("the journal of the run cannot be kept")
    }
}

/// A run that ends waits for no room: what it still has to say is said at least.
fn may_wait(run: &Shared, error: &NodeError) -> bool {
    error.is_disk_full() && run.wait_for_room && !run.control.is_stopping()
}
