//! The state of a run as its events tell it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::service::ServiceState;

use super::{Event, Fate, Outcome, RowState, StepInfo, What};

/// The state of a run after some of its events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// Name of the run.
    pub run: String,
    /// Title of the graph.
    pub graph: String,
    /// The steps.
    pub steps: Vec<StepState>,
    /// The rows of a batch or a sweep, each with its place at each level: `[2, 0]`.
    pub rows: BTreeMap<Vec<usize>, RowState>,
    /// The first values of graph outputs: name, key, value; at most 1,000.
    pub outputs: Vec<(String, String, serde_json::Value)>,
    /// How many values graph outputs have had.
    pub output_count: u64,
    /// The first files that were to be written: path and outcome; at most 1,000.
    pub saved: Vec<(String, String)>,
    /// How many files were to be written, by outcome: `written`, `unchanged`, `skipped`.
    pub saved_counts: BTreeMap<String, u64>,
    /// How many of them each folder has, by outcome; the first 1,000 folders of each.
    pub saved_folders: BTreeMap<String, BTreeMap<String, u64>>,
    /// The services that nodes have asked for, by name.
    pub services: BTreeMap<String, ServiceState>,
    /// The first warnings; at most 1,000.
    pub warnings: Vec<String>,
    /// Why nothing new is started, while that is so.
    pub paused: Option<String>,
    /// Why the run is coming to an end before its time.
    pub stopping: Option<String>,
    /// How it ended, and why.
    pub ended: Option<(Outcome, Option<String>)>,
    /// Time of the last event in milliseconds since the run began.
    pub at_ms: u64,
}

/// The state of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    /// What it is.
    pub info: StepInfo,
    /// How many levels of rows it lies under.
    pub rows: usize,
    /// Items whose inputs are together.
    pub admitted: u64,
    /// Items that left with a value.
    pub emitted: u64,
    /// Items that left without one.
    pub skipped: u64,
    /// Items that left with an error.
    pub failed: u64,
    /// Those of `failed` that were taken up.
    pub handled: u64,
    /// Tries under way, by key: the share done, where it is known.
    pub running: BTreeMap<String, Option<f32>>,
    /// Items whose result was found and not computed.
    pub recalled: u64,
    /// Results that were computed again because they were not kept.
    pub recomputed: u64,
    /// Retries so far.
    pub retries: u64,
    /// Sum of the time of tries, in milliseconds.
    pub busy_ms: f64,
    /// Groups of the split whose number of children is known.
    pub groups: u64,
    /// Children in those groups.
    pub children: u64,
    /// Open groups of the split for which a number of children is expected, with that number.
    pub expected: BTreeMap<String, u64>,
    /// Collected groups with failures left out.
    pub incomplete: u64,
    /// Questions that wait for an answer, by key: name of the item, question, type of the answer; at most 1,000.
    pub questions: BTreeMap<String, (String, String, String)>,
    /// Whether it has seen all its items.
    pub finished: bool,
    /// Failures by first cause, with their number and the first item's name; at most 1,000 causes.
    pub causes: BTreeMap<String, (u64, String, Option<String>)>,
    /// When it first fired, in milliseconds since the run began.
    pub first_ms: Option<u64>,
    /// When an item last left it, in milliseconds since the run began.
    pub last_ms: u64,
}

/// The state's memory does not grow with the number of items: of what is listed, this many are kept.
const MAX_LISTED: usize = 1_000;

fn keep<T>(list: &mut Vec<T>, item: impl FnOnce() -> T) {
    if list.len() < MAX_LISTED {
        list.push(item());
    }
}

impl StepState {
    fn new(info: StepInfo, levels: usize) -> Self {
        Self {
            rows: info.scope.iter().take_while(|split| **split < levels).count(),
            info,
            admitted: 0,
            emitted: 0,
            skipped: 0,
            failed: 0,
            handled: 0,
            running: BTreeMap::new(),
            recalled: 0,
            recomputed: 0,
            retries: 0,
            busy_ms: 0.0,
            groups: 0,
            children: 0,
            expected: BTreeMap::new(),
            incomplete: 0,
            questions: BTreeMap::new(),
            finished: false,
            causes: BTreeMap::new(),
            first_ms: None,
            last_ms: 0,
        }
    }

    /// Returns how many items have their fate.
    pub fn done(&self) -> u64 {
        self.emitted + self.skipped + self.failed
    }

    /// Returns how many items have no fate yet.
    pub fn open(&self) -> u64 {
        self.admitted.saturating_sub(self.done())
    }

    fn leave(&mut self, name: &str, fate: &Fate) {
        match fate {
            Fate::Emitted => self.emitted += 1,
            Fate::Skipped { .. } => self.skipped += 1,
            Fate::Failed { causes, hint, .. } => {
                self.failed += 1;
                self.note_cause(name, causes, hint.as_ref());
            }
        }
    }

    fn count(&mut self, at_ms: u64, [admitted, emitted, skipped]: [u64; 3], took_ms: f64) {
        self.first_ms.get_or_insert(at_ms);
        self.last_ms = at_ms;
        self.admitted += admitted;
        self.emitted += emitted;
        self.skipped += skipped;
        self.busy_ms += took_ms;
    }

    fn note_cause(&mut self, name: &str, causes: &[String], hint: Option<&String>) {
        let cause = causes.join(": ");
        if self.causes.len() < MAX_LISTED || self.causes.contains_key(&cause) {
            self.causes.entry(cause).or_insert_with(|| (0, name.to_owned(), hint.cloned())).0 += 1;
        }
    }
}

impl RunState {
    /// What an earlier process told of the run is history: what it did is told again by the one that goes on with it.
    fn begun(run: &str, graph: &str, steps: &[StepInfo], at_ms: u64) -> Self {
        let levels = steps.iter().take_while(|step| !step.rows.is_empty()).count();
        let steps = steps.iter().map(|step| StepState::new(step.clone(), levels)).collect();
        Self { run: run.to_owned(), graph: graph.to_owned(), steps, at_ms, ..Self::default() }
    }

    /// Takes one more event in.
    pub fn apply(&mut self, event: &Event) {
        self.at_ms = event.at_ms;
        match &event.what {
            What::RunStarted { run, graph, steps, .. } => *self = Self::begun(run, graph, steps, event.at_ms),
            What::Output { name, key, value } => {
                self.output_count += 1;
                keep(&mut self.outputs, || (name.clone(), key.clone(), value.clone()));
            }
            What::Saved { path, outcome, .. } => self.list_saved(path, outcome),
            What::Service { service } => drop(self.services.insert(service.name.clone(), service.clone())),
            What::Warning { text } => keep(&mut self.warnings, || text.clone()),
            What::Paused { cause } => self.paused = Some(cause.clone()),
            What::Resumed => self.paused = None,
            What::Stopping { cause } => self.stopping = Some(cause.clone()),
            What::RunFinished { outcome, cause } => self.ended = Some((*outcome, cause.clone())),
            what => {
                self.apply_to_step(event.at_ms, what);
                self.apply_to_row(what);
            }
        }
    }

    fn list_saved(&mut self, path: &str, outcome: &str) {
        *self.saved_counts.entry(outcome.to_owned()).or_default() += 1;
        keep(&mut self.saved, || (path.to_owned(), outcome.to_owned()));
        let folders = self.saved_folders.entry(outcome.to_owned()).or_default();
        let folder = Path::new(path).parent().and_then(Path::to_str).unwrap_or_default();
        if folders.len() < MAX_LISTED || folders.contains_key(folder) {
            *folders.entry(folder.to_owned()).or_default() += 1;
        }
    }

    fn apply_to_step(&mut self, at_ms: u64, what: &What) {
        let Some(state) = what.step().and_then(|step| self.steps.get_mut(step)) else { return };
        match what {
            What::Admitted { .. } => state.admitted += 1,
            What::Firing { key, .. } => {
                state.first_ms.get_or_insert(at_ms);
                state.running.insert(key.clone(), None);
            }
            What::Recalled { .. } => state.recalled += 1,
            What::Recomputing { .. } => state.recomputed += 1,
            What::Retrying { key, .. } => {
                state.retries += 1;
                state.running.remove(key);
            }
            What::Done { key, name, fate, took_ms, .. } => {
                state.running.remove(key);
                state.busy_ms += took_ms.unwrap_or(0.0);
                state.last_ms = at_ms;
                state.leave(name, fate);
            }
            What::Counted { admitted, emitted, skipped, took_ms, .. } => {
                state.count(at_ms, [*admitted, *emitted, *skipped], *took_ms);
            }
            What::Splitting { key, took_ms, .. } => {
                state.running.remove(key);
                state.busy_ms += took_ms;
            }
            What::Asked { key, name, question, answers, .. } => {
                state.running.remove(key);
                if state.questions.len() < MAX_LISTED {
                    state.questions.insert(key.clone(), (name.clone(), question.clone(), answers.clone()));
                }
            }
            What::Answered { key, .. } => drop(state.questions.remove(key)),
            What::LeftOpen { key, .. } => drop(state.running.remove(key)),
            What::Handled { .. } => state.handled += 1,
            What::Expecting { key, count, .. } => drop(state.expected.insert(key.clone(), *count)),
            What::Group { key, count, .. } => {
                state.expected.remove(key);
                state.groups += 1;
                state.children += count;
            }
            What::Incomplete { .. } => state.incomplete += 1,
            What::Progress { key, share, .. } => {
                if let Some(slot) = state.running.get_mut(key) {
                    *slot = Some(*share);
                }
            }
            What::StepFinished { .. } => state.finished = true,
            _ => {}
        }
    }

    /// Returns how many items a step will have seen at the end, where that is known or expected already.
    pub fn total(&self, step: usize) -> Option<u64> {
        let scope = &self.steps.get(step)?.info.scope;
        let mut total = 1;
        for (depth, at) in scope.iter().enumerate() {
            let split = self.steps.get(*at)?;
            // What runs once for several rows is handed out again under each.
            let groups = if split.info.scope.len() < depth { self.total(*at)? } else { total };
            if split.groups + (split.expected.len() as u64) < groups {
                return None;
            }
            let rows = total.checked_div(groups).unwrap_or(0);
            total = rows * (split.children + split.expected.values().sum::<u64>());
        }
        Some(total)
    }

    /// Returns how many items failed without being taken up.
    pub fn unhandled(&self) -> u64 {
        self.steps.iter().map(|step| step.failed - step.handled.min(step.failed)).sum()
    }
}

impl What {
    /// Returns the step that it happened in.
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::Admitted { step, .. }
            | Self::Firing { step, .. }
            | Self::Recalled { step, .. }
            | Self::Recomputing { step, .. }
            | Self::Retrying { step, .. }
            | Self::Splitting { step, .. }
            | Self::Asked { step, .. }
            | Self::Answered { step, .. }
            | Self::LeftOpen { step, .. }
            | Self::Done { step, .. }
            | Self::Counted { step, .. }
            | Self::Handled { step, .. }
            | Self::Expecting { step, .. }
            | Self::Group { step, .. }
            | Self::Incomplete { step, .. }
            | Self::Progress { step, .. }
            | Self::Log { step, .. }
            | Self::Saved { step, .. }
            | Self::Abandoned { step, .. }
            | Self::StepFinished { step } => Some(*step),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(events: Vec<What>) -> RunState {
        let info = |name: &str, scope: &[usize]| StepInfo {
            name: name.into(),
            title: name.into(),
            kind: "test.kind".into(),
            scope: scope.to_vec(),
            rows: Vec::new(),
            members: Vec::new(),
        };
        let steps = vec![
            info("outer", &[]),
            info("inner", &[0]),
            info("leaf", &[0, 1]),
            info("row", &[]),
            info("again", &[3, 0]),
        ];
        let (run, graph) = ("r".to_owned(), "g".to_owned());
        let started = What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps };
        let mut state = RunState::default();
        for (seq, what) in std::iter::once(started).chain(events).enumerate() {
            state.apply(&Event { seq: seq as u64, at_ms: 0, what });
        }
        state
    }

    fn expecting(step: usize, key: &str, count: u64) -> What {
        What::Expecting { step, key: key.into(), count }
    }

    fn group(step: usize, key: &str, count: u64) -> What {
        What::Group { step, key: key.into(), count, cause: None }
    }

    #[test]
    fn totals_are_known_as_soon_as_all_groups_are_expected() {
        assert_eq!(state(vec![]).total(1), None);
        let mut events = vec![expecting(0, "", 2)];
        assert_eq!(state(events.clone()).total(1), Some(2));
        events.push(expecting(1, "0", 5));
        assert_eq!(state(events.clone()).total(2), None, "one of two groups is not known");
        events.push(group(1, "1", 3));
        assert_eq!(state(events.clone()).total(2), Some(8));
        events.extend([group(1, "0", 4), group(0, "", 2)]);
        assert_eq!(state(events).total(2), Some(7), "what came counts, not what was expected");
    }

    #[test]
    fn a_run_that_goes_on_is_told_from_its_beginning() {
        let warning = What::Warning { text: "old".into() };
        let ended = What::RunFinished { outcome: Outcome::Interrupted, cause: None };
        let mut state = state(vec![group(0, "", 3), warning, ended]);
        let steps: Vec<_> = state.steps.iter().map(|step| step.info.clone()).collect();
        let (run, graph) = ("r".to_owned(), "g".to_owned());
        let again = What::RunStarted { version: 1, run, graph, unix_ms: 9, seed: 0, steps };
        state.apply(&Event { seq: 0, at_ms: 0, what: again });
        assert_eq!(state, self::state(vec![]));
    }

    #[test]
    fn what_runs_once_counts_again_under_each_row() {
        let events = vec![group(3, "", 4), group(0, "", 25)];
        assert_eq!(state(events).total(4), Some(100));
    }
}
