//! `windlass show`: what became of a run, by its journal.

mod causes;

use serde_json::{Value as Json, json};
use windlass_core::event::{Event, Fate, RunState, StepState, What};
use windlass_store::journal::{Began, Record};
use windlass_store::runs::{Run, Stand};

use super::runs::{word, words};
use crate::cli::ShowArgs;
use crate::exit::{Exit, Trouble};
use crate::past::{self, unreadable};
use crate::report::{Folder, duration, summary, when};
use crate::terminal::{self, Paint, err_line, one_line, printable};

/// What a journal tells of a run.
#[derive(Default)]
struct Story {
    /// What each process that worked on it said of it, oldest first; nothing where those parts of the journal are lost.
    parts: Vec<Began>,
    state: RunState,
    damage: Vec<String>,
}

/// Shows a run, or the items of one of its nodes.
///
/// # Errors
/// There is no such run or node, or its journal cannot be read.
pub fn run(args: &ShowArgs) -> anyhow::Result<Exit> {
    let runs = past::runs(args.workspace.as_deref())?;
    let run = past::find(&runs, args.run.as_deref())?;
    let stand = run.stand().map_err(|error| unreadable(&run, &error))?;
    match &args.node {
        Some(node) => show_items(&run, node, args.json)?,
        None if args.causes => causes::show(&runs, &run, args.json)?,
        None => show_run(&run, &stand, args.json)?,
    }
    Ok(Exit::Done)
}

fn show_run(run: &Run, stand: &Stand, as_json: bool) -> anyhow::Result<()> {
    let mut story = Story::default();
    story.damage = past::tell(run, |record| {
        if let Record::Began(began) = record {
            story.parts.push(*began);
        } else if let Some(event) = past::event(record) {
            story.state.apply(&event);
        }
        Ok(())
    })?;
    if as_json {
        return terminal::print(&format!("{}\n", json_of(run, stand, &story)));
    }
    terminal::print(&head(run, stand, &story))?;
    story.damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    let here = std::env::current_dir().unwrap_or_default();
    terminal::print(&summary(&story.state, Folder(&here), Paint::stdout()))
}

fn head(run: &Run, stand: &Stand, Story { parts, state, .. }: &Story) -> String {
    let began = parts.first().cloned().unwrap_or_default();
    let mut lines = vec![
        ("run", run.name.clone()),
        ("graph", began.graph.display().to_string()),
        ("called", format!("windlass {}", began.call.args.join(" "))),
        ("in", began.call.folder.display().to_string()),
        ("began", process(&began)),
    ];
    lines.extend(began.retries.clone().map(|run| ("retries", run)));
    lines.extend(parts.iter().skip(1).map(|part| ("resumed", process(part))));
    lines.push(("stands", words(stand)));
    let paused = state.paused.clone().filter(|_| *stand == Stand::GoesOn);
    lines.extend(paused.map(|cause| ("paused", cause)));
    lines.iter().map(|(name, text)| format!("{name:<7} {}\n", one_line(text))).collect()
}

/// Says when a process began to work on the run, and which.
fn process(part: &Began) -> String {
    format!("{}, windlass {}, process {} on {}", when(part.unix_ms), part.windlass, part.pid, part.host)
}

fn json_of(run: &Run, stand: &Stand, story: &Story) -> Json {
    let Story { parts, state, damage } = story;
    let outputs = state.outputs.iter().map(|(name, key, value)| json!({ "name": name, "key": key, "value": value }));
    let saved = state.saved.iter().map(|(path, outcome)| json!({ "path": path, "outcome": outcome }));
    json!({
        "run": run.name,
        "stand": word(stand),
        "paused": state.paused.as_ref().filter(|_| *stand == Stand::GoesOn),
        "began": parts.first().cloned().unwrap_or_default(),
        "resumed": parts.get(1..).unwrap_or_default(),
        "at_ms": state.at_ms,
        "steps": state.steps.iter().map(step_json).collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "output_count": state.output_count,
        "saved": saved.collect::<Vec<_>>(),
        "saved_counts": state.saved_counts,
        "warnings": state.warnings,
        "damage": damage,
    })
}

fn step_json(step: &StepState) -> Json {
    let causes = step
        .causes
        .iter()
        .map(|(cause, (times, first, hint))| json!({ "cause": cause, "times": times, "first": first, "hint": hint }));
    json!({
        "name": step.info.name,
        "kind": step.info.kind,
        "items": step.admitted,
        "emitted": step.emitted,
        "skipped": step.skipped,
        "failed": step.failed,
        "handled": step.handled,
        "open": step.open(),
        "recalled": step.recalled,
        "recomputed": step.recomputed,
        "retries": step.retries,
        "busy_ms": step.busy_ms,
        "causes": causes.collect::<Vec<_>>(),
    })
}

/// Lists the items of a node as the last process that worked on the run came to them.
fn show_items(run: &Run, node: &str, as_json: bool) -> anyhow::Result<()> {
    let mut steps = Vec::new();
    let (mut counted, mut starts_to_come) = (0, count_starts(run)?);
    let damage = past::tell(run, |record| {
        let Some(event) = past::event(record) else { return Ok(()) };
        starts_to_come = starts_to_come.saturating_sub(usize::from(is_start(&event)));
        if starts_to_come > 0 {
            return Ok(());
        }
        if let What::RunStarted { steps: known, .. } = &event.what {
            steps = known.iter().map(|step| step.name.clone()).collect();
            return if steps.iter().any(|name| name == node) { Ok(()) } else { Err(no_node(node, &steps)) };
        }
        if event.what.step().and_then(|step| steps.get(step)).is_none_or(|name| name != node) {
            return Ok(());
        }
        if let What::Counted { emitted, skipped, .. } = &event.what {
            counted += emitted + skipped;
        }
        item(&event, as_json).map_or(Ok(()), |line| terminal::print(&line))
    })?;
    damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    if counted > 0 {
        let text = "items of a light node are counted, not listed, where nobody asks for each with `run --json`";
        err_line(&format!("{text}: {counted}"));
    }
    Ok(())
}

fn is_start(event: &Event) -> bool {
    matches!(event.what, What::RunStarted { .. })
}

fn count_starts(run: &Run) -> anyhow::Result<usize> {
    let mut count = 0;
    past::tell(run, |record| {
        count += usize::from(past::event(record).is_some_and(|event| is_start(&event)));
        Ok(())
    })?;
    Ok(count)
}

fn no_node(node: &str, steps: &[String]) -> anyhow::Error {
    let nearest = windlass_core::problem::nearest(node, steps.iter().map(String::as_str));
    let hint = nearest.map_or_else(|| format!("it has {}", steps.join(", ")), |near| format!("did you mean `{near}`?"));
    Trouble::wrong(format!("the run has no node `{node}`")).hint(hint).into()
}

fn item(event: &Event, as_json: bool) -> Option<String> {
    let What::Done { key, name, fate, took_ms, .. } = &event.what else { return None };
    if as_json {
        return serde_json::to_string(event).ok().map(|line| line + "\n");
    }
    let fate = match fate {
        Fate::Emitted => "emitted".to_owned(),
        Fate::Skipped { reason } => format!("skipped: {reason}"),
        Fate::Failed { causes, .. } => format!("failed: {}", causes.join(": ")),
    };
    let took = took_ms.map(|ms| format!("  {}", duration(ms.round() as u64))).unwrap_or_default();
    let key = if key.is_empty() { "-" } else { key };
    Some(format!("{}\n", one_line(&format!("{key}  {name}  {fate}{took}"))))
}
