//! How a run is told: bars, plain lines or JSON while it goes on, a summary at the end.

mod bars;
mod json;
mod live;
mod plain;
mod screen;
mod summary;

pub use bars::Bars;
pub use summary::{Folder, summary};
pub use windlass_core::figures::{count, duration, size, thousands, when};

use std::sync::mpsc::sync_channel;
use std::thread::Builder;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressDrawTarget};
use windlass_runtime::Watcher;

use crate::exit::Trouble;
use crate::terminal;

/// How long a program that is to end at once waits for its last word to be taken.
const LAST_WORD: Duration = Duration::from_millis(200);

/// The cause of a stop that was announced when it was asked for, and need not be told again.
pub const BY_CTRL_C: &str = "by Ctrl-C";

/// How a run is told while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bars that move where standard error is a terminal, plain lines elsewhere.
    People(Detail),
    /// Each event as a line of JSON on standard output.
    Json,
    /// Failures alone.
    Quiet,
}

/// How much people want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Steps and failures.
    Steps,
    /// The log lines of items too.
    Logs,
}

/// What tells a run while it goes on.
pub struct Report {
    watchers: Vec<Box<dyn Watcher>>,
    bars: Option<Bars>,
    unwritten: json::Unwritten,
}

impl Report {
    /// Prepares a style for the streams that the program was given; `flag` is what finds the run's workspace, as
    /// [`crate::past::flag`] says it.
    ///
    /// # Errors
    /// Says why the thread that draws cannot be started.
    pub fn new(style: Style, flag: &str) -> std::io::Result<Self> {
        match style {
            Style::People(detail) if terminal::can_draw() => {
                let (bars, watcher) = Bars::start(detail, flag)?;
                Ok(Self { watchers: vec![Box::new(watcher)], bars: Some(bars), unwritten: json::Unwritten::default() })
            }
            style => Ok(Self::lines(style, flag)),
        }
    }

    fn watched_by(watcher: impl Watcher + 'static) -> Self {
        Self { watchers: vec![Box::new(watcher)], bars: None, unwritten: json::Unwritten::default() }
    }

    /// Prepares a style without bars, for a run that is told again: what moves in an instant shows nothing.
    pub fn lines(style: Style, flag: &str) -> Self {
        match style {
            Style::Json => Self::json(),
            Style::Quiet => Self::watched_by(plain::Lines::failures(flag)),
            Style::People(detail) => Self::watched_by(plain::Lines::all(detail, flag)),
        }
    }

    fn json() -> Self {
        let unwritten = json::Unwritten::default();
        let lines = json::Lines::new(std::io::stdout(), unwritten.clone());
        Self { unwritten, ..Self::watched_by(lines) }
    }

    /// Hands over what sees the events.
    pub fn watchers(&mut self) -> Vec<Box<dyn Watcher>> {
        std::mem::take(&mut self.watchers)
    }

    /// Returns whether nobody is told any more, because standard output takes nothing.
    pub fn is_unheard(&self) -> bool {
        self.unwritten.has_ended()
    }

    /// Returns a way to say something between bars.
    pub fn speaker(&self) -> Speaker {
        Speaker(self.bars.as_ref().map(Bars::canvas))
    }

    /// Takes the bars away, so that the summary stands alone.
    ///
    /// # Errors
    /// Says why standard output did not take every event, unless its reader went away.
    pub fn finish(self) -> anyhow::Result<()> {
        if let Some(bars) = self.bars {
            bars.finish();
        }
        match self.unwritten.take() {
            Some(error) => Err(Trouble::store("cannot write to standard output").because(error)),
            None => Ok(()),
        }
    }
}

/// Says lines to people without tearing bars apart.
#[derive(Clone)]
pub struct Speaker(Option<MultiProgress>);

impl Speaker {
    /// Says a line on standard error.
    pub fn say(&self, line: &str) {
        match &self.0 {
            Some(canvas) => {
                let _ = canvas.println(line);
            }
            None => terminal::err_line(line),
        }
    }

    /// Takes the bars away and says a line, in the time that a program which is to end at once can spare: a terminal
    /// that was stopped takes nothing.
    pub fn last_word(&self, line: &'static str) {
        let (done, said) = sync_channel(1);
        let canvas = self.0.clone();
        let speaks = Builder::new().name("windlass-last-word".into()).spawn(move || {
            if let Some(canvas) = canvas {
                let _ = canvas.clear();
                canvas.set_draw_target(ProgressDrawTarget::hidden());
            }
            terminal::err_line(line);
            let _ = done.send(());
        });
        if speaks.is_ok() {
            let _ = said.recv_timeout(LAST_WORD);
        }
    }
}
