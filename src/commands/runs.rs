//! `windlass runs`: the runs of a workspace, and how each stands.

#[cfg(feature = "sqlite")]
mod sqlite;

use serde_json::json;
use windlass_store::journal::{Began, Ended};
use windlass_store::runs::{Run, Stand};

use crate::cli::RunsArgs;
use crate::exit::Exit;
use crate::past::{self, unreadable};
use crate::report::{count, duration, thousands, when};
use crate::terminal::{self, one_line, printable};

/// Lists them, the last one first.
///
/// # Errors
/// The workspace or a journal cannot be read.
pub fn run(args: &RunsArgs) -> anyhow::Result<Exit> {
    let runs = past::runs(args.workspace.as_deref())?;
    #[cfg(feature = "sqlite")]
    if let Some(path) = &args.sqlite {
        return sqlite::write(&runs, path);
    }
    let mut all = runs.all().map_err(|error| crate::exit::Trouble::store("the runs cannot be read").because(error))?;
    all.reverse();
    all.truncate(args.limit.map_or(usize::MAX, |limit| limit as usize));
    let mut text = String::new();
    for run in &all {
        let began = run.began().map_err(|error| unreadable(run, &error))?.unwrap_or_default();
        let stand = run.stand().map_err(|error| unreadable(run, &error))?;
        let paused = run.paused().map_err(|error| unreadable(run, &error))?;
        let paused = paused.as_deref();
        text.push_str(&if args.json {
            as_json(run, &began, &stand, paused)
        } else {
            line(run, &began, &stand, paused)
        });
        text.push('\n');
    }
    if all.is_empty() && !args.json {
        terminal::err_line(&format!("no run is remembered here yet; {}", past::WHERE));
    }
    terminal::print(&text)?;
    Ok(Exit::Done)
}

fn line(run: &Run, began: &Began, stand: &Stand, paused: Option<&str>) -> String {
    let graph = began.graph.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (name, began, graph) = (printable(&run.name), when(began.unix_ms), one_line(&graph));
    let paused = paused.map(|cause| format!(", paused: {}", printable(cause))).unwrap_or_default();
    format!("{name}  {began}  {graph}: {}{paused}", words(stand))
}

/// Returns how a run stands, in words.
pub fn words(stand: &Stand) -> String {
    match stand {
        Stand::GoesOn => "goes on".to_owned(),
        Stand::Killed => "was killed: its process is gone and has not said how it ended".to_owned(),
        Stand::Ended(ended) => ended_in_words(ended),
    }
}

fn ended_in_words(ended: &Ended) -> String {
    let how = ended.outcome.in_words();
    let fates =
        [(ended.emitted, "emitted"), (ended.skipped, "skipped"), (ended.failed, "failed"), (ended.open, "open")];
    let fates = fates.iter().filter(|(number, _)| *number > 0);
    let fates: Vec<_> = fates.map(|(number, word)| format!("{} {word}", thousands(*number))).collect();
    let fates = if fates.is_empty() { count(0, "item") } else { fates.join(", ") };
    format!("{how} after {}; {fates}", duration(ended.at_ms))
}

/// Returns the word by which programs know how a run stands.
pub fn word(stand: &Stand) -> serde_json::Value {
    match stand {
        Stand::GoesOn => "goes_on".into(),
        Stand::Killed => "killed".into(),
        Stand::Ended(ended) => json!(ended.outcome),
    }
}

fn as_json(run: &Run, began: &Began, stand: &Stand, paused: Option<&str>) -> String {
    let ended = match stand {
        Stand::Ended(ended) => json!(ended),
        Stand::GoesOn | Stand::Killed => serde_json::Value::Null,
    };
    let (graph, unix_ms) = (&began.graph, began.unix_ms);
    let stand = word(stand);
    json!({ "run": run.name, "graph": graph, "unix_ms": unix_ms, "stand": stand, "paused": paused, "ended": ended })
        .to_string()
}
