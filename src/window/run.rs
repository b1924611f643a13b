//! Running the graph of a window: the same way as `windlass run`, in the same workspace.

use std::sync::Arc;

use anyhow::Context;
use windlass_core::permission::{Permission, Permissions};
use windlass_core::plan::{Mode, Plan};
use windlass_core::problem::{Problem, Severity, render};
use windlass_core::registry::Registry;
use windlass_editor::{Ask, Begun, Refusal, Warned};
use windlass_runtime::{Engine, Peeks, Run, RunOptions, Watcher};
use windlass_store::settings::Gathered;
use windlass_store::{Content, Settings, Workspace};

use crate::batch::Batch;
use crate::exit::without_workspace;
use crate::go::{Prepared, begin};
use crate::journal;
use crate::load::{Loaded, load_varying};
use crate::warnings::Warnings;
use crate::window::{Studio, in_words, taken};
use crate::{commands, grant, settings};

/// Starts a run.
pub fn start(studio: &Studio, ask: Ask) -> Result<Begun, Refusal> {
    let Ask { graph, text, errand, granted, watcher, peeks } = ask;
    let (origin, args) = taken::from(studio, graph, text, errand).map_err(|error| said(&error))?;
    let wrong = |problem: Box<Problem>| Refusal::Problems(vec![*problem]);
    let registry = origin.pinned(studio.registry.anew()).map_err(|error| said(&error))?;
    let batch = Batch::read(&args, &origin).map_err(wrong)?;
    let mut loaded = load_varying(&args.graph, (&args.changes, &batch.columns()), Mode::Run, &registry, &origin);
    let sources = commands::sources(&mut loaded, &batch, &args, &origin);
    let Loaded { plan, problems, content, .. } = loaded;
    let mut plan = plan.ok_or(Refusal::Problems(problems))?;
    studio.panics.hide(&plan.secrets);
    commands::shape(&mut plan, batch, &args).map_err(wrong)?;
    let named = args.manner.workspace.as_deref().or(studio.named.as_deref());
    let opened = Workspace::for_run(&plan.folder, named).map_err(|error| said(&without_workspace(error)))?;
    let warned = Warned::default();
    let warnings = Warnings::Gathered(warned.clone());
    opened.notices.iter().for_each(|notice| warnings.say(notice));
    let settings = settings_of(&opened.workspace, &warnings)?;
    let granted = permitted((&plan, &content), &granted, &opened.workspace, &warnings).map_err(Refusal::Asks)?;
    let ready = || {
        let name = origin.began().map_or_else(journal::new_name, |began| began.run.clone());
        let journal = journal::begin(&opened.workspace, &name, &plan, sources, &origin)?;
        let past = commands::past(&origin, &plan, journal.as_deref(), &opened.workspace)?;
        let (is_fresh, cache_bytes) = (args.fresh, settings.value("cache_size"));
        let prepared = Prepared { name, plan, opened, granted, journal, past, is_fresh, cache_bytes, warnings };
        go(prepared, &studio.engine()?, &registry, (watcher, peeks, args.manner.ends_at_failure()))
    };
    ready().map(|run| Begun { run, warned }).map_err(|error| said(&error))
}

/// Returns what is granted to a graph, now or before.
///
/// # Errors
/// Says what it asks for that nobody has granted.
fn permitted(
    (plan, content): (&Plan, &Content),
    granted: &[Permission],
    workspace: &Workspace,
    warnings: &Warnings,
) -> Result<Permissions, Vec<Permission>> {
    let now: Permissions = granted.iter().cloned().collect();
    let mut all = now.clone();
    workspace.grants().of(content, &plan.permissions).iter().for_each(|known| all.add(known.clone()));
    let missing: Vec<_> = all.missing(&plan.permissions).into_iter().cloned().collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    grant::remember(&plan.permissions, &now, content, workspace, warnings);
    Ok(all)
}

/// Returns the settings; nothing runs with wrong ones, as on the command line.
fn settings_of(workspace: &Workspace, warnings: &Warnings) -> Result<Settings, Refusal> {
    let Gathered { settings, problems } = settings::gather(Some(workspace));
    let (wrong, rest): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.severity == Severity::Error);
    rest.iter().for_each(|problem| warnings.say(render(problem, false).trim_end()));
    if wrong.is_empty() { Ok(settings) } else { Err(Refusal::Problems(wrong)) }
}

fn go(
    prepared: Prepared,
    engine: &Arc<Engine>,
    registry: &Registry,
    (watcher, peeks, fail_fast): (Box<dyn Watcher>, Arc<Peeks>, Option<bool>),
) -> anyhow::Result<Run> {
    let files = prepared.files();
    let going = begin(prepared, files, engine, registry, |options| RunOptions {
        watchers: std::iter::once(watcher).chain(options.watchers).collect(),
        peeks: Some(peeks),
        fail_fast,
        ..options
    })?;
    let run = going.run.clone();
    // The engine lives as long as any of its runs.
    let engine = engine.clone();
    let wait = move || {
        let _engine = engine;
        going.end();
    };
    std::thread::Builder::new().name("run".into()).spawn(wait).context("cannot start the thread that waits")?;
    Ok(run)
}

fn said(error: &anyhow::Error) -> Refusal {
    Refusal::Said(in_words(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_keep_the_graph_from_running() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::for_run(folder.path(), None).unwrap().workspace;
        let warned = Warned::default();
        let settings = |text: &str| {
            std::fs::write(folder.path().join(".windlass/settings.toml"), text).unwrap();
            settings_of(&workspace, &Warnings::Gathered(warned.clone()))
        };
        assert!(matches!(settings("jobs = \"many\"\n"), Err(Refusal::Problems(problems)) if problems.len() == 1));
        assert!(warned.lock().unwrap().is_empty());
        assert!(settings("cache_size = \"1GiB\"\n").is_ok());
    }
}
