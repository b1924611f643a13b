//! Lines for people where nothing can be drawn: steps that begin and end, failures, and now and then how far it is.

use windlass_core::event::{Event, Fate, What};
use windlass_core::service::{Phase, ServiceState};
use windlass_runtime::Watcher;

use super::live::Live;
use super::{BY_CTRL_C, Detail};
use crate::terminal::{Paint, err_line, one_line, paragraph};
use windlass_core::figures::{about, count, per_second, thousands};

/// How long nothing has been said before the next word about progress.
const SILENCE_MS: u64 = 5_000;

/// Writes lines to standard error.
pub struct Lines {
    live: Live,
    says: Says,
    paint: Paint,
    said_ms: u64,
}

/// What is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Failures,
    All(Detail),
}

impl Lines {
    /// Says failures alone.
    pub fn failures(flag: &str) -> Self {
        Self::new(Says::Failures, flag)
    }

    /// Says what people want to know.
    pub fn all(detail: Detail, flag: &str) -> Self {
        Self::new(Says::All(detail), flag)
    }

    fn new(says: Says, flag: &str) -> Self {
        Self { live: Live::of(flag), says, paint: Paint::stderr(), said_ms: 0 }
    }

    fn lines(&self, event: &Event) -> Vec<String> {
        match (&event.what, self.says) {
            (
                What::Done { .. }
                | What::Warning { .. }
                | What::Service { .. }
                | What::Paused { .. }
                | What::Asked { .. },
                _,
            ) => trouble(event, &self.live, self.paint),
            (_, Says::Failures) => Vec::new(),
            (What::Log { .. }, Says::All(Detail::Steps)) => Vec::new(),
            (what, _) => news(what, &self.live).into_iter().collect(),
        }
    }

    fn overview(&mut self, at_ms: u64) -> Option<String> {
        let due = matches!(self.says, Says::All(_)) && at_ms.saturating_sub(self.said_ms) >= SILENCE_MS;
        due.then(|| progress(&self.live)).flatten()
    }
}

impl Watcher for Lines {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event) {
        let first = self.is_first_firing(event);
        self.live.apply(event);
        let begins = first.filter(|_| self.says != Says::Failures).map(|step| format!("{}: begins", self.name(step)));
        let mut lines: Vec<_> = begins.into_iter().chain(self.lines(event)).collect();
        lines.extend(self.overview(event.at_ms));
        if !lines.is_empty() {
            self.said_ms = event.at_ms;
        }
        lines.iter().for_each(|line| err_line(line));
    }

    fn held_up(&mut self, cause: &str) {
        err_line(&held_up(cause));
    }
}

impl Lines {
    fn is_first_firing(&self, event: &Event) -> Option<usize> {
        match event.what {
            What::Firing { step, .. } | What::Counted { step, .. } => {
                self.live.state.steps.get(step)?.first_ms.is_none().then_some(step)
            }
            _ => None,
        }
    }

    fn name(&self, step: usize) -> String {
        step_name(&self.live, step)
    }
}

fn step_name(live: &Live, step: usize) -> String {
    live.state.steps.get(step).map_or_else(|| format!("step {step}"), |state| one_line(&state.info.name))
}

/// Returns the line about events that cannot be kept.
pub fn held_up(cause: &str) -> String {
    format!("paused, and nothing is told meanwhile: {}", paragraph(cause))
}

/// Returns the lines about an event that people should see in any case.
pub fn trouble(event: &Event, live: &Live, paint: Paint) -> Vec<String> {
    match &event.what {
        What::Done { step, key, name, fate: Fate::Failed { causes, hint, .. }, .. } => {
            let item = if name.is_empty() { key } else { name };
            let place = if item.is_empty() { String::new() } else { format!(" `{}`", one_line(item)) };
            let cause = paragraph(&causes.join(": "));
            let line = format!("{}:{place} {}: {cause}", step_name(live, *step), paint.red("failed"));
            let hint = hint.as_ref().map(|hint| format!("  hint: {}", paragraph(hint)));
            std::iter::once(line).chain(hint).collect()
        }
        What::Asked { step, key, name, question, answers } => {
            let step_name = step_name(live, *step);
            let item = if name.is_empty() { String::new() } else { format!(" `{}`", one_line(name)) };
            let question = paragraph(question);
            vec![
                format!("{step_name}:{item} {}: {question}", paint.bold("asks")),
                format!(
                    "  answer: windlass answer {} {step_name} {} {}{}",
                    live.state.run,
                    shown_key(key),
                    shown_type(answers),
                    live.flag
                ),
            ]
        }
        What::Warning { text } => vec![format!("warning: {}", paragraph(text))],
        What::Service { service } => service_trouble(service).into_iter().collect(),
        What::Paused { cause } => vec![format!("paused: {}", paragraph(cause))],
        _ => Vec::new(),
    }
}

/// Returns what people should know about a service that does not do as it should.
fn service_trouble(service: &ServiceState) -> Option<String> {
    let cause = service.cause.as_deref().map(paragraph)?;
    let name = one_line(&service.name);
    match service.state {
        Phase::Waiting => Some(format!("service {name}: {cause}; it is started again")),
        Phase::Failed => Some(format!("service {name}: {cause}; it was given up")),
        Phase::Stopped => Some(format!("service {name}: {cause}")),
        Phase::Starting | Phase::Running | Phase::Stopping => None,
    }
}

/// Returns a key as it is typed.
pub fn shown_key(key: &str) -> &str {
    if key.is_empty() { "''" } else { key }
}

/// Returns what stands for an answer of a type.
fn shown_type(answers: &str) -> String {
    let choices = answers.strip_prefix("text(").and_then(|choices| choices.strip_suffix(')'));
    choices.map_or_else(|| format!("<{answers}>"), |choices| choices.replace('"', ""))
}

/// Returns the line about an event that people want to see where nothing else shows it.
pub fn news(what: &What, live: &Live) -> Option<String> {
    match what {
        What::RunStarted { graph, steps, .. } => {
            Some(format!("{}: {}", one_line(graph), count(steps.len() as u64, "step")))
        }
        What::Log { step, line, .. } => Some(format!("{}: {}", step_name(live, *step), paragraph(line))),
        What::Resumed => Some("goes on".into()),
        What::Stopping { cause } if cause != BY_CTRL_C => Some(format!("stopping: {}", paragraph(cause))),
        What::Group { step, key, count: children, .. } if key.is_empty() => {
            Some(format!("{}: {}", step_name(live, *step), count(*children, "item")))
        }
        What::Abandoned { step, key, .. } => {
            Some(format!("{}: item `{}` did not come back in time and was left behind", step_name(live, *step), key))
        }
        What::StepFinished { step } => live.state.steps.get(*step).map(|_| finished(live, *step)),
        _ => None,
    }
}

fn finished(live: &Live, step: usize) -> String {
    let state = &live.state.steps[step];
    let mut line = format!("{}: ends, {} emitted", step_name(live, step), thousands(state.emitted));
    for (number, word) in [(state.skipped, "skipped"), (state.failed, "failed")] {
        if number > 0 {
            line.push_str(&format!(", {} {word}", thousands(number)));
        }
    }
    line
}

/// Returns how far the steps under way are, `None` where none is.
fn progress(live: &Live) -> Option<String> {
    let open = (0..live.state.steps.len()).filter(|step| {
        let state = &live.state.steps[*step];
        state.first_ms.is_some() && !state.finished
    });
    let parts: Vec<_> = open.map(|step| step_progress(live, step)).collect();
    let left = live.remaining_ms().map(|ms| format!("; {} left", about(ms))).unwrap_or_default();
    (!parts.is_empty()).then(|| format!("so far: {}{left}", parts.join(", ")))
}

fn step_progress(live: &Live, step: usize) -> String {
    let done = thousands(live.state.steps[step].done());
    let total = live.state.total(step).map(|total| format!("/{}", thousands(total))).unwrap_or_default();
    let rate = live.rate(step).map(|rate| format!(" ({})", per_second(rate))).unwrap_or_default();
    format!("{} {done}{total}{rate}", step_name(live, step))
}
