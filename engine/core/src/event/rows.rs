//! What became of each row of a batch or a sweep.

use super::{Fate, RunState, What};

/// The state of one row: what its items came to, in all steps that depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowState {
    /// Items whose inputs are together.
    pub admitted: u64,
    /// Items that left with a value.
    pub emitted: u64,
    /// Items that left without one.
    pub skipped: u64,
    /// Items that left with an error.
    pub failed: u64,
}

impl RowState {
    /// Returns how many items have no fate yet.
    pub fn open(&self) -> u64 {
        self.admitted.saturating_sub(self.emitted + self.skipped + self.failed)
    }
}

impl RunState {
    /// Returns the name of a row, `ada/64` where a sweep lies inside of a batch.
    pub fn row_name(&self, row: &[usize]) -> String {
        let level = |(at, number): (usize, &usize)| self.steps.get(at).and_then(|step| step.info.rows.get(*number));
        let names = row.iter().enumerate().filter_map(level).map(String::as_str);
        names.collect::<Vec<_>>().join("/")
    }

    /// Counts what happened to an item in its row.
    pub(super) fn apply_to_row(&mut self, what: &What) {
        let Some(row) = self.row_of(what) else { return };
        let state = self.rows.entry(row).or_default();
        match what {
            What::Admitted { .. } => state.admitted += 1,
            What::Done { fate: Fate::Emitted, .. } => state.emitted += 1,
            What::Done { fate: Fate::Skipped { .. }, .. } => state.skipped += 1,
            What::Done { fate: Fate::Failed { .. }, .. } => state.failed += 1,
            _ => {}
        }
    }

    fn row_of(&self, what: &What) -> Option<Vec<usize>> {
        let (What::Admitted { step, key } | What::Done { step, key, .. }) = what else { return None };
        let depth = self.steps.get(*step)?.rows;
        let lets_rows_out = || !self.steps[*step].info.rows.is_empty();
        if depth == 0 || lets_rows_out() {
            return None;
        }
        key.split('/').take(depth).map(|place| place.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, StepInfo};

    #[test]
    fn items_count_in_the_row_that_they_lie_under() {
        let info = |name: &str, scope: &[usize], rows: &[&str]| StepInfo {
            name: name.into(),
            title: name.into(),
            kind: "test.kind".into(),
            scope: scope.to_vec(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
            members: Vec::new(),
        };
        let steps = vec![
            info("--each", &[], &["ada", "bob"]),
            info("--sweep size", &[0], &["64"]),
            info("find", &[], &[]),
            info("thumb", &[0, 1, 2], &[]),
            info("sheet", &[0], &[]),
        ];
        let (run, graph) = ("r".to_owned(), "g".to_owned());
        let started = What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps };
        let admitted = |step, key: &str| What::Admitted { step, key: key.into() };
        let done = |step, key: &str, fate| What::Done { step, key: key.into(), name: "".into(), fate, took_ms: None };
        let failed = Fate::Failed { causes: vec!["cause".into()], hint: None, attempts: 1 };
        let mut state = RunState::default();
        let events = [
            started,
            admitted(1, "0"),
            admitted(2, ""),
            admitted(3, "1/0/7"),
            done(3, "1/0/7", failed),
            admitted(3, "1/0/8"),
            done(3, "1/0/8", Fate::Emitted),
            admitted(4, "0"),
        ];
        for what in events {
            state.apply(&Event { seq: 0, at_ms: 0, what });
        }
        let rows: Vec<_> = state.rows.iter().map(|(row, of)| (state.row_name(row), of.failed, of.open())).collect();
        assert_eq!(rows, [("ada".to_owned(), 0, 1), ("bob/64".to_owned(), 1, 0)]);
    }
}
