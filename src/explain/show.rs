//! An explanation for people, and as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Explained, Explanation};
use crate::report::count;
use crate::terminal::{one_line, printable, table};

impl Explained {
    fn runs(&self) -> u64 {
        self.missed.values().sum()
    }

    /// Returns how long what is missing takes on one core, in microseconds; what depends on it is counted as missing.
    fn estimate_us(&self) -> Option<u64> {
        let items = self.runs() + self.depends;
        if items == 0 { Some(0) } else { self.took_us.map(|took| took.saturating_mul(items)) }
    }
}

/// Returns causes in words, the most frequent first, each with its number where it is not that of all.
pub fn causes_in_words(causes: &BTreeMap<String, u64>) -> String {
    let mut sorted: Vec<_> = causes.iter().collect();
    sorted.sort_by_key(|(_, items)| std::cmp::Reverse(**items));
    let words = |(cause, items): (&String, &u64)| match sorted.len() {
        1 => cause.clone(),
        _ => format!("{cause} ({items})"),
    };
    sorted.iter().map(|cause| words(*cause)).collect::<Vec<_>>().join("; ")
}

impl Explanation {
    /// Returns how long the run takes, and whether steps are left out of which nothing is known.
    fn estimate(&self) -> (Duration, bool) {
        let known = self.steps.iter().filter_map(Explained::estimate_us);
        let us = known.fold(0, u64::saturating_add) / u64::from(self.cores.max(1));
        (Duration::from_micros(us), self.steps.iter().any(|step| step.estimate_us().is_none()))
    }
}

/// Returns the explanation as a table.
pub fn text(explanation: &Explanation) -> String {
    let head = ["step", "cached", "runs", "depends", "light", "why"].map(str::to_owned);
    let number = |number: u64| if number == 0 { "-".to_owned() } else { number.to_string() };
    let row = |step: &Explained| {
        let why = causes_in_words(&step.missed);
        [one_line(&step.name), number(step.cached), number(step.runs()), number(step.depends), number(step.light), why]
    };
    let rows: Vec<_> = std::iter::once(head).chain(explanation.steps.iter().map(row)).collect();
    let text = format!("{}\n{}{}", headline(explanation), table(&rows), estimated(explanation));
    printable(&text)
}

fn headline(explanation: &Explanation) -> String {
    let runs: u64 = explanation.steps.iter().map(Explained::runs).sum();
    let depends: u64 = explanation.steps.iter().map(|step| step.depends).sum();
    match (runs, depends) {
        (0, 0) => format!("{}: nothing is missing", explanation.title),
        (runs, 0) => format!("{}: {} would run", explanation.title, count(runs, "firing")),
        (runs, depends) => {
            format!("{}: {} would run, and {depends} depend on that", explanation.title, count(runs, "firing"))
        }
    }
}

fn estimated(explanation: &Explanation) -> String {
    let (time, is_partial) = explanation.estimate();
    match (time.is_zero(), is_partial) {
        (true, true) => "how long that takes is not known: no earlier run tells\n".to_owned(),
        (true, false) => String::new(),
        (false, partial) => {
            let more = if partial { ", beside steps of which no earlier run tells" } else { "" };
            format!("about {} on {}{more}\n", rounded(time), count(u64::from(explanation.cores), "core"))
        }
    }
}

fn rounded(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis().max(1)),
        seconds @ 1..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// Returns the explanation as one JSON object.
pub fn json(explanation: &Explanation) -> Json {
    let step = |step: &Explained| {
        json!({
            "step": step.name,
            "cached": step.cached,
            "runs": step.runs(),
            "depends": step.depends,
            "light": step.light,
            "causes": step.missed,
            "estimate_ms": step.estimate_us().map(|us| us / 1000),
        })
    };
    let (time, is_partial) = explanation.estimate();
    json!({
        "graph": explanation.title,
        "steps": explanation.steps.iter().map(step).collect::<Vec<_>>(),
        "estimate_ms": u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        "estimate_is_partial": is_partial,
    })
}
