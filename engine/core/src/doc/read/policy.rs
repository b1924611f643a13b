//! How a node is run: retries, limits, what a failure does, what is kept.

use std::time::Duration;

use super::Cx;
use crate::doc::tree::Tree;
use crate::doc::{Cache, Incomplete, OnError, Policy};
use crate::problem::{Problem, nearest};
use crate::units::parse_duration;

/// The keys of a policy.
pub(super) const KEYS: [&str; 13] = [
    "retries",
    "backoff",
    "backoff_max",
    "timeout",
    "on_error",
    "incomplete",
    "slots",
    "queue",
    "window",
    "cache",
    "device",
    "bypass",
    "mute",
];

/// Reads a policy.
pub(super) fn policy(cx: &mut Cx, tree: &Tree<'_>) -> Policy {
    let fields = cx.fields(tree, "a policy", &KEYS);
    let mut room = |name: &str| fields.get(name).and_then(|tree| count(cx, tree, name, 1));
    let (slots, queue, window) = (room("slots"), room("queue"), room("window"));
    let mut time = |name: &str| fields.get(name).and_then(|tree| duration(cx, tree, name));
    let (backoff, backoff_max, timeout) = (time("backoff"), time("backoff_max"), time("timeout"));
    let mut flag = |name: &str| fields.get(name).and_then(|tree| cx.flag(tree, &quoted(name))).unwrap_or_default();
    let (bypass, mute) = (flag("bypass"), flag("mute"));
    let on_error = [("continue", OnError::Continue), ("stop", OnError::Stop)];
    let incomplete = [("take", Incomplete::Take), ("fail", Incomplete::Fail)];
    let cache = [("auto", Cache::Auto), ("always", Cache::Always), ("never", Cache::Never)];
    Policy {
        retries: fields.get("retries").and_then(|tree| count(cx, tree, "retries", 0)),
        backoff,
        backoff_max,
        timeout,
        on_error: fields.get("on_error").and_then(|tree| choice(cx, tree, "on_error", &on_error)),
        incomplete: fields.get("incomplete").and_then(|tree| choice(cx, tree, "incomplete", &incomplete)),
        slots,
        queue,
        window,
        cache: fields.get("cache").and_then(|tree| choice(cx, tree, "cache", &cache)),
        device: fields.get("device").and_then(|tree| device(cx, tree)),
        bypass,
        mute,
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn count<T: TryFrom<u64>>(cx: &mut Cx, tree: &Tree<'_>, name: &str, least: u64) -> Option<T> {
    let count = cx.count(tree, &quoted(name), least)?;
    let narrow = T::try_from(count).ok();
    if narrow.is_none() {
        let problem = Problem::error("bad-number", format!("`{name}` cannot be as large as {count}"));
        cx.report(problem.at(cx.span(tree)).hint("write a smaller number"));
    }
    narrow
}

fn duration(cx: &mut Cx, tree: &Tree<'_>, name: &str) -> Option<Duration> {
    let hint = "write a number with its unit: `250ms`, `30s`, `5m` or `2h`; at most a year";
    let problem = match tree.text().map(parse_duration) {
        Some(Ok(duration)) => return Some(in_whole_us(duration)),
        Some(Err(error)) => error.to_string(),
        None => format!("{} must be a duration, and this is {}", quoted(name), tree.words()),
    };
    cx.report(Problem::error("bad-duration", problem).at(cx.span(tree)).hint(hint));
    None
}

/// Rounds to what a number of seconds can say exactly, so that it is written as it was read.
fn in_whole_us(duration: Duration) -> Duration {
    Duration::from_micros((duration.as_secs_f64() * 1e6).round() as u64)
}

fn choice<T: Copy>(cx: &mut Cx, tree: &Tree<'_>, name: &str, choices: &[(&str, T)]) -> Option<T> {
    let text = cx.text(tree, &quoted(name))?;
    let found = choices.iter().find(|(known, _)| *known == text).map(|(_, choice)| *choice);
    if found.is_none() {
        let shown: String = text.chars().take(40).collect();
        let known: Vec<_> = choices.iter().map(|(known, _)| *known).collect();
        let near = nearest(&shown, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let problem = Problem::error("bad-choice", format!("`{name}` cannot be `{shown}`")).at(cx.span(tree));
        cx.report(problem.hint(near.unwrap_or_else(|| format!("write one of {}", known.join(", ")))));
    }
    found
}

fn device(cx: &mut Cx, tree: &Tree<'_>) -> Option<String> {
    let text = cx.text(tree, "`device`")?;
    let is_numbered = text.split_once(':').is_some_and(|(kind, number)| {
        !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase()) && number.parse::<u16>().is_ok()
    });
    if matches!(text.as_str(), "auto" | "cpu") || is_numbered {
        return Some(text);
    }
    let shown: String = text.chars().take(40).collect();
    let problem = Problem::error("bad-device", format!("`{shown}` is not a device")).at(cx.span(tree));
    cx.report(problem.hint("write `auto`, `cpu`, or a kind with its number: `cuda:0`"));
    None
}
