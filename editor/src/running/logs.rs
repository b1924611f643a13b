//! What the firings of a run wrote to their logs, and what the run says of itself: the newest lines.

use std::collections::VecDeque;
use std::sync::Arc;

use windlass_core::event::{Event, What};

/// Lines that are kept.
const KEPT: usize = 2_000;

/// The newest lines, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    lines: Arc<VecDeque<Arc<Line>>>,
    /// How many lines there were before.
    pub gone: u64,
}

/// One line.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// The step; `None` for what the run says of itself.
    pub step: Option<usize>,
    /// The key of the item.
    pub key: String,
    /// What it says.
    pub text: String,
    /// Whether somebody should look at it.
    pub is_warning: bool,
}

impl Logs {
    /// Takes one more event in.
    pub(super) fn take_in(&mut self, event: &Event) {
        let (step, key, text, is_warning) = match &event.what {
            What::Log { step, key, line } => (Some(*step), key.clone(), line.clone(), false),
            What::Retrying { step, key, attempt, cause, .. } => {
                (Some(*step), key.clone(), format!("try {attempt} failed, another one follows: {cause}"), true)
            }
            What::Abandoned { step, key, .. } => {
                (Some(*step), key.clone(), "code that did not come back in time was left behind".into(), true)
            }
            What::Warning { text } => (None, String::new(), text.clone(), true),
            What::RunStarted { .. } => return *self = Self::default(),
            _ => return,
        };
        let lines = Arc::make_mut(&mut self.lines);
        lines.push_back(Arc::new(Line { at_ms: event.at_ms, step, key, text, is_warning }));
        if lines.len() > KEPT {
            lines.pop_front();
            self.gone += 1;
        }
    }

    /// Returns the lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().map(|line| &**line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay() {
        let mut logs = Logs::default();
        for at_ms in 0..KEPT as u64 + 5 {
            let what = What::Log { step: 1, key: String::new(), line: at_ms.to_string() };
            logs.take_in(&Event { seq: at_ms, at_ms, what });
        }
        logs.take_in(&Event { seq: 0, at_ms: 9_999, what: What::Warning { text: "careful".into() } });
        assert_eq!((logs.lines().count(), logs.gone), (KEPT, 6));
        assert_eq!(logs.lines().next().map(|line| line.at_ms), Some(6));
        assert!(logs.lines().last().is_some_and(|line| line.is_warning && line.step.is_none()));
    }
}
