//! What a display needs of a run that goes on: the fold of its events without what only the summary reads.

use std::collections::BTreeMap;
use std::time::Instant;

use windlass_core::event::{Event, RunState, What};

use windlass_core::figures;

/// A run as a display knows it. Memory depends on the graph and on what runs, not on the number of items.
#[derive(Debug, Default)]
pub struct Live {
    /// The fold, without files, outputs and warnings.
    pub state: RunState,
    /// What a command has to be given, with a blank before it, to find the run's workspace.
    pub flag: String,
    running: BTreeMap<(usize, String), String>,
    /// Milliseconds since the run began.
    now_ms: u64,
    /// When the last event came, by our clock and by the run's.
    came: Option<(Instant, u64)>,
}

impl Live {
    /// Knows nothing yet of a run whose workspace is found with this flag.
    pub fn of(flag: &str) -> Self {
        Self { flag: flag.to_owned(), ..Self::default() }
    }

    /// Takes one more event in.
    pub fn apply(&mut self, event: &Event) {
        self.now_ms = event.at_ms;
        self.came = Some((Instant::now(), event.at_ms));
        match &event.what {
            What::Output { .. } | What::Saved { .. } | What::Warning { .. } => return,
            What::Firing { step, key, name, .. } => {
                let shown = if name.is_empty() { key } else { name };
                self.running.insert((*step, key.clone()), shown.clone());
            }
            What::Retrying { step, key, .. } | What::Done { step, key, .. } => {
                self.running.remove(&(*step, key.clone()));
            }
            _ => {}
        }
        self.state.apply(event);
    }

    /// Lets time pass that no event told of, so that rates sink and remaining times grow while nothing comes.
    pub fn catch_up(&mut self) {
        if let Some((came, at_ms)) = self.came {
            self.now_ms = at_ms + came.elapsed().as_millis() as u64;
        }
    }

    /// Returns the names of items that run in a step, in the order of their keys as texts.
    pub fn running(&self, step: usize) -> impl Iterator<Item = &str> {
        let of_step = self.running.range((step, String::new())..(step + 1, String::new()));
        of_step.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty())
    }

    /// Returns how many items of a step have their fate in a second, on average since it first fired.
    pub fn rate(&self, step: usize) -> Option<f64> {
        let state = self.state.steps.get(step)?;
        let end_ms = if state.finished { state.last_ms } else { self.now_ms };
        figures::rate(state.done(), end_ms.saturating_sub(state.first_ms?))
    }

    /// Returns the remaining time in milliseconds: that of the step that needs longest. `None` where a step that goes
    /// on does not know its total, or has done too little to judge by.
    pub fn remaining_ms(&self) -> Option<u64> {
        let open = (0..self.state.steps.len()).filter(|step| !self.state.steps[*step].finished);
        let times = open.map(|step| self.remaining_of(step)).collect::<Option<Vec<_>>>()?;
        times.into_iter().max().filter(|ms| *ms > 0)
    }

    fn remaining_of(&self, step: usize) -> Option<u64> {
        let total = self.state.total(step)?;
        let left = total.saturating_sub(self.state.steps[step].done());
        if left == 0 {
            return Some(0);
        }
        match self.rate(step) {
            Some(rate) if rate > 0.0 => Some((left as f64 / rate * 1000.0) as u64),
            // What a single item takes is not known before it is done; nor is what a step takes that has not begun.
            _ => (total == 1).then_some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::event::{Fate, StepInfo};

    use super::*;

    fn live(events: Vec<(u64, What)>) -> Live {
        let mut live = Live::default();
        for (seq, (at_ms, what)) in events.into_iter().enumerate() {
            live.apply(&Event { seq: seq as u64, at_ms, what });
        }
        live
    }

    fn begun(names: &[&str]) -> What {
        let info = |(at, name): (usize, &&str)| StepInfo {
            name: (*name).into(),
            title: (*name).into(),
            kind: "test.kind".into(),
            scope: if at == 0 { vec![] } else { vec![0] },
            rows: Vec::new(),
            members: Vec::new(),
        };
        let steps = names.iter().enumerate().map(info).collect();
        What::RunStarted { version: 1, run: "r".into(), graph: "g".into(), unix_ms: 0, seed: 0, steps }
    }

    fn firing(step: usize, key: &str, name: &str) -> What {
        What::Firing { step, key: key.into(), name: name.into(), attempt: 1 }
    }

    fn emitted(step: usize, key: &str) -> What {
        What::Done { step, key: key.into(), name: String::new(), fate: Fate::Emitted, took_ms: None }
    }

    #[test]
    fn remaining_time_is_told_only_where_totals_are_known() {
        let mut events = vec![
            (0, begun(&["find", "thumb"])),
            (0, firing(0, "", "")),
            (0, firing(1, "0", "a.jpg")),
            (1000, emitted(1, "0")),
        ];
        assert_eq!(live(events.clone()).remaining_ms(), None);
        events.push((1000, What::Group { step: 0, key: String::new(), count: 4, cause: None }));
        assert_eq!(live(events.clone()).remaining_ms(), Some(3000));
        assert_eq!(live(events).rate(1), Some(1.0));
    }

    #[test]
    fn running_items_are_known_by_name_until_they_leave() {
        let events = vec![
            (0, begun(&["find", "thumb"])),
            (0, firing(1, "0", "a.jpg")),
            (0, firing(1, "1", "b.jpg")),
            (5, emitted(1, "0")),
        ];
        assert_eq!(live(events).running(1).collect::<Vec<_>>(), ["b.jpg"]);
    }
}
