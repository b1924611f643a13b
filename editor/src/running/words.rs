//! A run in one sentence: how it stands, and what can be done about it.

use windlass_core::event::Outcome;
use windlass_core::figures::{duration, thousands};

use super::{Head, Reached, Session, Source};

impl Session {
    /// Returns the run in one sentence.
    pub fn in_words(&self) -> String {
        match &self.reached {
            Some(reached) => self.told_in_words(reached),
            None => self.ours_in_words(),
        }
    }

    fn told_in_words(&self, reached: &Reached) -> String {
        let failures = self.failures();
        let (at, span) = (duration(reached.at_ms), duration(reached.span_ms));
        match (reached.head, &self.state().paused) {
            _ if !reached.is_read => format!("Reading the journal: {} events", thousands(reached.events)),
            _ if !reached.is_newest() => format!("At {at} of {span}{failures}"),
            (Head::More | Head::GoesOn, Some(cause)) => format!("Paused in another process: {cause}"),
            (Head::More | Head::GoesOn, None) => format!("Runs in another process for {span}{failures}"),
            (Head::Killed, _) => format!("Was killed after {span}{failures}; Resume does the rest"),
            (Head::Ended, _) => self.ours_in_words(),
        }
    }

    fn failures(&self) -> String {
        match self.state().unhandled() {
            0 => String::new(),
            failed => format!(", {} failed", thousands(failed)),
        }
    }

    fn ours_in_words(&self) -> String {
        let (state, failures) = (self.state(), self.failures());
        match (&state.ended, &state.paused) {
            _ if matches!(self.source, Source::Refused) => "Not started".into(),
            (Some((Outcome::Finished, _)), _) => format!("Finished in {}{failures}", duration(state.at_ms)),
            (Some((Outcome::Waiting, _)), _) => "Waits for answers".into(),
            (Some((Outcome::Interrupted, _)), _) => format!("Stopped{failures}; Resume does the rest"),
            (Some((_, cause)), _) => format!("Ended{failures}: {}", cause.as_deref().unwrap_or("before its time")),
            (None, Some(cause)) => format!("Paused: {cause}"),
            (None, None) if state.stopping.is_some() => "Stopping: what is under way finishes".into(),
            (None, None) if state.run.is_empty() => "Starting…".into(),
            (None, None) => format!("Runs for {}{failures}", duration(state.at_ms)),
        }
    }
}
